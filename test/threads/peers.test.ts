import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { MessageChannel, Worker } from 'node:worker_threads';
import { BridgeError, py } from 'caduceus';
import { count, parallelize, Workers } from '../support/parallelize.ts';

const workers = new Workers(8);
after(() => workers.close());

test('P1: 8x 1000 attributes and constructors, from Python threads on JavaScript and from workers on Python', async () => {
  const rounds = count(250, 1000);
  class Thing {
    n: number;
    constructor(n: number) {
      this.n = n;
    }
  }
  const bag = new (class Bag {
    Thing = Thing;
    Array = Array;
  })();
  const inThreads = py.def`
def hammer(bag, rounds):
    def go(index):
        me = f"of_{index}"
        for n in range(rounds):
            setattr(bag, me, n)
            assert getattr(bag, me) == n
            assert bag.Thing(n).n == n
        return True
    return go
`(py.ref(bag), rounds);
  assert.deepEqual(await parallelize(8, inThreads), Array(8).fill(true));
  py.exec`
class P1:
    def __init__(self, n): self.n = n
`;
  const wrong = await workers.parallelize(
    ({ py, index, data }) => {
      const { P1 } = py.main;
      let wrong = 0;
      for (let n = 0; n < data; n++) {
        P1[`of_${index}`] = n;
        if (P1[`of_${index}`] !== n || new P1(n).n !== n) wrong += 1;
      }
      return wrong;
    },
    count(1000, 1000),
  );
  assert.deepEqual(wrong, Array(8).fill(0));
});

test('P2: a callback attaches itself on Python threads, in the pool and in workers', async () => {
  const seen = new Set<number>();
  // It uses Python by itself: it must be attached for that, whoever called.
  const callback = (n: number) => {
    seen.add(n);
    return py.builtins.abs(-n);
  };
  const call = py.def`
def calls(callback):
    def go(index): return [callback(index * 100 + n) for n in range(50)] == [index * 100 + n for n in range(50)]
    return go
`(callback);
  assert.deepEqual(await parallelize(8, call), Array(8).fill(true));
  assert.equal(seen.size, 400);
  assert.deepEqual(await Promise.all([0, 1, 2, 3].map((n) => py.async(call, [n]))), Array(4).fill(true));
  const executor = py.import('concurrent.futures').ThreadPoolExecutor(4);
  assert.deepEqual([...py.list(executor.map(call, [4, 5, 6, 7]))], Array(4).fill(true));
  executor.shutdown();
  seen.clear();
  py.main.p2 = callback;
  const results = await workers.parallelize(({ py, index }) => {
    const own = (n: number) => py.builtins.abs(-n); // called by Python in this worker
    const all = py.eval('lambda f, k: [f(k * 100 + n) for n in range(20)]');
    const mine = [...all(own, index)].every((value, n) => value === index * 100 + n);
    const theirs = [...all(py.main.p2, index)].every((value, n) => value === index * 100 + n);
    return mine && theirs;
  });
  assert.deepEqual(results, Array(8).fill(true));
  assert.equal(seen.size, 160);
});

test('P3: a wait for another thread of Python passes inside py.detach', () => {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const set = py.def`
def set_later(flag):
    import threading, time
    view = memoryview(flag)  # here, since the owner of the memory cannot be asked while it waits
    def run():
        time.sleep(0.02)
        view[0] = 1
    threading.Thread(target=run).start()
`;
  const wait = () => {
    for (const end = Date.now() + 20_000; Atomics.load(flag, 0) === 0 && Date.now() < end; ) {
      Atomics.wait(flag, 0, 0, 5);
    }
    return Atomics.load(flag, 0);
  };
  py.attach(() => {
    set(flag);
    assert.equal(py.detach(wait), 1);
  });
});

test('P3: awaiting inside an attach is detected, and so is touching Python inside py.detach', async () => {
  assert.throws(
    () => py.attach(() => Promise.resolve(1)),
    (error) => error instanceof BridgeError && error.code === 'ATTACH_ACROSS_AWAIT',
  );
  await assert.rejects(
    async () => {
      using _ = py.attach();
      await null;
    },
    (error) => error instanceof BridgeError && error.code === 'ATTACH_ACROSS_AWAIT',
  );
  assert.throws(
    () => py.attach(() => py.detach(() => py.eval('1'))),
    (error) => error instanceof BridgeError,
  );
});

test('P4: attach across await throws and leaves the thread detached: other threads run', async () => {
  const crossing = async () => {
    using _ = py.attach();
    await null;
  };
  await assert.rejects(crossing, /attach/);
  const ticks = py.def`
def ticks():
    import threading, time
    n = []
    def run():
        for _ in range(20):
            n.append(1); time.sleep(0.001)
    threading.Thread(target=run).start()
    return n
`();
  const busy = Date.now() + 20_000;
  const flag = new Int32Array(new SharedArrayBuffer(4));
  while (ticks.length < 20 && Date.now() < busy) Atomics.wait(flag, 0, 0, 5);
  assert.equal(ticks.length, 20);
});

test('P5: a proxy does not go through postMessage, a shared one does, also to who is terminated', async () => {
  const { port1, port2 } = new MessageChannel();
  const list = py.list([1, 2]);
  assert.throws(() => port1.postMessage(list), { name: 'DataCloneError' });
  port1.close();
  port2.close();
  const token = py.share(list);
  const results = await workers.parallelize(({ py, index, data }) => {
    const mine = py.adopt(data);
    mine.append(index);
    return py.adopt(data) === mine && mine[0] === 1;
  }, token);
  assert.deepEqual(results, Array(8).fill(true));
  assert.equal(list.length, 10);
  for (const wait of [0, 5, 40, 100]) {
    const receiver = new Worker(
      `const { parentPort, workerData } = require('node:worker_threads');
       const { py } = require('node:module').createRequire(process.cwd() + '/worker.js')('caduceus');
       for (;;) py.adopt(workerData).copy();`,
      { eval: true, workerData: token },
    );
    await new Promise((resolve) => setTimeout(resolve, wait));
    await receiver.terminate();
  }
  assert.equal(list.length, 10);
  token.revoke();
  assert.throws(
    () => py.adopt(token),
    (error) => error instanceof BridgeError && error.code === 'NOT_SHARED',
  );
});

test('P6: Python that is busy on other threads leaves the event loop its turns', async () => {
  const spin = py.def`
def spin(seconds):
    import time
    end = time.monotonic() + seconds
    n = 0
    while time.monotonic() < end: n += 1
    return n
`;
  const delays: number[] = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    delays.push(now - last - 5);
    last = now;
  }, 5);
  const results = await Promise.all([spin.async(0.4), spin.async(0.4)]);
  clearInterval(timer);
  assert.ok(results.every((n) => n > 0));
  delays.sort((a, b) => a - b);
  // The longest is that of a machine that does other things too; a loop that Python holds up waits for 400 ms.
  const text = `${delays.slice(-5)} of ${delays.length}`;
  assert.ok((delays[Math.floor(0.9 * delays.length)] as number) < 50, text);
  assert.ok((delays.at(-1) as number) < 200, text);
  assert.ok(delays.length >= 5, `${delays.length} turns`);
});
