import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runProgram, workerSource } from '../support/program.ts';

const prelude = `py.exec(${JSON.stringify(`
import atexit, time, threading
atexit.register(print, 'atexit', flush=True)
def spin():
    while True: pass
def sleep(seconds): time.sleep(seconds); return seconds
`)});
const { spin, sleep } = py.main;
`;

describe('a process with calls of py.async', { concurrency: 2 }, () => {
  test('lives as long as a promise is pending, and ends when none is', async () => {
    const ended = await runProgram(`${prelude} sleep.async(0.2).then(console.log);`);
    assert.deepEqual([ended.status, ended.stdout], [0, '0.2\natexit\n'], ended.stderr);
    assert.ok(ended.milliseconds < 20_000);
  });

  for (const [what, call] of [
    ['a Python loop', 'spin.async()'],
    ['a Python sleep', 'sleep.async(60)'],
    ['more calls than there are threads', 'for (let i = 0; i < 200; i++) spin.async()'],
  ] as const) {
    test(`ends by process.exit with the right status while it is in ${what}`, async () => {
      const ended = await runProgram(`${prelude} ${call}; setTimeout(() => process.exit(3), 100);`);
      assert.deepEqual([ended.status, ended.stdout], [3, 'atexit\n'], ended.stderr);
    });
  }

  test('makes no call after its end that waits for a thread then', async () => {
    const ended = await runProgram(`${prelude}
      // A thread of the pool ends none of these: the second call that it begins, it begins after the end.
      py.exec('import threading; begun = []');
      const noted = py.eval('lambda: (begun.append(threading.get_ident()), spin())');
      for (let i = 0; i < 200; i++) noted.async().catch(() => {});
      py.exec('atexit.register(lambda: print(0 < len(begun) == len(set(begun)), flush=True))');
      setTimeout(() => process.exit(3), 100);
    `);
    assert.deepEqual([ended.status, ended.stdout], [3, 'True\natexit\n'], ended.stderr);
  });

  test('ends with a rejection that nobody handles as with any other', async () => {
    const ended = await runProgram(`${prelude} py.eval('lambda: 1 / 0').async(); sleep.async(60);`);
    assert.deepEqual([ended.status, ended.stdout], [1, 'atexit\n'], ended.stderr);
    assert.match(ended.stderr, /ZeroDivisionError: division by zero/);
  });

  test('rejects what is pending at py.close() with CLOSED, and what comes after', async () => {
    const ended = await runProgram(`${prelude}
      const pending = spin.async();
      await new Promise((resolve) => setTimeout(resolve, 50));
      py.close();
      for (const promise of [pending, spin.async()]) await promise.catch((error) => console.log(error.code));
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, 'atexit\nCLOSED\nCLOSED\n'], ended.stderr);
  });

  test('ends from a callback that such a call makes, without waiting for the call', async () => {
    const ended = await runProgram(`${prelude}
      py.exec('atexit.register(lambda: print(time.time() * 1000, flush=True))');
      process.on('exit', () => console.log(Date.now()));
      py.eval('lambda f: f()').async(() => process.exit(4));
    `);
    const [exit = Number.NaN, python = Number.NaN] = ended.stdout.split('\n').map(Number);
    assert.equal(ended.status, 4, ended.stderr);
    assert.ok(python - exit < 1900, `${python - exit} ms`); // a call that runs is given two seconds
  });

  test('cancels the tasks of the asyncio loop at its end, and closes async generators', async () => {
    const ended = await runProgram(`py.exec(${JSON.stringify(`
import asyncio
async def forever():
    try: await asyncio.sleep(1000)
    finally: print('cancelled', flush=True)
async def numbers():
    try:
        while True: yield 1
    finally: print('closed', flush=True)
`)});
      py.main.forever().catch(() => {});
      const iterator = py.main.numbers()[Symbol.asyncIterator]();
      await iterator.next();
      process.exit(5);
    `);
    assert.deepEqual(
      [ended.status, ended.stdout.split('\n').sort()],
      [5, ['', 'cancelled', 'closed']],
      ended.stderr,
    );
    assert.equal(ended.stderr, '');
  });

  test('does not wait for a task that refuses to end', async () => {
    const ended = await runProgram(`py.exec(${JSON.stringify(`
import asyncio
async def stubborn():
    while True:
        try: await asyncio.sleep(1000)
        except asyncio.CancelledError: pass
`)});
      py.main.stubborn().catch(() => {});
      setTimeout(() => process.exit(6), 100);
    `);
    assert.equal(ended.status, 6, ended.stderr);
  });

  test('cancels the tasks of a worker that is terminated, and goes on', async () => {
    const ended = await runProgram(`
      const { Worker } = require('node:worker_threads');
      py.exec(${JSON.stringify(`
import asyncio
log = []
async def forever():
    log.append('started')
    try: await asyncio.sleep(1000)
    finally: log.append('cancelled')
async def fine(): return 5
`)});
      const worker = new Worker(${workerSource(`
        py.main.forever().catch(() => {});
        setInterval(() => { if (py.main.log.length > 0) parentPort.postMessage(1); }, 5);
      `)}, { eval: true });
      await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
      while (py.main.log.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      console.log(String(py.main.log), await py.main.fine());
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, "['started', 'cancelled'] 5\n"], ended.stderr);
  });

  test('outlives a worker that is terminated while its calls run', async () => {
    const ended = await runProgram(`${prelude}
      const { Worker } = require('node:worker_threads');
      const worker = new Worker(${workerSource(`
        const spin = py.eval('lambda: exec("while True: pass")');
        for (let i = 0; i < 4; i++) spin.async();
        py.eval('lambda f: [f() for _ in range(10**9)]').async(() => 1);
        for (let i = 0; i < 100; i++) py.list([i]).append.async(1);
        setTimeout(() => parentPort.postMessage(1), 100);
      `)}, { eval: true });
      await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
      console.log(await Promise.all([1, 2, 3].map((n) => sleep.async(n / 100))));
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, '[ 0.01, 0.02, 0.03 ]\natexit\n'], ended.stderr);
  });
});
