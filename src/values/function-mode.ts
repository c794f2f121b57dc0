import { Mode } from './opcodes.ts';

const converters: ReadonlySet<unknown> = new Set([Number, String, Boolean, Symbol, BigInt, Object]);

/**
 * How Python calls `fn`: as a constructor if it is an ES class, a native constructor, or a function whose prototype
 * has members; else as a function. `taken` tells a function that Python read from one that it was given.
 */
export function functionMode(fn: object, taken: boolean): number {
  const plain = taken ? Mode.call : Mode.callback;
  if (!Object.hasOwn(fn, 'prototype')) return plain; // arrows and methods
  const prototype = Object.getOwnPropertyDescriptor(fn, 'prototype');
  if (!prototype || converters.has(fn)) return plain;
  if (!prototype.writable) return Mode.construct;
  const members = prototype.value;
  if (typeof members !== 'object' || members === null) return plain;
  return Reflect.ownKeys(members).length > 1 && Object.hasOwn(members, 'constructor')
    ? Mode.construct
    : plain;
}
