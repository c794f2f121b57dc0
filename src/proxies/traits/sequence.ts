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

/** The read-only methods of Array on Python sequences: generic ones, which read `length` and indices. */
export const sequence: object = Object.defineProperties(
  {
    /** A new array: the items, then the arguments, of which arrays and Python sequences are spread. */
    concat(this: Iterable<unknown>, ...others: unknown[]): unknown[] {
      return Array.prototype.concat.call([...this], ...others.map((other) => spreadable(other)));
    },
  },
  Object.fromEntries(
    readOnly
      .filter((name) => name in Array.prototype)
      .map((name) => [name, { value: Array.prototype[name as 'map'], writable: true, configurable: true }]),
  ),
);

function spreadable(other: unknown): unknown {
  const isSequence = typeof other === 'object' && other !== null && (other as ArrayLike<unknown>).length >= 0;
  return isSequence && !Array.isArray(other) ? [...(other as Iterable<unknown>)] : other;
}
