import { bridgeTypeError } from '../errors/bridge-error.ts';
import { native } from '../native/load.ts';
import { awaitPromise } from '../values/given-promises.ts';

// What Python's waiter is told; native/bridge/promise.cpp has the same lists.
const Told = { value: 0, error: 1, end: 2 } as const;
const Step = { wait: 0, iterate: 1, next: 2, return: 3, dispose: 4 } as const;

type Later = Partial<AsyncIterable<unknown> & AsyncIterator<unknown> & AsyncDisposable>;

/** Does a step of a JavaScript object that Python waits for, and tells the waiter when it is done. Does not wait. */
export function subscribe(target: object, waiter: number, step: number): void {
  const failed = (error: unknown): void => native.fulfil(waiter, Told.error, error);
  const returned = (value: unknown): void => native.fulfil(waiter, Told.value, value);
  if (step === Step.next) {
    later(() => (target as AsyncIterator<unknown>).next()).then((result) => {
      if (result.done) native.fulfil(waiter, Told.end, undefined);
      else returned(result.value);
    }, failed);
  } else if (step === Step.iterate) {
    // The iterator itself is the answer, also where it happens to have a `then`.
    later(() => ({ iterator: iteratorOf(target as Later) })).then(
      ({ iterator }) => returned(iterator),
      failed,
    );
  } else {
    later(() => begin(target as Later, step)).then(returned, failed);
  }
}

function begin(target: Later, step: number): unknown {
  if (step === Step.wait) {
    awaitPromise(target);
    return target;
  }
  if (step === Step.return) return target.return?.().then(() => null);
  return dispose(target);
}

async function later<T>(work: () => T): Promise<Awaited<T>> {
  return await work();
}

function iteratorOf(target: Later): AsyncIterator<unknown> {
  const iterator = target[Symbol.asyncIterator]?.();
  if (Object(iterator) === iterator) return iterator as AsyncIterator<unknown>;
  throw new TypeError('the result of [Symbol.asyncIterator]() is not an object');
}

async function dispose(target: Later): Promise<void> {
  const method = target[Symbol.asyncDispose];
  if (method) return Reflect.apply(method, target, []) as Promise<void>;
  throw bridgeTypeError('WRONG_ARGUMENT', {
    tried: 'async with on a JavaScript object',
    found: 'it has no [Symbol.asyncDispose]()',
    todo: 'use it without async with, or give it such a method',
  });
}
