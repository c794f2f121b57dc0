import { Kind } from '../kind.ts';
import { lengthOf } from '../operations.ts';
import { self } from '../self.ts';

/** `length` of anything with `__len__`. */
export const sized = {
  get length(): number {
    return lengthOf(self(this));
  },
};

const readOnly = [
  'at',
  'entries',
  'every',
  'filter',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'flat',
  'flatMap',
  'forEach',
  'includes',
  'indexOf',
  'join',
  'keys',
  'lastIndexOf',
  'map',
  'reduce',
  'reduceRight',
  'slice',
  'some',
  'toReversed',
  'toSorted',
  'toSpliced',
  'values',
] as const;

let made: object | undefined;

/**
 * The read-only methods of Array on Python sequences: generic ones, which read `length` and indices. Made when the first
 * sequence comes over: it would be a fifth of the time that loading all of our code takes.
 */
export function sequence(): object {
  made ??= Object.defineProperties(
    {
      /** A new array: the items, then the arguments, of which arrays and Python sequences are spread. */
      concat(this: Iterable<unknown>, ...others: unknown[]): unknown[] {
        return Array.prototype.concat.call([...this], ...others.map((other) => spreadable(other)));
      },
    },
    Object.fromEntries(
      readOnly
        .filter((name) => name in Array.prototype)
        .map((name) => [name, { value: generic(name), writable: true, configurable: true }]),
    ),
  );
  return made;
}

function generic(name: (typeof readOnly)[number]): (...args: unknown[]) => unknown {
  const method = Array.prototype[name as 'map'] as (...args: unknown[]) => unknown;
  const { [name]: named } = {
    [name](this: object, ...args: unknown[]): unknown {
      return method.apply(readable(this), args);
    },
  };
  return named as (...args: unknown[]) => unknown;
}

/**
 * What the generic methods may read: the sequence itself, unless an attribute of its own hides its length, or it is an object
 * of a JavaScript class, where `in` does not see the items.
 */
function readable(sequence: object): object {
  const holder = self(sequence);
  if (holder.kind & Kind.exact) return sequence;
  const length = lengthOf(holder);
  const isReadable = (sequence as ArrayLike<unknown>).length === length && (length === 0 || 0 in sequence);
  if (isReadable) return sequence;
  return new Proxy(sequence, {
    get: (target, key) => (key === 'length' ? length : Reflect.get(target, key)),
    has: (target, key) => (typeof key === 'string' && Number(key) < length) || Reflect.has(target, key),
  });
}

function spreadable(other: unknown): unknown {
  const isSequence = typeof other === 'object' && other !== null && (other as ArrayLike<unknown>).length >= 0;
  return isSequence && !Array.isArray(other) ? [...(other as Iterable<unknown>)] : other;
}
