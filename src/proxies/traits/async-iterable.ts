import { asynchrony } from '../asynchrony.ts';
import { asThrown } from '../exceptions.ts';
import { callUnconverted } from '../operations.ts';
import { side, sideFunction } from '../side.ts';
import { entered } from './context-manager.ts';

let end: unknown;

/** Awaits what a function of the module `caduceus._side` answers with. */
function later(name: string, ...args: unknown[]): Promise<unknown> {
  return asynchrony.callOnLoop({ holder: sideFunction(name), self: undefined, keeper: args }, args);
}

/** A JavaScript iterator over a Python async iterator. Leaving a loop early closes a generator. */
class PythonAsyncIterator implements AsyncIterator<unknown> {
  readonly #iterator: object;

  constructor(iterator: object) {
    this.#iterator = iterator;
    end ??= side('end_of_iteration');
  }

  async next(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    const sent = value === undefined ? [] : [value];
    return step(await later('step', this.#iterator, ...sent));
  }

  async return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    await later('close_async', this.#iterator);
    return { done: true, value };
  }

  async throw(error?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return step(await later('throw_into_async', this.#iterator, ...asThrown(error)));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function step(value: unknown): IteratorResult<unknown, unknown> {
  return value === end ? { done: true, value: undefined } : { done: false, value };
}

/** Lets `for await … of` run over what Python iterates over with `async for`. */
export const asyncIterable = {
  [Symbol.asyncIterator](this: object): AsyncIterator<unknown> {
    return new PythonAsyncIterator(callUnconverted(sideFunction('aiter'), [this]) as object);
  },
};

/** `await cm.with(fn)` and `await using x = await cm.with()` on an async context manager. */
export const asyncContextManager = {
  /** Enters on the asyncio loop, calls `fn` with what entering gave, awaits it, hands an error over and exits. */
  async with(this: object, fn?: (value: unknown) => unknown): Promise<unknown> {
    const value = await later('enter_async', this);
    if (fn === undefined) return entered(value, Symbol.asyncDispose, () => later('leave_async', this));
    let result: unknown;
    try {
      result = await fn(value);
    } catch (error) {
      if ((await later('leave_async', this, ...asThrown(error))) !== true) throw error;
      return undefined;
    }
    await later('leave_async', this);
    return result;
  },
};
