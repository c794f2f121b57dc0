import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kw, PythonError, py } from 'caduceus';

py.exec(`
  import asyncio, concurrent.futures, threading, time
  starts = 0
  async def work(x=1, fail=False):
      global starts
      starts += 1
      await asyncio.sleep(0.01)
      if fail: raise ValueError(x)
      return x
  async def where(): return threading.current_thread().name
  def plain_where(): return threading.current_thread().name
  def make_task(x):
      return asyncio.get_running_loop().create_task(work(x))
  class Awaitable:
      def __await__(self):
          yield from asyncio.sleep(0.001).__await__()
          return 'awaited'
  cancelled = []
  async def forever():
      try: await asyncio.sleep(1000)
      except asyncio.CancelledError:
          cancelled.append(1)
          raise
  class Service:
      async def get(self, x): return [self.name, x]
      name = 'service'
`);
const { work, where, plain_where, forever, Service } = py.main;

test('a coroutine is awaited on the thread of one asyncio loop', async () => {
  assert.equal(await where(), 'caduceus-asyncio');
  assert.equal(await work(5), 5);
});

test('the first use starts one task, which all uses share', async () => {
  const before = py.main.starts;
  const coroutine = work(7);
  assert.equal(typeof coroutine.then, 'function');
  assert.deepEqual(
    await Promise.all([coroutine, coroutine, coroutine.then((x: number) => x + 1)]),
    [7, 7, 8],
  );
  assert.equal(await coroutine, 7);
  assert.equal(py.main.starts, before + 1);
});

test('then, catch and finally are those of a promise', async () => {
  const seen: unknown[] = [];
  assert.equal(await work(1, true).catch((error: PythonError) => error.message), '1');
  assert.equal(await work(2).finally(() => seen.push('finally')), 2);
  assert.equal(await work(3, true).then(undefined, () => 'handled'), 'handled');
  await assert.rejects(work(4, true), (error) => error instanceof PythonError && error.name === 'ValueError');
  assert.deepEqual(seen, ['finally']);
});

test('fn.await calls on the loop’s thread and awaits what comes back', async () => {
  assert.equal(await plain_where.await(), 'caduceus-asyncio');
  assert.equal(await py.main.make_task.await(3), 3);
  assert.equal(await work.await(9), 9);
  assert.equal(await work.await(kw({ x: 10 })), 10);
  assert.equal(String(await Service().get.await([1])), "['service', [1]]");
  assert.throws(() => py.main.make_task(3), /no running event loop/);
});

test('py.async and fn.async await what a coroutine function returns', async () => {
  assert.equal(await work.async(4), 4);
  assert.equal(await py.async(where), 'caduceus-asyncio');
  assert.equal(await py.async(work, [1], { kwargs: { fail: false }, timeout: 10_000 }), 1);
  assert.equal(String(await Service().get.async(2)), "['service', 2]");
});

test('an object with __await__, a task and futures of both kinds are awaited', async () => {
  assert.equal(await py.main.Awaitable(), 'awaited');
  const later = py.import('concurrent.futures').Future();
  setTimeout(() => later.set_result(41), 5);
  assert.equal(await later, 41);
  assert.equal(await later, 41);
  const executor = py.import('concurrent.futures').ThreadPoolExecutor(1);
  assert.equal(await executor.submit(py.builtins.len, 'abc'), 3);
  await assert.rejects(executor.submit(py.eval('lambda: 1 / 0')), { name: 'ZeroDivisionError' });
  executor.shutdown();
});

test('a future of another running loop is awaited through its own loop', async () => {
  py.exec(`
    ready = threading.Event()
    async def elsewhere():
        global theirs
        theirs = asyncio.get_running_loop().create_future()
        ready.set()
        asyncio.get_running_loop().call_later(0.05, theirs.set_result, threading.current_thread().name)
        await theirs
    other = threading.Thread(target=lambda: asyncio.run(elsewhere()), name='other')
    other.start()
    ready.wait()
  `);
  assert.equal(await py.main.theirs, 'other');
});

test('aborting cancels the task', async () => {
  const controller = new AbortController();
  const promise = py.async(forever, [], { signal: controller.signal });
  setTimeout(() => controller.abort(), 30);
  await assert.rejects(promise, { name: 'AbortError' });
  await assert.rejects(py.async(forever, [], { timeout: 30 }), { code: 'TIMEOUT' });
  const end = Date.now() + 10_000;
  while (py.main.cancelled.length < 2 && Date.now() < end) await new Promise((r) => setTimeout(r, 1));
  assert.equal(py.main.cancelled.length, 2);
});

test('a task cancelled in Python rejects with CancelledError', async () => {
  py.exec(`
    def cancel_soon():
        task = asyncio.get_running_loop().create_task(forever())
        asyncio.get_running_loop().call_soon(task.cancel)
        return task
  `);
  await assert.rejects(py.main.cancel_soon.await(), { name: 'asyncio.exceptions.CancelledError' });
});

test('SystemExit and KeyboardInterrupt in a task reject it, and the loop goes on', async () => {
  py.exec('async def leave(kind): raise kind("now")');
  await assert.rejects(py.main.leave(py.builtins.SystemExit), { name: 'SystemExit' });
  await assert.rejects(py.main.leave(py.builtins.KeyboardInterrupt), { name: 'KeyboardInterrupt' });
  assert.equal(await work(1), 1);
});

test('asyncio.run works inside a call of the pool', async () => {
  assert.equal(
    await py.async(py.eval('lambda: asyncio.run(where())')).then((name) => /^caduceus-pool/.test(name)),
    true,
  );
});

test('a thousand coroutines are awaited at once', async () => {
  const results = await Promise.all(Array.from({ length: 1000 }, (_, i) => work(i)));
  assert.ok(results.every((result, i) => result === i));
});

test('a coroutine function given as a callback answers with an awaitable', async () => {
  const map = py.eval('lambda f: f');
  const coroutine = map(work);
  assert.equal(await coroutine(6), 6);
  const given = py.eval('lambda call: call(work)')((f: unknown) => f);
  assert.equal(await given(8), 8);
});
