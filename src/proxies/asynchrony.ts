import type { Holder } from '../values/holder.ts';

/** What is called: a callable's holder, for a method of a type also its object's, and what keeps both alive. */
export interface Callee {
  readonly holder: Holder;
  readonly self: Holder | undefined;
  readonly keeper: object;
}

/** What proxies can do without waiting. The room `async` provides it. */
export interface Asynchrony {
  /** Calls on a thread of the pool. A last argument `kw({…})` gives keyword arguments. */
  call(callee: Callee, args: readonly unknown[]): Promise<unknown>;
  /** Calls on the thread of the asyncio loop, and awaits there what comes back. */
  callOnLoop(callee: Callee, args: readonly unknown[]): Promise<unknown>;
  /** The promise of an awaitable. */
  promiseOf(awaitable: object): Promise<unknown>;
}

/** Set once, before the first proxy is made. */
export let asynchrony: Asynchrony;

/** Sets what proxies do without waiting. */
export function connectAsynchrony(provided: Asynchrony): void {
  asynchrony = provided;
}
