// What Python's side does with JavaScript's collections: python/caduceus/_collections.py.

import { types } from 'node:util';

type Indexed = unknown[] | Uint8Array;

/** The items from `start` to before `stop`, by steps, in a new collection of the same kind. */
export function pick(array: Indexed, start: number, stop: number, step: number): Indexed {
  if (step === 1) return array.slice(start, Math.max(start, stop));
  const found: unknown[] = [];
  for (let at = start; step > 0 ? at < stop : at > stop; at += step) found.push(array[at]);
  return Array.isArray(array) ? found : (array.constructor as Uint8ArrayConstructor).from(found as number[]);
}

export function splice(array: unknown[], start: number, count: number, ...items: unknown[]): void {
  array.splice(start, count, ...items);
}

/** An array of the items that it is given. */
export function of(items: unknown[]): unknown[] {
  return items;
}

export function add(set: Set<unknown>, item: unknown): void {
  set.add(item);
}

export function discard(set: Set<unknown>, item: unknown): void {
  set.delete(item);
}

/** A collection of the same kind with the same items. */
export function copy(collection: Indexed | Map<unknown, unknown> | Set<unknown>): object {
  if (types.isMap(collection)) return new Map(collection);
  return types.isSet(collection) ? new Set(collection) : (collection as Indexed).slice();
}

/** A collection of the same kind with copies of what it holds, as far as JavaScript can copy that. */
export function clone(collection: object): object {
  return structuredClone(collection);
}
