import { type Holder, holders } from '../values/holder.ts';
import { call, getAttribute } from './operations.ts';

let module: Holder;
const functions = new Map<string, Holder>();
// The functions' proxies: what keeps their handles.
const kept: unknown[] = [];

/** Sets the module `caduceus._side`. */
export function openSide(proxy: object): void {
  module = holders.get(proxy) as Holder;
  kept.push(proxy);
}

/** A function of the module `caduceus._side`. */
export function sideFunction(name: string): Holder {
  let found = functions.get(name);
  if (!found) {
    const proxy = getAttribute(module, name) as object;
    kept.push(proxy);
    found = holders.get(proxy) as Holder;
    functions.set(name, found);
  }
  return found;
}

/** Calls a function of the module `caduceus._side`. */
export function side(name: string, ...args: unknown[]): unknown {
  return call(sideFunction(name), args);
}
