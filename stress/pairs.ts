// Objects with a side in each language: of Python classes that extend JavaScript's, and the other way round. And cycles through
// both heaps without such objects.

import assert from 'node:assert/strict';
import { py } from 'caduceus';
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
    {
      name: 'cycle',
      weight: 3,
      run(random) {
        const n = random.below(1000);
        const one = python.Tracked(n);
        one.callback = () => one.get();
        assert.equal(one.callback(), n);
        assert.equal(python.call_back(one), n);
      },
    },
    {
      name: 'declared',
      weight: 2,
      run(random) {
        const n = random.below(1000);
        const fn = py.signature('a, b=2, *, c')((a: number, b: number, c: number) => [a, b, c]);
        assert.deepEqual([...python.call_with_c(fn, n)], [n, 2, n + 1]);
      },
    },
  ];
  for (const operation of operations) operation.run({ below: () => 0 } as never, python);
  return { Pair, operations };
}
