import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { py } from 'caduceus';
import { collectUntil, held } from '../support/held.ts';
import { count, parallelize, parallelizeJoined, Workers } from '../support/parallelize.ts';

const workers = new Workers(4);
after(() => workers.close());

const worker = (body: string) =>
  new Worker(
    `const { parentPort } = require('node:worker_threads');
     const { py } = require('node:module').createRequire(process.cwd() + '/worker.js')('caduceus');
     ${body}`,
    { eval: true },
  );

test('T1: eight callers into a worker that is terminated each get an exception within 2 s', async () => {
  // It is busy with JavaScript, so that the calls wait for it.
  const busy = worker(`
    py.main.t1 = () => 1;
    setTimeout(() => { parentPort.postMessage('busy'); for (;;); }, 10);
  `);
  const exit = new Promise((resolve) => busy.once('exit', resolve));
  await new Promise((resolve) => busy.once('message', resolve));
  const call = py.def`
def call(index):
    import time
    began = time.monotonic()
    try: t1()
    except ReferenceError as error: return [str(error).split(":")[0], time.monotonic() - began]
    return ["it answered", 0]
`;
  const calls = parallelize(8, call);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const terminated = performance.now();
  await busy.terminate();
  await exit;
  const results = await calls;
  assert.ok(performance.now() - terminated < 2000);
  assert.deepEqual(
    results.map(([name]) => name),
    Array(8).fill('JsEnvironmentClosed'),
  );
});

test('T2: worker.terminate() ends a worker in a Python loop within a second', async () => {
  const looping = worker(`
    py.builtins;
    parentPort.postMessage('loops');
    py.exec('while True: pass');
  `);
  const exit = new Promise((resolve) => looping.once('exit', resolve));
  await new Promise((resolve) => looping.once('message', resolve));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const began = performance.now();
  await looping.terminate();
  await exit;
  assert.ok(performance.now() - began < 1000, `${performance.now() - began} ms`);
  assert.equal(py.eval('1 + 1'), 2);
});

test('T3: cycles inside each heap are collected, whoever holds them', async () => {
  const before = held();
  const Node = py.def`
class Node:
    alive = 0
    def __init__(self): Node.alive += 1; self.me = self
    def __del__(self): Node.alive -= 1
`;
  const pairs = count(2_000, 10_000);
  for (let n = 0; n < pairs; n++) {
    const node = Node();
    node.own = node; // a cycle in Python, held by JavaScript
    const thing: { node?: unknown; me?: unknown } = { node };
    thing.me = thing; // and one in JavaScript
  }
  await collectUntil(() => Node.alive <= 1); // the bridge may remember the last one that crossed
  await collectUntil(() => held().handles <= before.handles + 20);
});

test('T3: derived pairs across the heaps are collected, and 10,000 leave memory flat', async () => {
  class Base {
    payload = new Uint8Array(10_000);
  }
  const make = py.def`
def make(Base):
    class Pair(Base):
        alive = 0
        def __init__(self): super().__init__(); Pair.alive += 1; self.bytes = bytearray(10_000)
        def __del__(self): Pair.alive -= 1
    return Pair
`;
  const Pair = make(Base);
  const pairs = count(1_000, 10_000);
  const before = held();
  const round = async () => {
    for (let n = 0; n < pairs; n++) {
      new Pair();
    }
    await collectUntil(() => Pair.alive === 0);
    return process.memoryUsage().rss;
  };
  await round();
  const first = await round();
  const second = await round();
  // The address sanitizer keeps what was freed for a while.
  const keepsFreed = process.env.CADUCEUS_NATIVE_VARIANT !== undefined;
  assert.ok(keepsFreed || second - first < pairs * 5_000, `${(second - first) / 2 ** 20} MiB more`);
  assert.ok(held().objects <= before.objects + 20);
});
test('T3: a cycle across the heaps that stays is named by a diagnostic', {
  todo: 'not yet: collecting across both heaps comes with JavaScript classes as Python types',
});

test('T4: JavaScript references that Python threads drop are all deleted, and never pile up', async () => {
  const total = count(60_000, 1_000_000);
  let freed = 0;
  const registry = new FinalizationRegistry(() => freed++);
  const drop = py.def`
def drop(take):
    def go(index):
        while True:
            got = take()
            if not len(got): return True
            del got[:]
    return go
`;
  let made = 0;
  let most = 0;
  const take = () => {
    most = Math.max(most, held().objects);
    const some = Math.min(1000, total - made);
    return Array.from({ length: some }, () => {
      const one = new (class One {})();
      if (made++ % 100 === 0) registry.register(one, undefined);
      return one;
    });
  };
  await parallelize(8, drop(take));
  assert.equal(made, total);
  // Without the GIL they wait for this thread to run bytecode, which it does once a second here.
  if (!py.info.freeThreaded) assert.ok(most <= 20_000, `${most} at once`);
  await collectUntil(() => freed === Math.ceil(total / 100));
});

test('T5: recursion from one language to the other and back is an error on main, workers and Python threads', async () => {
  const endless = `(py) => {
    const down = (f) => f(down);
    py.eval('lambda: None');
    const up = py.eval('(up := lambda f: f(up))');
    try { up(down); } catch (error) { return [error.name, error.message, py.eval('1 + 1')]; }
  }`;
  const check = ([name, message, after]: any) => {
    assert.match(`${name}: ${message}`, /RangeError|RecursionError|recursion|stack/i);
    assert.equal(after, 2);
  };
  check(new Function(`return ${endless}`)()(py));
  for (const result of await workers.parallelize(
    ({ py, data }) => new Function(`return ${data}`)()(py),
    endless,
  )) {
    check(result);
  }
  const deep = (f: any) => f(deep);
  const inThread = py.def`
def recurse(deep):
    def up(f): return f(up)
    def go(index):
        try: deep(up)
        except Exception as error: return f"{type(error).__name__}: {error}"
    return go
`(deep);
  for (const told of await parallelizeJoined(2, inThread)) assert.match(told, /recursion|stack|Range/i);
  assert.equal(py.eval('1 + 1'), 2);
});
