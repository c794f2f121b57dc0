import { PythonError } from '../errors/python-error.ts';
import type { Holder } from '../values/holder.ts';
import { contains, deleteItem, getItem, hold, setItem } from './operations.ts';
import { sideFunction } from './side.ts';

/** The item under a key; what Python raises for a missing one is thrown. */
export function get(holder: Holder, key: unknown): unknown {
  return getItem(holder, key);
}

/** The item of an exact dict under a name, or undefined. */
export function getNamed(holder: Holder, name: string): unknown {
  if (!contains(holder, name)) return undefined;
  try {
    return getItem(holder, name);
  } catch (error) {
    // Another thread took it away in between.
    if (error instanceof PythonError && error.name === 'KeyError' && error.frames.length === 0)
      return undefined;
    throw error; // a key's own __eq__ raised
  }
}

/** Assigns an item. */
export function set(holder: Holder, key: unknown, value: unknown): void {
  setItem(holder, key, value);
}

/** Deletes an item. */
export function remove(holder: Holder, key: unknown): void {
  deleteItem(holder, key);
}

/** A proxy of what would come over as a value: `new` must answer with an object. */
export function boxed(value: unknown): object {
  return hold(sideFunction('same'), value) as object;
}
