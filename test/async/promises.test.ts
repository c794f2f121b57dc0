import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { PythonError, py } from 'caduceus';
import { workerSource } from '../support/program.ts';

py.exec(`
  import asyncio, collections.abc, inspect, threading
  async def use(f, *args):
      return await f(*args)
  async def kinds(f):
      value = await f()
      return [type(value).__name__, value]
  async def all_of(p): return await asyncio.gather(p, p, asyncio.ensure_future(p))
  async def timed_out(p):
      try: await asyncio.wait_for(p, 0.02)
      except asyncio.TimeoutError: return 'timed out'
  async def caught(f):
      try: await f()
      except Exception as error: return [type(error).__name__, str(error)]
  async def collect(items): return [x async for x in items]
  async def first(items):
      async for x in items: return x
  async def first_closed(items):
      iterator = aiter(items)
      x = await anext(iterator)
      await iterator.aclose()
      return x
  async def inside(resource):
      async with resource as same:
          return same is resource
  def run(f): return asyncio.run(use(f))
  def own_thread(f):
      result = []
      thread = threading.Thread(target=lambda: result.append(run(f)))
      thread.start()
      return thread, result
  def facts(x): return [inspect.isawaitable(x), isinstance(x, collections.abc.AsyncIterable), type(x).__name__]
`);
const { use, kinds, all_of, timed_out, caught, collect, first, first_closed, inside, run, facts } = py.main;

test('an async function given to Python is awaited there', async () => {
  assert.equal(
    await use(async (x: number) => {
      await sleep(2);
      return x + 1;
    }, 41),
    42,
  );
  assert.equal(await use(() => sleep(1, 'slept')), 'slept');
});

test('what an async callback answers is given, what a promise of JavaScript’s own holds is taken', async () => {
  assert.equal(String(await kinds(async () => ({ a: [1] }))), "['dict', {'a': [1]}]");
  const holder = { later: () => Promise.resolve({ a: 1 }) };
  py.main.holder = py.ref(holder);
  py.exec('async def take(): return type(await holder.later()).__name__');
  assert.equal(await py.main.take(), 'JsObject');
});

test('many awaiters share a promise', async () => {
  assert.equal(String(await all_of(sleep(2, 'x'))), "['x', 'x', 'x']");
  assert.equal(await use(() => Promise.resolve(null)), null);
});

test('a rejection comes home as the same error, and is of its class in between', async () => {
  const mine = new RangeError('mine');
  await assert.rejects(
    use(async () => {
      throw mine;
    }),
    (error) => error === mine,
  );
  assert.equal(
    String(
      await caught(async () => {
        throw mine;
      }),
    ),
    "['RangeError', 'RangeError: mine']",
  );
  await assert.rejects(
    use(async () => {
      throw undefined;
    }),
    (error) => error === undefined,
  );
  const original = new PythonError(py.builtins.KeyError('k'));
  assert.equal(
    String(
      await caught(async () => {
        throw original;
      }),
    ),
    `['KeyError', "'k'"]`,
  );
  await assert.rejects(
    use(async () => {
      throw new PythonError(py.builtins.StopIteration(1));
    }),
    /StopIteration/,
  );
});

test('cancelling the awaiter leaves the promise alone', async () => {
  let resolve: (x: number) => void = () => {};
  const promise = new Promise((r) => {
    resolve = r;
  });
  assert.equal(await timed_out(promise), 'timed out');
  resolve(5);
  assert.equal(await promise, 5);
  assert.equal(await use(() => promise), 5);
});

test('any thenable is awaitable, other objects are not', () => {
  assert.equal(String(facts(Promise.resolve())), "[True, False, 'JsPromise']");
  const named = 'then'; // spelt so that no linter takes it for a mistake
  const thenable = new (class {
    [named](ok: (x: number) => void) {
      ok(3);
    }
  })();
  assert.equal(String(facts(thenable)), "[True, False, 'JsPromise']");
  class Plain {
    get [named](): never {
      throw new Error('no');
    }
  }
  assert.equal(String(facts(new Plain())), "[False, False, 'JsObject']");
  assert.equal(String(facts(new Map())), "[False, False, 'JsMap']");
  assert.equal(String(facts((async function* () {})())), "[False, True, 'JsAsyncIterable']");
});

test('asyncio.run in a pool thread and in a Python thread awaits promises', async () => {
  assert.equal(await run.async(() => sleep(2, 'pool')), 'pool');
  const [thread, result] = py.main.own_thread(() => sleep(2, 'thread'));
  while (thread.is_alive()) await sleep(1);
  assert.equal(result[0], 'thread');
});

test('asyncio.run in a synchronous call is told at once that the answer cannot come', async () => {
  assert.throws(
    () => run(() => sleep(1)),
    (error) => {
      assert.ok(error instanceof PythonError);
      assert.equal(error.name, 'caduceus.JsLoopBlocked');
      assert.match(error.message, /^JS_LOOP_BLOCKED.*\.async/);
      return true;
    },
  );
  const promise = Promise.resolve(1);
  assert.throws(() => py.eval('lambda p: p.__await__().send(None)')(promise), /JS_LOOP_BLOCKED/);
});

test('without an asyncio loop the error says what is needed', async () => {
  const drive = py.eval('lambda p: p.__await__().send(None)');
  await assert.rejects(drive.async(Promise.resolve(1)), /running asyncio loop/);
});

test('async for goes through what JavaScript iterates over with for await', async () => {
  async function* numbers() {
    yield 1;
    await sleep(1);
    yield { a: 2 };
  }
  assert.equal(String(await collect(numbers())).startsWith('[1, '), true);
  let closed = 0;
  async function* endless() {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      closed++;
    }
  }
  assert.equal(await first_closed(endless()), 0);
  assert.equal(closed, 1);
  assert.equal(await first(endless()), 0);
  async function* failing() {
    yield 1;
    throw new TypeError('bad');
  }
  await assert.rejects(collect(failing()), (error) => error instanceof TypeError && error.message === 'bad');
  await assert.rejects(
    collect(
      new (class {
        [Symbol.asyncIterator]() {
          return 5;
        }
      })(),
    ),
    /async/,
  );
});

test('async with disposes', async () => {
  let disposed = 0;
  class Resource {
    async [Symbol.asyncDispose]() {
      await sleep(1);
      disposed++;
    }
  }
  assert.equal(await inside(new Resource()), true);
  assert.equal(disposed, 1);
  class Broken {
    async [Symbol.asyncDispose]() {
      throw new Error('stuck');
    }
  }
  await assert.rejects(inside(new Broken()), /stuck/);
  class Iterable {
    async *[Symbol.asyncIterator]() {}
  }
  await assert.rejects(inside(new Iterable()), /asyncDispose/);
});

test('a promise of a worker that ends is answered with JsEnvironmentClosed', async () => {
  py.exec('theirs, mine = [], []');
  const worker = new Worker(
    JSON.parse(
      workerSource(`
    py.main.theirs.append(new Promise(() => {}));
    parentPort.postMessage(1);
    setInterval(() => {}, 1000);
  `),
    ),
    { eval: true },
  );
  await new Promise((resolve) => worker.once('message', resolve));
  py.exec('async def wait(): return await theirs[0]');
  const waiting = py.main.wait().then(undefined, (error: Error) => error);
  await sleep(50);
  await worker.terminate();
  assert.match((await waiting).message, /JsEnvironmentClosed/);
  await assert.rejects(py.main.wait(), /JsEnvironmentClosed/);
});

test('a rejected promise that Python never awaits is told of when it is collected', async () => {
  const warnings: string[] = [];
  const listen = (warning: Error): void => void warnings.push(warning.message);
  process.on('warning', listen);
  py.eval('lambda f: f() and None')(async () => {
    throw new Error('nobody cares');
  });
  const end = Date.now() + 10_000;
  while (warnings.length === 0 && Date.now() < end) {
    globalThis.gc?.();
    await sleep(5);
  }
  process.off('warning', listen);
  assert.match(warnings.join(), /never awaited there: Error: nobody cares/);
});
