// What a JavaScript thread does with Python, at random: each operation checks its own result.

import assert from 'node:assert/strict';
import { BridgeError, kw, PythonError, py } from 'caduceus';
import type { Random } from './random.ts';

export interface Operation {
  name: string;
  /** How often it is chosen, compared with the others. */
  weight: number;
  run(random: Random, python: any): unknown;
}

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
  { name: 'collect in JavaScript', weight: 0.1, run: () => gc() },
  { name: 'collect in Python', weight: 0.1, run: (_, python) => void python.gc.collect() },
  {
    name: 'async call',
    weight: 4,
    async run(random, python) {
      const n = random.below(1000);
      assert.equal(await py.async(python.echo, [n]), n);
      const one = await python.Tracked.async(n);
      assert.equal(one.value, n);
    },
  },
  {
    name: 'async calls at once',
    weight: 1,
    async run(random, python) {
      const calls = Array.from({ length: 10 }, (_, n) =>
        py.async(random.below(2) ? python.sleepy : python.spin, [n % 3]),
      );
      assert.deepEqual(await Promise.all(calls), [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
    },
  },
  {
    name: 'async error',
    weight: 1,
    async run(_, python) {
      await assert.rejects(
        py.async(python.fail, ['async']),
        (error) => error instanceof PythonError && error.message === 'async',
      );
    },
  },
  {
    name: 'async callback',
    weight: 2,
    async run(random, python) {
      const n = random.below(1000);
      assert.equal(await py.async(python.apply, [(x: number) => x + 1, n]), n + 1);
    },
  },
  {
    name: 'abort',
    weight: 1,
    async run(random, python) {
      const controller = new AbortController();
      const call = py.async(random.below(2) ? python.spin : python.sleepy, [5], {
        signal: controller.signal,
      });
      setTimeout(() => controller.abort(), random.below(8));
      await call.then(
        (value) => assert.equal(value, 5),
        (error) => assert.equal(error, controller.signal.reason),
      );
    },
  },
  {
    name: 'coroutine',
    weight: 2,
    async run(random, python) {
      const n = random.below(1000);
      assert.equal((await python.add_later(n, 1)).value, n + 1);
      await assert.rejects(
        async () => await python.fail_later('later'),
        (error) => error instanceof PythonError && error.message === 'later',
      );
    },
  },
  {
    name: 'promise',
    weight: 2,
    async run(random, python) {
      const n = random.below(1000);
      const later = new Promise((resolve) => setImmediate(() => resolve(n)));
      assert.deepEqual([...(await python.await_both(later, Promise.resolve(1)))], [n, 1]);
    },
  },
  {
    name: 'async iteration',
    weight: 1,
    async run(random, python) {
      const end = random.below(5);
      let sum = 0;
      for await (const one of python.count_later(end)) sum += one.value;
      assert.equal(2 * sum, end * end - end);
    },
  },
  {
    name: 'timeout',
    weight: 1,
    async run(_, python) {
      await py.async(python.spin, [3], { timeout: 2 }).then(
        (value) => assert.equal(value, 3),
        (error) => assert.ok(error instanceof BridgeError && error.code === 'TIMEOUT', String(error)),
      );
    },
  },
];

/** Only where a blocked owner can be woken: on the main thread. */
export const mainOperations: Operation[] = [
  {
    name: 'blocked owner',
    weight: 2,
    run(random, python) {
      const n = random.below(100);
      assert.equal(
        python.in_a_thread((x: number) => x + 1, n),
        n + 1,
      );
    },
  },
];

/** Does one operation after the other until told to stop; some overlap, as promises do. */
export class Actor {
  readonly counts: Record<string, number> = {};
  done = 0;
  readonly #random: Random;
  readonly #operations: Operation[];
  readonly #weights: number;
  readonly #python: any;
  #open = true;

  constructor(random: Random, list: Operation[], python: any) {
    this.#random = random;
    this.#operations = list;
    this.#weights = list.reduce((sum, { weight }) => sum + weight, 0);
    this.#python = python;
  }

  stop(): void {
    this.#open = false;
  }

  /** Three at a time: so an abort meets a call, and a callback an await. */
  async run(): Promise<void> {
    await Promise.all([this.#lane(), this.#lane(), this.#lane()]);
  }

  async #lane(): Promise<void> {
    while (this.#open) {
      for (let n = this.#random.below(20); n >= 0 && this.#open; n--) {
        const operation = this.#choose();
        try {
          const result = operation.run(this.#random, this.#python);
          if (result instanceof Promise) await result;
        } catch (error) {
          throw new Error(`in '${operation.name}': ${(error as Error)?.stack ?? error}`);
        }
        this.counts[operation.name] = (this.counts[operation.name] ?? 0) + 1;
        this.done += 1;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #choose(): Operation {
    let left = this.#random.next() * this.#weights;
    for (const operation of this.#operations) {
      left -= operation.weight;
      if (left < 0) return operation;
    }
    return this.#operations[0] as Operation;
  }
}
