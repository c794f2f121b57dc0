import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { py } from 'caduceus';
import { collectUntil, held } from '../support/held.ts';

py.exec(`
  import asyncio
  living = []  # its methods are atomic, which += is not
  class Counted:
      def __init__(self, *_): living.append(1)
      def __del__(self): living.pop()
  async def make(): return Counted()
  async def fail(): raise ValueError(Counted())
  def call(f, x): return f(x)
  async def wait(p): return await p
`);
const { Counted, living, make, fail, call, wait } = py.main;

test('objects made by calls of the pool and by coroutines go when JavaScript drops them', async () => {
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 200 }, () => Counted.async()));
    await Promise.all(Array.from({ length: 50 }, () => make()));
    await Promise.all(Array.from({ length: 20 }, () => fail().catch(() => {})));
  }
  await collectUntil(() => living.length === 0, 60).catch(() => assert.equal(living.length, 0));
});

test('arguments and callbacks of 20,000 calls leave nothing behind', async () => {
  const before = held();
  for (let round = 0; round < 20; round++) {
    const calls = Array.from({ length: 1000 }, (_, i) =>
      call.async((x: number[]) => x.length, [i, { a: i }]),
    );
    assert.deepEqual([...new Set(await Promise.all(calls))], [2]);
  }
  await collectUntil(() => {
    const now = held();
    return now.objects <= before.objects + 5 && now.handles <= before.handles + 50 && now.flights === 0;
  }, 60);
});

test('what Python awaited is forgotten once it was answered', async () => {
  const before = held().waiters;
  await Promise.all(Array.from({ length: 500 }, (_, i) => wait(sleep(i % 7))));
  assert.equal(held().waiters, before);
});

test('aborted calls leave nothing behind', async () => {
  const spin = py.eval('lambda x: exec("while True: pass")');
  for (let i = 0; i < 40; i++) {
    const controller = new AbortController();
    const promise = py.async(spin, [Counted()], { signal: controller.signal });
    if (i % 2) await sleep(1);
    controller.abort();
    await assert.rejects(promise, { name: 'AbortError' });
  }
  await collectUntil(() => living.length === 0 && held().flights === 0, 60);
});
