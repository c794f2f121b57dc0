import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BridgeError, PythonError, py } from 'caduceus';

py.exec(`
  import time, threading, caduceus
  hits = []
  started = threading.Event()
  def spin():
      started.set()
      while True: pass
  def stubborn():
      try:
          started.set()
          while True: pass
      except caduceus.Interrupted as error:
          hits.append(isinstance(error, KeyboardInterrupt))
  def swallow():
      started.set()
      while True:
          try:
              while True: pass
          except Exception: pass
  def wait_for(done, limit=20.0):
      end = time.monotonic() + limit
      while not done() and time.monotonic() < end: time.sleep(0.001)
      return done()
  def running(): return sum(t.name.startswith('caduceus-pool-') for t in threading.enumerate())
`);
const { spin, stubborn, swallow, started } = py.main;
const until = async (done: () => boolean): Promise<void> => {
  const end = Date.now() + 20_000;
  while (!done()) {
    assert.ok(Date.now() < end, 'it never happened');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};

for (const [name, fn] of Object.entries({ spin, stubborn, swallow })) {
  test(`aborting rejects with the reason and interrupts: ${name}`, async () => {
    started.clear();
    const controller = new AbortController();
    const reason = new Error('enough');
    const promise = py.async(fn, [], { signal: controller.signal });
    await until(() => started.is_set());
    controller.abort(reason);
    await assert.rejects(promise, (error) => error === reason);
    // The thread is free again: as many calls as there are threads do not help a spinning one.
    await py.async(py.eval('lambda: None'));
  });
}

test('Interrupted is a KeyboardInterrupt that the code may catch', async () => {
  await until(() => py.main.hits.length === 1);
  assert.equal(py.main.hits[0], true);
});

test('a timeout rejects with TIMEOUT, named as AbortSignal.timeout names it', async () => {
  const start = performance.now();
  await assert.rejects(py.async(spin, [], { timeout: 30 }), (error) => {
    assert.ok(error instanceof BridgeError);
    assert.deepEqual([error.code, error.name], ['TIMEOUT', 'TimeoutError']);
    return true;
  });
  assert.ok(performance.now() - start >= 25);
  await assert.rejects(py.async(spin, [], { signal: AbortSignal.timeout(20) }), { name: 'TimeoutError' });
});

test('a timeout of 0 and an aborted signal never start the call', async () => {
  started.clear();
  await assert.rejects(py.async(spin, [], { timeout: 0 }), { code: 'TIMEOUT' });
  await assert.rejects(py.async(spin, [], { signal: AbortSignal.abort() }), { name: 'AbortError' });
  await assert.rejects(py.async(spin, [], { signal: AbortSignal.abort('why') }), (error) => error === 'why');
  assert.equal(started.is_set(), false);
});

test('a signal aborted after the answer changes nothing, and no listener stays', async () => {
  const controller = new AbortController();
  let added = 0;
  const { signal } = controller;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    added++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    added--;
    remove(...args);
  };
  assert.equal(await py.async(py.builtins.len, [[1]], { signal, timeout: 60_000 }), 1);
  assert.equal(added, 0);
  controller.abort();
  assert.equal(await py.async(py.builtins.len, [[1, 2]]), 2);
});

test('a wait in C is not interrupted, but the promise is rejected at once', async () => {
  const controller = new AbortController();
  const start = performance.now();
  const promise = py.async(py.import('time').sleep, [0.5], { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(promise, { name: 'AbortError' });
  assert.ok(performance.now() - start < 400);
});

test('an interrupt never hits another call, 2,000 times', async () => {
  // Calls that end at about the time when they are aborted; what runs next on their threads must not notice.
  const work = py.eval('lambda n: sum(i for i in range(n))');
  const errors: unknown[] = [];
  for (let round = 0; round < 200; round++) {
    const all: Promise<unknown>[] = [];
    for (let i = 0; i < 10; i++) {
      const controller = new AbortController();
      const doomed = py.async(work, [i * 40], { signal: controller.signal });
      all.push(
        doomed.catch((error: Error) => {
          if (error.name !== 'AbortError') errors.push(error);
        }),
      );
      if (i % 2) setImmediate(() => controller.abort());
      else controller.abort();
      all.push(
        work.async(100).then(
          (sum: number) => assert.equal(sum, 4950),
          (error: unknown) => errors.push(error),
        ),
      );
    }
    await Promise.all(all);
  }
  assert.deepEqual(errors, []);
});

test('an interrupt that came while C ran does not hit what the thread runs next', async () => {
  // No bytecode runs in such a call, so that its exception would be raised in the next one.
  const work = py.eval('lambda n: sum(i for i in range(n))');
  for (let round = 0; round < 10; round++) {
    const lock = py.import('threading').Lock();
    lock.acquire();
    const controller = new AbortController();
    const doomed = py.async(lock.acquire, [], { signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 20)); // it waits in C by now
    controller.abort();
    await assert.rejects(doomed, { name: 'AbortError' });
    lock.release();
    assert.deepEqual(await Promise.all(Array.from({ length: 8 }, () => work.async(10))), Array(8).fill(45));
  }
});

test('what Python raises by itself is a PythonError, also KeyboardInterrupt and SystemExit', async () => {
  await assert.rejects(py.eval('lambda: exec("raise KeyboardInterrupt")').async(), (error) => {
    return error instanceof PythonError && error.name === 'KeyboardInterrupt';
  });
  await assert.rejects(py.import('sys').exit.async(3), { name: 'SystemExit', message: '3' });
});

test('an interrupt between the acquisition of a lock and the block that releases it leaves it free', async () => {
  const scope = py.scope();
  scope.exec(`
import sys, threading
plain, held = threading.Lock(), threading.RLock()
conditions = [threading.Condition()] if sys.version_info >= (3, 12) else []
class Owner:
    lock = held
owner = Owner()
def work():
    closed = plain
    def inner():
        with closed: pass
    while True:
        with plain: pass
        with owner.lock: pass
        inner()
        for condition in conditions:
            with condition: pass
def is_free():
    # From another thread: an RLock lets its owner in again.
    found = []
    def look():
        for lock in (plain, held, *conditions):
            found.append(lock.acquire(timeout=5))
            lock.release()
    thread = threading.Thread(target=look)
    thread.start()
    thread.join(20)
    return found == [True] * (2 + len(conditions))
`);
  const work = scope.eval('work');
  for (let i = 0; i < 300; i++) {
    await assert.rejects(py.async(work, [], { timeout: i % 3 }), { name: 'TimeoutError' });
    // A lock that is held by nobody stops all that come after.
    if (i % 50 === 49) assert.equal(scope.eval('is_free()'), true, `after ${i + 1} interrupts`);
  }
});
