// Objects with a side in each language: of Python classes that extend JavaScript's, and the other way round.

import assert from 'node:assert/strict';
import type { Operation } from './actor.ts';

class Base {
  readonly size: number;
  other: unknown;
  readonly #listeners: ((x: number) => unknown)[] = [];
  constructor(size: number) {
    this.size = size;
  }
  listen(listener: (x: number) => unknown): void {
    this.#listeners.push(listener);
  }
  tell(x: number): unknown[] {
    return this.#listeners.map((listener) => listener(x));
  }
  area(): number {
    return this.size;
  }
}

/** Makes the classes of this thread, and their first objects. */
export function pairOperations(python: any): { Pair: unknown; operations: Operation[] } {
  const Pair = python.make_pair_class(Base);
  class Extended extends python.Tracked {
    field = [1, 2];
    get() {
      return super.get() + 1;
    }
  }
  const Made = Extended as unknown as new (n: number) => any;
  const operations: Operation[] = [
    {
      name: 'pair',
      weight: 3,
      run(random) {
        const n = random.below(1000);
        const one = new Pair(n);
        assert.deepEqual([one.area(), one.tell(3), one.n], [2 * n, [[n, 3]], n]);
        assert.equal(python.echo(one), one);
        if (random.below(2)) {
          one.other = new Pair(n);
          one.other.other = one;
        }
      },
    },
    {
      name: 'extended',
      weight: 3,
      run(random) {
        const n = random.below(1000);
        const one = new Made(n);
        assert.deepEqual([one.get(), python.call_get(one), one.value], [n + 1, n + 1, n]);
        assert.equal(python.echo(one), one);
        if (random.below(2)) one.me = { one };
      },
    },
  ];
  for (const operation of operations) operation.run({ below: () => 0 } as never, python);
  return { Pair, operations };
}
