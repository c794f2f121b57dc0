import { BridgeError } from '../errors/bridge-error.ts';
import { native } from '../native/load.ts';
import { settled } from '../proxies/wrap.ts';
import { isThenable } from '../values/thenable.ts';
import { callerPlace } from './caller.ts';
import { ensureStarted } from './start.ts';

/** An open attach scope: ends with the block of `using _ = py.attach()`. */
export class AttachScope {
  readonly #number: number;
  readonly #place: string;
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
      throw acrossAwait(this.#place);
    }
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    if (native.leave(this.#number)) return;
    throw new BridgeError('WRONG_SCOPE', {
      tried: `ending the attach scope opened at ${this.#place}`,
      found: 'it had ended with the callback or the outer scope that it was opened in',
      todo: 'end scopes where they begin, innermost first',
    });
  }
}

function acrossAwait(place: string): BridgeError {
  return new BridgeError('ATTACH_ACROSS_AWAIT', {
    tried: `py.attach at ${place}`,
    found: 'the scope was still open when the code went on asynchronously; the thread was detached then',
    todo: 'keep what is inside synchronous, and await outside',
  });
}

/** Runs `fn` attached; or, without it, opens a scope for `using`. */
export function attach<T>(fn: () => T): T;
export function attach(): AttachScope;
export function attach<T>(fn?: () => T): T | AttachScope {
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
  if (isThenable(result)) {
    result.then(undefined, () => {}); // the error below stands for it
    throw acrossAwait(callerPlace());
  }
  return result;
}

/** Runs `fn` detached inside an attach scope: other threads have Python meanwhile, and using it here is an error. */
export function detach<T>(fn: () => T): T {
  ensureStarted();
  const was = native.detach();
  try {
    return fn();
  } finally {
    if (was) native.rejoin();
  }
}
