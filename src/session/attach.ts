import { BridgeError, bridgeTypeError } from '../errors/bridge-error.ts';
import { native } from '../native/load.ts';
import { settled } from '../proxies/wrap.ts';
import { isThenable } from '../values/thenable.ts';
import { callerPlace } from './caller.ts';
import { ensureStarted } from './start.ts';

/** An open attach scope: ends with the block of `using _ = py.attach()`. */
export class AttachScope {
  readonly #number: number;
  readonly #place: () => string;
  #state: 'open' | 'ended' | 'crossed' = 'open';

  constructor() {
    ensureStarted();
    this.#place = callerPlace();
    this.#number = settled(native.attach()) as number;
    // A microtask runs only once the synchronous code has ended: the scope was kept across an await, or forgotten.
    queueMicrotask(() => {
      if (this.#state !== 'open') return;
      this.#state = 'crossed';
      native.leave(this.#number);
    });
  }

  /** Detaches again. */
  [Symbol.dispose](): void {
    if (this.#state === 'crossed') {
      this.#state = 'ended';
      throw acrossAwait(`py.attach at ${this.#place()}`);
    }
    if (this.#state === 'ended') return;
    const left = native.leave(this.#number);
    // One that cannot end here is still ended by the microtask: an idle thread must not keep Python.
    if (left !== 2) this.#state = 'ended';
    if (left === 1) return;
    throw new BridgeError('WRONG_SCOPE', {
      tried: `ending the attach scope opened at ${this.#place()}`,
      found:
        'it ended with the callback or outer scope that it was opened in, or py.detach or a callback runs inside it',
      todo: 'end scopes where they begin, innermost first',
    });
  }
}

function acrossAwait(tried: string): BridgeError {
  return new BridgeError('ATTACH_ACROSS_AWAIT', {
    tried,
    found: 'the code inside goes on asynchronously, after the scope has ended',
    todo: 'keep what is inside synchronous, and await outside',
  });
}

/** Runs `fn` attached; or, without it, opens a scope for `using`. */
export function attach<T>(fn: () => T): T;
export function attach(): AttachScope;
export function attach<T>(fn?: () => T): T | AttachScope {
  if (fn !== undefined) requireFunction(fn, 'py.attach');
  const scope = new AttachScope();
  if (!fn) return scope;
  let result: T;
  try {
    result = fn();
  } catch (error) {
    scope[Symbol.dispose]();
    throw error;
  }
  scope[Symbol.dispose]();
  if (isThenable(result)) throw refusedPromise(result, 'py.attach');
  return result;
}

/** Runs `fn` detached inside an attach scope: other threads have Python meanwhile, and using it here is an error. */
export function detach<T>(fn: () => T): T {
  requireFunction(fn, 'py.detach');
  ensureStarted();
  const was = native.detach();
  let result: T;
  try {
    result = fn();
  } finally {
    if (was) native.rejoin();
  }
  if (isThenable(result)) throw refusedPromise(result, 'py.detach');
  return result;
}

function refusedPromise(promise: PromiseLike<unknown>, tried: string): BridgeError {
  Promise.resolve(promise).catch(() => {}); // this error stands for its own
  return acrossAwait(`${tried} at ${callerPlace()()}`);
}

function requireFunction(value: unknown, tried: string): void {
  if (typeof value === 'function') return;
  throw bridgeTypeError('WRONG_ARGUMENT', {
    tried: `${tried}(fn)`,
    found: `fn is ${value === null ? 'null' : `of type ${typeof value}`}`,
    todo: 'pass a synchronous function',
  });
}
