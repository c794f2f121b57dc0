import type { Callee } from '../proxies/asynchrony.ts';
import { sideFunction } from '../proxies/side.ts';
import { type Holder, holderOf } from '../values/holder.ts';
import { Flight, takeOff } from './flights.ts';

/** Calls on the thread of the asyncio loop, and awaits there what comes back. */
export function callOnLoop(callee: Callee, args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    takeOff(new Flight(callee.keeper, resolve, reject), callee, args, true);
  });
}

const promises = new WeakMap<Holder, Promise<unknown>>();

/** The one promise of an awaitable: made when it is first asked for, which starts a task. */
export function promiseOf(awaitable: object): Promise<unknown> {
  const holder = holderOf(awaitable) as Holder;
  let promise = promises.get(holder);
  if (!promise) {
    const itself = { holder: sideFunction('itself'), self: undefined, keeper: awaitable };
    promise = callOnLoop(itself, [awaitable]);
    promises.set(holder, promise);
  }
  return promise;
}
