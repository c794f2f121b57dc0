// What a JavaScript thread does with Python at once, at random: each operation checks its own result.

import assert from 'node:assert/strict';
import { kw, PythonError, py } from 'caduceus';
import type { Operation } from './actor.ts';

const { gc } = globalThis as unknown as { gc: () => void };

export const operations: Operation[] = [
  {
    name: 'call',
    weight: 10,
    run(random, python) {
      const n = random.below(2 ** 31);
      assert.equal(python.echo(n), n);
      assert.deepEqual([...python.echo(1, kw({ n }))][1].n, n);
    },
  },
  {
    name: 'method',
    weight: 10,
    run(random, python) {
      const value = random.below(1000);
      const one = python.Tracked(value);
      assert.equal(one.get(), value);
      one.value = value + 1;
      assert.equal(one.get(), value + 1);
      if (random.below(3) === 0) one[Symbol.dispose]();
    },
  },
  {
    name: 'attribute',
    weight: 8,
    run(random, python) {
      python.Shared.n += 1;
      const name = `name_${random.below(200)}`;
      python.Shared[name] = name;
      assert.equal(python.Shared[name], name);
    },
  },
  {
    name: 'text',
    weight: 8,
    run(random, python) {
      const text = random.text();
      assert.equal(python.echo(text), text);
    },
  },
  {
    name: 'data',
    weight: 4,
    run(random, python) {
      const data = { list: [1, 'x', null, [random.below(9)]], text: random.text(), deep: { er: { n: 1.5 } } };
      assert.deepEqual(python.echo(data).as(Object), data);
    },
  },
  {
    name: 'identity',
    weight: 5,
    run(_, python) {
      const one = python.Tracked(1);
      const list = py.list([one, one]);
      assert.ok(list[0] === one && list[1] === one);
      const mine = () => 1;
      assert.equal(python.echo(mine), mine);
    },
  },
  {
    name: 'error',
    weight: 5,
    run(random, python) {
      const text = `error ${random.below(100)}`;
      assert.throws(
        () => python.fail(text),
        (error) => error instanceof PythonError && error.message === text,
      );
      const mine = new RangeError(text);
      const thrower = () => {
        throw mine;
      };
      assert.throws(
        () => python.apply(thrower),
        (error) => error === mine,
      );
    },
  },
  {
    name: 'callback',
    weight: 8,
    run(random, python) {
      const n = random.below(100);
      assert.equal(
        python.apply((x: number) => x + n, n),
        2 * n,
      );
      const sorted = py.builtins.sorted([3, 1, 2], kw({ key: (x: number) => -x }));
      assert.deepEqual(sorted.as(Array), [3, 2, 1]);
    },
  },
  {
    name: 'nested',
    weight: 4,
    run(random, python) {
      const down = (n: number): number => (n === 0 ? 0 : 1 + python.apply(down, n - 1));
      const depth = random.below(6);
      assert.equal(down(depth), depth);
    },
  },
  {
    name: 'iteration',
    weight: 4,
    run(random, python) {
      const end = random.below(20);
      let sum = 0;
      for (const one of python.count_to(20)) {
        if (one.value === end) break;
        sum += one.value;
      }
      assert.equal(2 * sum, end * end - end);
    },
  },
  {
    name: 'buffer',
    weight: 5,
    run(random, python) {
      const length = 1 + random.below(500);
      const array = python.array.array('d', new Float64Array(length).fill(2));
      const shared = array.as(Float64Array);
      shared[0] = 7;
      assert.equal(array[0], 7);
      assert.equal(py.builtins.sum(shared), 7 + 2 * (length - 1));
      const mine = new Int32Array(length).fill(3);
      assert.equal(py.builtins.sum(py.builtins.memoryview(mine)), 3 * length);
    },
  },
  {
    name: 'class',
    weight: 3,
    run(random, python) {
      const serial = random.below(2 ** 20);
      const Made = python.make_class(serial);
      const one = new Made();
      assert.equal(one.twice(), 2 * serial);
      assert.equal(one(1), serial + 1);
      assert.ok(one instanceof Made);
    },
  },
  {
    name: 'class of JavaScript',
    weight: 2,
    run(random, python) {
      const serial = random.below(2 ** 20);
      class Made {
        serial = serial;
        twice(): number {
          return 2 * this.serial;
        }
        get thrice(): number {
          return 3 * this.serial;
        }
      }
      assert.deepEqual([...python.look_at_class(Made, new Made())], [2 * serial, 3 * serial, true]);
    },
  },
  {
    name: 'cycle',
    weight: 4,
    run(_, python) {
      const one = python.Tracked();
      one.value = py.list([one]);
    },
  },
  {
    name: 'scope',
    weight: 3,
    run(random, python) {
      const n = py.attach(() => {
        const one = python.Tracked(random.below(10));
        const value = py.detach(() => random.below(10));
        return one.get() * 0 + value;
      });
      assert.ok(n < 10);
    },
  },
  {
    name: 'blocked owner',
    weight: 1,
    run(random, python) {
      const n = random.below(100);
      assert.equal(
        python.in_a_thread((x: number) => x + 1, n),
        n + 1,
      );
    },
  },
  { name: 'collect in JavaScript', weight: 0.1, run: () => gc() },
  { name: 'collect in Python', weight: 0.1, run: (_, python) => void python.gc.collect() },
];
