// What JSON.stringify writes of the dicts and sets of Python that JavaScript's own objects cannot hold.

import { bridgeTypeError } from '../errors/bridge-error.ts';
import { Build } from './opcodes.ts';

/** A dict with other keys than texts: JSON's are the keys' texts, as with Python's json. */
class JsonMap extends Map<unknown, unknown> {
  #written: Record<string, unknown> | undefined;

  // The same object each time: JSON.stringify knows a circle by it.
  toJSON(): Record<string, unknown> {
    this.#written ??= Object.fromEntries([...this].map(([key, value]) => [keyText(key), value]));
    return this.#written;
  }
}

/** A set: an array. */
class JsonSet extends Set<unknown> {
  #written: unknown[] | undefined;

  toJSON(): unknown[] {
    this.#written ??= [...this];
    return this.#written;
  }
}

/** What the decoder makes of a dict with other keys than texts, and of a set, where JSON is written. */
export function jsonContainer(opcode: number): JsonMap | JsonSet {
  return opcode === Build.map ? new JsonMap() : new JsonSet();
}

/** Of the outermost value JSON.stringify asks no toJSON. */
export function jsonData(data: unknown): unknown {
  return data instanceof JsonMap || data instanceof JsonSet ? data.toJSON() : data;
}

function keyText(key: unknown): string {
  if (typeof key !== 'object' || key === null) return String(key);
  throw bridgeTypeError('NOT_PLAIN_DATA', {
    tried: 'JSON.stringify on a Python object',
    found: 'a key of a dict is neither text, number, bool nor None',
    todo: 'make texts of its keys first',
  });
}
