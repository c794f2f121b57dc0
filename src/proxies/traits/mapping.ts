import { contains, lengthOf } from '../operations.ts';
import { self } from '../self.ts';
import { side } from '../side.ts';

function* pairs(mapping: object): IterableIterator<[unknown, unknown]> {
  for (const pair of side('entries', mapping) as Iterable<{ 0: unknown; 1: unknown }>)
    yield [pair[0], pair[1]];
}

/** What a Mapping has of Map: iteration runs over entries. */
export const mapping = {
  get size(): number {
    return lengthOf(self(this));
  },

  has(this: object, key: unknown): boolean {
    return contains(self(this), key);
  },

  forEach(
    this: object,
    fn: (value: unknown, key: unknown, mapping: object) => void,
    thisArg?: unknown,
  ): void {
    for (const [key, value] of pairs(this)) fn.call(thisArg, value, key, this);
  },

  entries(this: object): IterableIterator<[unknown, unknown]> {
    return pairs(this);
  },

  [Symbol.iterator](this: object): IterableIterator<[unknown, unknown]> {
    return pairs(this);
  },
};

/** What a Set has of JavaScript's Set. */
export const setLike = {
  get size(): number {
    return lengthOf(self(this));
  },

  has(this: object, item: unknown): boolean {
    return contains(self(this), item);
  },
};
