// What a JavaScript thread asks of Python and does not wait for: calls, coroutines, promises, iteration.

import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { BridgeError, PythonError, py } from 'caduceus';
import type { Operation } from './actor.ts';

const storage = new AsyncLocalStorage<number>();

export const asynchronous: Operation[] = [
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
    weight: 2,
    async run(random, python) {
      const controller = new AbortController();
      const { signal } = controller;
      const abort = () => controller.abort();
      const when = random.below(4);
      if (when === 0) abort();
      const work = random.pick([python.spin, python.sleepy, python.sleep_later]);
      const call = py.async(work, [5], { signal });
      if (when === 1) abort();
      if (when === 2) setTimeout(abort, random.below(8));
      await call.then(
        (value) => {
          assert.equal(value, 5);
          assert.ok(when > 1, 'it was aborted before it began');
        },
        (error) => assert.equal(error, signal.reason),
      );
      abort();
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
    async run(random, python) {
      const signal = random.below(2) ? AbortSignal.timeout(2) : undefined;
      const timeout = signal ? undefined : random.below(4);
      const work = random.pick([python.spin, python.sleepy, python.sleep_later]);
      await py.async(work, [3], signal ? { signal } : { timeout: timeout as number }).then(
        (value) => assert.equal(value, 3),
        (error) => {
          const timedOut = error instanceof BridgeError && error.code === 'TIMEOUT';
          assert.ok(signal ? error === signal.reason : timedOut, String(error));
        },
      );
    },
  },
  {
    name: 'promise that is rejected',
    weight: 1,
    async run(random, python) {
      const mine = new RangeError(`mine ${random.below(100)}`);
      const later = new Promise((_, reject) => setTimeout(reject, random.below(3), mine));
      await assert.rejects(
        async () => await python.await_both(later, 1),
        (error) => error === mine,
      );
    },
  },
  {
    name: 'async generator of JavaScript',
    weight: 1,
    async run(random, python) {
      const end = random.below(6);
      const numbers = async function* () {
        for (let n = 0; n < 6; n++) {
          if (random.below(2)) await new Promise((resolve) => setImmediate(resolve));
          yield n;
        }
      };
      assert.equal(await python.sum_until(numbers(), end), (end * end - end) / 2);
    },
  },
  {
    name: 'async context manager',
    weight: 1,
    async run(random, python) {
      const n = random.below(1000);
      assert.equal(await python.Later(n).with(async (value: number) => value + 1), n + 1);
    },
  },
  {
    name: 'context',
    weight: 1,
    async run(random, python) {
      const n = 1 + random.below(1000);
      const call = random.pick([
        () => py.async(python.apply, [() => storage.getStore()]),
        () => py.async(python.apply_later, [() => storage.getStore()]),
      ]);
      assert.equal(await storage.run(n, call), n);
      assert.equal(await py.async(python.set_variable, [n]), -1);
    },
  },
];
