import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';

py.exec(`
  import asyncio, threading
  def call(f, *args): return f(*args)
  def where(): return threading.current_thread().name
  async def awaits(f): return await f()
  async def calls(f): return f()
`);
const { call, where, awaits, calls } = py.main;

test('a callback of a call makes calls of its own, which the call’s own thread does not wait for', async () => {
  const promises: Promise<unknown>[] = [];
  await call.async(() => {
    for (let i = 0; i < 3; i++) promises.push(where.async());
  });
  for (const name of await Promise.all(promises)) assert.match(name as string, /^caduceus-pool/);
});

test('Python awaits JavaScript that awaits Python, ten deep', async () => {
  const deeper = (n: number): Promise<unknown> =>
    n === 0 ? where.async() : awaits(async () => await deeper(n - 1));
  assert.match((await deeper(10)) as string, /^caduceus-pool/);
});

test('a callback is served although JavaScript was busy when it was asked for', async () => {
  const promise = call.async((x: number) => x + 1, 1);
  for (const end = Date.now() + 100; Date.now() < end; );
  assert.equal(await promise, 2);
});

test('a call of the pool and one of the loop call back while JavaScript waits in a synchronous call', async () => {
  py.exec(`
    done = threading.Event()
    def wait_done(): return done.wait(20)
  `);
  const pending = call.async(() => py.main.done.set());
  assert.equal(py.main.wait_done(), true);
  await pending;
  py.main.done.clear();
  const awaited = calls(() => py.main.done.set()).then((x: unknown) => x);
  assert.equal(py.main.wait_done(), true);
  await awaited;
});

test('endless recursion that begins in a call of the pool is an error, and both sides go on', async () => {
  const down = (f: (g: unknown) => unknown): unknown => f(down);
  const up = py.eval('lambda f: up(f)');
  py.exec('def up(f): return f(up)');
  await assert.rejects(py.main.up.async(down), /recursion|stack/i);
  await assert.rejects(up.async(down), /recursion|stack/i);
  await assert.rejects(py.eval('(lambda f: lambda: f(f))(lambda f: f(f))').async(), {
    name: 'RecursionError',
  });
  assert.match(await where.async(), /^caduceus-pool/);
});
