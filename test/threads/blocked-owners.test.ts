import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { py } from 'caduceus';
import { beginsWorkers, inWorker, runProgram, workerSource } from '../support/program.ts';
import { inOneProcess } from '../support/rows.ts';
import { prelude, rounds, slow, waits } from './waits.ts';

const { version } = py.info;
const minor = Number(version.split('.')[1]);
/** From 3.14 on, a lock is handed to who waits for it, under whatever runs on top of the wait. */
const handed = new Set(['Lock.acquire', 'RLock.acquire', 'a with statement', 'SimpleQueue.get']);
const isHanded = (name: string) => minor >= 14 && handed.has(name);
/** Before 3.12, only Python's main thread can be made to do something between two instructions. */
const cannot = (name: string) =>
  (name === 'a busy loop' && minor < 12) || isHanded(name)
    ? 'no thread but the main one can be woken there'
    : false;

const served = Object.keys(waits).filter((name) => !cannot(name));
const printed = inOneProcess(
  '',
  Object.fromEntries(served.map((name) => [name, inWorker(rounds(name, slow.has(name) ? 5 : 20))])),
);

describe('a JavaScript function of a worker called from another Python thread', { concurrency: 2 }, () => {
  for (const name of Object.keys(waits)) {
    test(`is served while the worker waits in ${name}`, { skip: cannot(name) }, async () => {
      assert.equal(await printed(name), 'served\nended 0\n');
    });
  }

  test('is served during time.sleep, which goes on afterwards', async () => {
    const ended = await runProgram(
      inWorker(`
        py.main.add = (a, b) => a + b;
        py.exec(${JSON.stringify(`${prelude}
answered = []
thread(lambda: ask(lambda: answered.append(time.monotonic())))
began = time.monotonic()
time.sleep(3)
ended = time.monotonic()
print('served', answered[0] < ended, ended - began >= 3)
`)});
      `),
    );
    assert.deepEqual([ended.status, ended.stdout], [0, 'served True True\nended 0\n'], ended.stderr);
  });

  test('may fail, wait, and call other threads in turn, while the worker waits', async () => {
    const ended = await runProgram(
      inWorker(`
        py.exec(${JSON.stringify(`
import queue, threading, time
jobs = queue.Queue()
def serve():
    while True:
        n, answer = jobs.get()
        try: answer.put(hop(n))
        except Exception as error: answer.put(error)
for _ in range(32): threading.Thread(target=serve, daemon=True).start()
def down(n):
    time.sleep(0.02)
    if n == 0: return 0
    answer = queue.Queue()
    jobs.put((n - 1, answer))
    got = answer.get()
    if isinstance(got, Exception): raise got
    return 1 + got
`)});
        const { down } = py.main;
        py.main.hop = (n) => { if (n === 1 && Math.random() < 0.2) throw new RangeError('mine'); return down(n); };
        py.exec(${JSON.stringify(`
results = []
def work():
    for _ in range(3):
        try: results.append(hop(4))
        except Exception as error: results.append(4); assert str(error) == 'RangeError: mine', error
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(sum(results), len(results))
`)});
      `),
      { limit: 60 },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, '48 12\nended 0\n'], ended.stderr);
  });
});

describe('two JavaScript threads that call each other’s functions from Python', () => {
  test('serve each other while they wait', async () => {
    const ended = await runProgram(
      `${beginsWorkers}
      py.main.mine = (n) => (n === 0 ? 0 : 1 + py.main.theirs(n - 1));
      const worker = begin(${workerSource(`
        py.main.theirs = (n) => (n === 0 ? 0 : 1 + py.main.mine(n - 1));
        parentPort.postMessage(1);
        parentPort.once('message', () => {
          for (let i = 0; i < 200; i++) if (py.eval('mine(6)') !== 6) throw new Error('wrong');
          parentPort.postMessage(2);
          parentPort.once('message', () => {}); // the functions stay until main is done
        });
      `)});
      await once(worker, 'message');
      worker.postMessage('go');
      for (let i = 0; i < 200; i++) if (py.eval('theirs(6)') !== 6) throw new Error('wrong');
      await once(worker, 'message');
      worker.postMessage('end');
      console.log('done');
    `,
      { limit: 60 },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, 'done\n'], ended.stderr);
  });
});

// A mutex of the C library, locked twice: whoever waits there is not Python.
const cWait = `
import ctypes, hashlib, threading, time, caduceus
libc, mutex = ctypes.CDLL(None), (ctypes.c_char * 64)()
def ask():
    time.sleep(0.5)  # until the owner waits
    try: print('served', f())
    except caduceus.JsThreadBlocked as error: print(error.owner == owner, error.caller == threading.get_ident(), error)
def work():
    ask()
    libc.pthread_mutex_unlock(mutex)
def compute():
    end = time.monotonic() + 7
    while time.monotonic() < end:
        hashlib.pbkdf2_hmac('sha256', b'x', b'y', 10_000)
        time.sleep(0.03)
    libc.pthread_mutex_unlock(mutex)
def block(*targets):
    global owner, threads
    owner = threading.get_ident()
    libc.pthread_mutex_lock(mutex)
    threads = [threading.Thread(target=target) for target in targets]
    for thread in threads: thread.start()
    libc.pthread_mutex_lock(mutex)
`;

// They wait for seconds, and hardly compute.
describe('where nothing can wake the owner of a JavaScript function', { concurrency: 8 }, () => {
  for (const [owner, program] of [
    ['main', (source: string) => source],
    ['worker', inWorker],
  ] as const) {
    test(`the caller gets an error that names both threads and the place, in bounded time: ${owner}`, async () => {
      const ended = await runProgram(
        program(`
          py.main.f = () => 1;
          py.exec(${JSON.stringify(cWait)});
          py.main.block(py.main.work);
        `),
        { limit: 60 },
      );
      assert.equal(ended.status, 0, ended.stderr);
      assert.match(
        ended.stdout,
        /^True True JsThreadBlocked: thread \d+ \(Thread-\d.*\) called .* at .*:\d+ in block.*py\.async/,
      );
      assert.ok(ended.milliseconds < 30000, `it took ${ended.milliseconds} ms`);
    });

    test(`an owner is waited for as long as its process computes: ${owner}`, async () => {
      const ended = await runProgram(
        program(`
          py.main.f = () => 1;
          py.exec(${JSON.stringify(cWait)});
          py.main.block(py.main.ask, py.main.compute);
          while (py.eval('any(thread.is_alive() for thread in threads)')) await new Promise((r) => setTimeout(r, 10));
        `),
        { limit: 60 },
      );
      assert.equal(ended.status, 0, ended.stderr);
      assert.match(ended.stdout, /^served 1\n/);
    });
  }

  for (const name of handed) {
    test(`a worker that waits in ${name} is named`, {
      skip: isHanded(name) ? false : 'it is served',
    }, async () => {
      const ended = await runProgram(
        inWorker(`
          py.main.add = (a, b) => a + b;
          py.exec(${JSON.stringify(`${prelude}
import caduceus
def ask(then=lambda: None):
    time.sleep(2)  # until the owner waits
    try: add(20, 22)
    except caduceus.JsThreadBlocked as error: print('blocked', 'in round' in str(error))
    then()
def round():
    ${(waits[name] as string).trim().replaceAll('\n', '\n    ')}
`)});
          py.main.round();
        `),
        { limit: 60 },
      );
      assert.deepEqual([ended.status, ended.stdout], [0, 'blocked True\nended 0\n'], ended.stderr);
    });
  }
});
