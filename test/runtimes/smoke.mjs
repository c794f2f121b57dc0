// One program for every runtime: `node smoke.mjs`, `bun smoke.mjs`, `deno run -A smoke.mjs`. Its last line is
// 'smoke ok', printed by Python's exit work, and its status is 0.

import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { at, kw, PythonError, py } from '../../dist/index.mjs';

const steps = {
  'modules and attributes'() {
    const math = py.import('math');
    assert.equal(math.pi, Math.PI);
    assert.equal(math.sqrt(2.25), 1.5);
    assert.equal(math.nothing, undefined);
    assert.equal(py.import('os.path').join('a', 'b'), 'a/b');
  },
  'values both ways'() {
    for (const value of [0, -1, 1.5, 2 ** 40, 10n ** 30n, true, 'é✓𝒳\0', null]) {
      assert.strictEqual(py`${value}`, value);
    }
    assert.ok(Object.is(py`${-0}`, -0));
    assert.deepEqual(py.as(py`{"a": [1, 2, {"b": None}]}`, Object), { a: [1, 2, { b: null }] });
    assert.equal(py`${{ a: [1, { b: 2 }] }}["a"][1]["b"]`, 2);
    assert.deepEqual([...py`b"abc"`], [97, 98, 99]);
  },
  'calls with keywords'() {
    assert.equal(py.builtins.int('ff', kw({ base: 16 })), 255);
    py.exec('def f(a, *rest, b=0, **more): return [a, list(rest), b, more]');
    assert.deepEqual(py.as(py.main.f(1, 2, kw({ b: 3, c: 4 })), Array), [1, [2], 3, { c: 4 }]);
  },
  callbacks() {
    const order = py.builtins.sorted(['ccc', 'a', 'bb'], kw({ key: (text) => text.length }));
    assert.deepEqual(py.as(order, Array), ['a', 'bb', 'ccc']);
    assert.equal(
      py.import('functools').reduce((a, b) => a + b, [1, 2, 3]),
      6,
    );
  },
  errors() {
    assert.throws(
      () => py.builtins.int('x'),
      (error) =>
        error instanceof PythonError && error.name === 'ValueError' && error.is(py.builtins.ValueError),
    );
    const mine = new RangeError('mine');
    assert.throws(
      () =>
        py.import('functools').reduce(() => {
          throw mine;
        }, [1, 2]),
      (error) => error === mine,
    );
    py.exec('def caught(f):\n  try: f()\n  except Exception as error: return str(error)');
    assert.equal(
      py.main.caught(() => {
        throw mine;
      }),
      'RangeError: mine',
    );
  },
  iteration() {
    assert.deepEqual([...py.builtins.range(4)], [0, 1, 2, 3]);
    let sum = 0;
    for (const item of py.eval('(x * x for x in range(5))')) sum += item;
    assert.equal(sum, 30);
    assert.deepEqual([...py.eval('{"a": 1}')], [['a', 1]]);
  },
  identity() {
    const list = py.list([1, 2]);
    py.main.kept = list;
    assert.equal(py.main.kept, list);
    const object = { a: 1 };
    py.main.object = py.ref(object);
    assert.equal(py.main.object, object);
  },
  items() {
    const dict = py.dict({ a: 1 });
    dict[at('b')] = 2;
    assert.equal(dict[at('b')], 2);
    assert.ok(at('a') in dict);
    delete dict[at('a')];
    assert.equal(py.builtins.len(dict), 1);
  },
  buffers() {
    const view = py.as(py.import('array').array('d', [1, 2, 3]), Float64Array);
    assert.deepEqual([...view], [1, 2, 3]);
    const bytes = new Uint8Array([1, 2, 3]);
    py.main.bytes = bytes;
    py.exec('memoryview(bytes)[0] = 9');
    assert.equal(bytes[0], 9);
  },
  'classes and context managers'() {
    py.exec(
      'class Point:\n  def __init__(self, x): self.x = x\n  def __enter__(self): return self\n  def __exit__(self, *e): self.x = 0',
    );
    const point = new py.main.Point(3);
    assert.equal(point.x, 3);
    assert.equal(
      point.with((p) => p.x + 1),
      4,
    );
    assert.equal(point.x, 0);
    assert.ok(point instanceof py.main.Point);
  },
  'memory that Python looks at is not transferred away'() {
    const bytes = new Uint8Array(8).fill(7);
    const view = py.builtins.memoryview(bytes);
    assert.throws(() => bytes.buffer.transfer(), TypeError);
    assert.throws(() => bytes.buffer.transfer(64), TypeError);
    assert.equal(py.eval('lambda view: list(view) == [7] * 8')(view), true);
  },
  'functions called from a Python thread, while JavaScript waits in Python'() {
    py.main.double = (x) => x * 2;
    py.exec(`
import threading
got = []
thread = threading.Thread(target=lambda: got.append(double(21)))
thread.start()
thread.join()
`);
    assert.equal(py.eval('got[0]'), 42);
  },
  'many proxies'() {
    for (let i = 0; i < 20_000; i++) py.list([i]);
    assert.equal(py.eval('1'), 1);
  },
};

for (const [name, step] of Object.entries(steps)) {
  writeSync(1, `${name}\n`);
  step();
}

const answered = await new Promise((resolve) => {
  py.main.answer = resolve;
  py.exec(
    'import time\nthreading.Thread(target=lambda: (time.sleep(0.02), answer("from a thread"))).start()',
  );
  const waiting = setInterval(() => {}, 1000);
  setTimeout(() => clearInterval(waiting), 2000);
});
assert.equal(answered, 'from a thread');

py.exec(`
import asyncio
async def later(f):
    await asyncio.sleep(0.001)
    return await f()
def spin():
    while True: pass
`);
assert.equal(await py.builtins.sum.async([1, 2, 3], kw({ start: 4 })), 10);
const roots = await Promise.all([1, 4, 9].map((x) => py.import('math').sqrt.async(x)));
assert.deepEqual(roots, [1, 2, 3]);
assert.equal(await py.main.later(async () => 'awaited'), 'awaited');
await assert.rejects(
  py.main.later.async(async () => Promise.reject(new RangeError('mine'))),
  /mine/,
);
await assert.rejects(py.async(py.main.spin, [], { timeout: 20 }), { code: 'TIMEOUT' });

// A worker's memory goes with the worker, and Bun and Deno cannot keep it: that is said before Python looks at it.
const inWorker = `
  const { parentPort } = require('node:worker_threads');
  const { py } = require(${JSON.stringify(fileURLToPath(new URL('../../dist/index.cjs', import.meta.url)))});
  try { parentPort.postMessage(String(py.builtins.memoryview(new Uint8Array(8)))); }
  catch (error) { parentPort.postMessage(error.name); }
`;
const worker = new Worker(inWorker, { eval: true });
const looked = await new Promise((resolve) => worker.once('message', resolve));
assert.match(looked, process.versions.bun || process.versions.deno ? /^BufferError$/ : /^<memory at/);
await worker.terminate();

py.main.say = (text) => {
  writeSync(1, `${text}\n`);
};
py.exec(`
import atexit
atexit.register(print, 'smoke ok')
atexit.register(lambda: say('atexit calls JavaScript'))
threading.Thread(target=lambda: (time.sleep(0.05), print('thread joined'))).start()
`);
process.exit(0);
