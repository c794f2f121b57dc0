import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';
import { inWorker, runProgram, workerSource } from '../support/program.ts';

// From 3.14 on, whoever lets go of a lock hands it to the thread that waits longest. If that is a worker on whose stack
// a callback runs meanwhile, and the callback needs the lock, it waits for its own thread.
test('a callback of a worker may need the lock that the worker waits for', async () => {
  const ended = await runProgram(
    `
    const { Worker } = require('node:worker_threads');
    py.eval('1');
    const worker = new Worker(${workerSource(`
      py.exec(${JSON.stringify(`
import threading, time
lock, held, served = threading.Lock(), threading.Event(), 0
def touch():
    global served
    with lock: served += 1
def hold():
    with lock:
        held.set()
        time.sleep(1)
def ask():
    time.sleep(0.1)
    callback()
def wait():
    held.wait()
    with lock: pass
`)});
      const { hold, ask, touch, wait } = py.main;
      py.main.callback = () => touch();
      const threads = [hold, ask].map((target) => py.import("threading").Thread(kw({ target })));
      for (const thread of threads) thread.start();
      wait();
      while (threads.some((thread) => thread.is_alive())) await new Promise((r) => setTimeout(r, 1));
      console.log('served', py.main.served);
    `)}, { eval: true });
    const status = await new Promise((resolve) => worker.on('exit', resolve));
    console.log('ended', status);
  `,
    { limit: 60 },
  );
  assert.deepEqual([ended.status, ended.stdout], [0, 'served 1\nended 0\n'], ended.stderr);
});

// A call that was asked for while the owner waited must not begin where the owner has just got the lock.
for (const [owner, program] of [
  ['main', (source: string) => source],
  ['worker', inWorker],
] as const) {
  test(`a callback may need the lock that its owner gets as it is woken: ${owner}`, async () => {
    const ended = await runProgram(
      program(`
        py.exec(${JSON.stringify(`
import threading, time
lock, served, rounds, done = threading.Lock(), 0, 0, False
def touch():
    global served
    with lock: served += 1
def ask():
    while not done: callback()
def work():
    global rounds
    with lock: sum(range(20_000)) # some 200 us, in which it is interrupted
    rounds += 1
`)});
        const { ask, touch, work } = py.main;
        py.main.callback = () => touch();
        const threads = [1, 2, 3].map(() => py.import('threading').Thread(kw({ target: ask })));
        for (const thread of threads) thread.start();
        for (let turn = 1; py.main.rounds < 300 || turn < 5; turn++) {
          const until = performance.now() + 50 * (turn % 5); // no turn of the loop for up to 200 ms
          do work(); while (performance.now() < until);
          await new Promise((r) => setTimeout(r, 1));
        }
        py.main.done = true;
        while (threads.some((thread) => thread.is_alive())) await new Promise((r) => setTimeout(r, 1));
        console.log('served', py.main.served > 0);
      `),
      { limit: 60 },
    );
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, /^served true\n/);
  });
}

/** There a thread gets its turn so seldom that the owner counts as one whose loop does not turn. */
const withGil = py.info.gilEnabled ? 'the other thread waits for the GIL' : false;

test('the callback of another thread waits for the end of a short call', { skip: withGil }, async () => {
  const ended = await runProgram(`
    py.exec(${JSON.stringify(`
import threading
stop = False
def ask():
    while not stop: callback()
class Point:
    @property
    def x(self): return sum(range(2000))
point = Point()
`)});
    let inside = false, interleaved = 0, calls = 0;
    py.main.callback = () => { calls++; if (inside) interleaved++; };
    const thread = py.eval('threading.Thread(target=ask)');
    const { point } = py.main;
    thread.start();
    while (calls < 60) { // a call takes some 50 us
      inside = true;
      for (let i = 0; i < 20; i++) point.x;
      inside = false;
      await new Promise((r) => setImmediate(r));
    }
    py.main.stop = true;
    while (thread.is_alive()) await new Promise((r) => setImmediate(r));
    console.log(interleaved < calls / 3); // more than nine of ten, without care; none on an idle machine
  `);
  assert.deepEqual([ended.status, ended.stdout], [0, 'true\n'], ended.stderr);
});
