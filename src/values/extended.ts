import { type Holder, holderOf } from './holder.ts';

let typeOf: ((made: object) => Holder) | undefined;

/** Says what the Python type of a class is that extends a Python class. */
export function typeClassesWith(provided: (made: object) => Holder): void {
  typeOf = provided;
}

/** The Python type of a function that is a class which extends a Python class; undefined for all else. */
export function extendedType(value: object): Holder | undefined {
  let above: object | null;
  try {
    above = Object.getPrototypeOf(value);
    if (above === Function.prototype) return undefined; // most functions
    while (typeof above === 'function' && !holderOf(above)) above = Object.getPrototypeOf(above);
  } catch {
    return undefined; // a foreign Proxy whose traps throw is none of ours
  }
  return typeof above === 'function' ? typeOf?.(value) : undefined;
}
