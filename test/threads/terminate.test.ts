import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { py } from 'caduceus';
import { count } from '../support/parallelize.ts';
import { beginsWorkers, runProgram, workerSource } from '../support/program.ts';
import { inOneProcess } from '../support/rows.ts';

/** Terminates a worker that runs `source`, some time after that has said that it begins. */
const terminating = (source: string) => `
  const worker = begin(${workerSource(source)});
  await once(worker, 'message');
  await new Promise((r) => setTimeout(r, 50));
  const began = performance.now();
  const status = await worker.terminate();
  const took = performance.now() - began;
  console.log(status, took < 1000 ? 'in time' : took);
  console.log(py.eval('6 * 7'));
`;
const running = (code: string) => `
  py.main.begin = () => parentPort.postMessage(1);
  py.exec(${JSON.stringify(`begin()\n${code}`)});
`;

const loops: Record<string, string> = {
  'a loop': 'while True: pass',
  'a loop in a function of a function': `
def inner():
    n = 0
    while True: n += 1
def outer(): inner()
outer()`,
  'a loop that cleans up': `
import time
def loop():
    while True: pass
try: loop()
finally:
    cleaned = True
    time.sleep(0.05)
    print('cleaned', flush=True)`,
  'a loop that throws Exceptions away': `
while True:
    try:
        while True: pass
    except Exception: pass`,
  'a loop that throws everything away': `
while True:
    try:
        while True: pass
    except BaseException: pass`,
  'a loop that throws everything away, twice': `
def stubborn():
    while True:
        try:
            while True: pass
        except: pass
while True:
    try: stubborn()
    except: pass`,
  'a generator': 'for _ in iter(lambda: 1, 2): pass',
  'a list that grows': 'all(True for _ in iter(int, 1))',
};

const isDebug = py.builtins.hasattr(py.import('sys'), 'gettotalrefcount');
const lock = isDebug ? 'a debug build asserts that only waits with a limit run out' : false;
const waits: Record<string, [code: string, skip?: string | false]> = {
  'time.sleep': ['import time; time.sleep(1000)'],
  'select.select': ['import select, os; select.select([os.pipe()[0]], [], [])'],
  'os.read': ['import os; os.read(os.pipe()[0], 1)'],
  'socket.recv': ['import socket; a, b = socket.socketpair(); a.recv(1)'],
  'Popen.wait': ['import subprocess; p = subprocess.Popen(["sleep", "5"]); p.wait()'],
  'Lock.acquire': ['import threading; k = threading.Lock(); k.acquire(); k.acquire()', lock],
  'Lock.acquire with a limit': [
    'import threading; k = threading.Lock(); k.acquire(); k.acquire(timeout=1000)',
  ],
  'Queue.get': ['import queue; queue.Queue().get()', lock],
  'Event.wait': ['import threading; threading.Event().wait()', lock],
  'SimpleQueue.get': ['import queue; queue.SimpleQueue().get()', lock],
  'asyncio.run': ['import asyncio; asyncio.run(asyncio.sleep(1000))'],
};

// It counts a backward jump to the instruction before its target, which a try at the start of a loop covers.
const endless = py.info.version.startsWith('3.12.')
  ? '3.12 raises in the try whatever comes between two rounds of a loop'
  : false;
const cannot = (name: string) => /twice$|calls JavaScript and throws everything away$/.test(name) && endless;

const nested: Record<string, string> = {
  'JavaScript and Python nested several times': `
    py.exec('def loop():\\n    while True: pass');
    py.exec('def call(f): return f()');
    const { loop, call } = py.main;
    parentPort.postMessage(1);
    call(() => { try { call(() => { try { loop(); } catch {} loop(); }); } catch {} loop(); });`,
  'a loop that calls JavaScript and throws everything away': `
    py.main.f = () => 1;
    parentPort.postMessage(1);
    py.exec('while True:\\n    try: f()\\n    except BaseException: pass');`,
  'a loop of JavaScript that calls Python': `
    const { sqrt } = py.import('math');
    parentPort.postMessage(1);
    for (;;) sqrt(2);`,
};

const rows: { name: string; source: string; skip: string | false }[] = [
  ...Object.entries(loops).map(([name, code]) => ({ name, source: running(code), skip: cannot(name) })),
  ...Object.entries(waits).map(([name, [code, skip = false]]) => ({
    name: `a wait in ${name}`,
    source: running(code),
    skip,
  })),
  ...Object.entries(nested).map(([name, source]) => ({ name, source, skip: cannot(name) })),
];
const printed = inOneProcess(
  `${beginsWorkers}py.eval('1'); // the main thread starts Python`,
  Object.fromEntries(rows.filter(({ skip }) => !skip).map(({ name, source }) => [name, terminating(source)])),
);

describe('worker.terminate() ends within a second what the worker does in Python', () => {
  for (const { name, skip } of rows) {
    test(name, { skip }, async () => {
      const cleaned = name.endsWith('cleans up') ? 'cleaned\n' : '';
      assert.equal(await printed(name), `${cleaned}1 in time\n42\n`);
    });
  }
});

describe('a worker that is terminated', { concurrency: 2 }, () => {
  test('while it begins to use Python, at any moment, ends alone', async () => {
    const ended = await runProgram(
      `${beginsWorkers}py.eval('1');
      const now = () => Number(process.hrtime.bigint() / 1000n);
      const source = ${workerSource("parentPort.postMessage(1); py.eval('1'); parentPort.postMessage(2);")};
      // How long a worker takes from its first message to the end of its first call of Python.
      let span = 0;
      for (let i = 0; i < 4; i++) {
        const worker = begin(source);
        await once(worker, 'message');
        const since = now();
        await once(worker, 'message');
        span = now() - since;
        await worker.terminate();
      }
      for (let i = 0; i < 50; i++) {
        const worker = begin(source);
        await once(worker, 'message');
        const until = now() + span * (i / 50);
        while (now() < until);
        await worker.terminate();
      }
      console.log('all ended', py.eval('2'));`,
      { limit: 100 },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, 'all ended 2\n'], `${ended.signal} ${ended.stderr}`);
  });

  test('before, during and after its first use of Python, many times, leaves Python whole', async () => {
    const times = count(20, 400);
    const ended = await runProgram(
      `${beginsWorkers}
      py.eval('1');
      for (let i = 0; i < ${times}; i++) {
        const worker = begin(${workerSource("py.exec('import threading\\nwhile True: threading.Event().wait(0.0001)');")});
        await new Promise((r) => setTimeout(r, (120 * i) / ${times}));
        await worker.terminate();
      }
      console.log(py.eval('6 * 7'), py.eval('len(__import__("sys")._current_frames())'));
    `,
      { limit: count(100, 400) },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, '42 1\n'], ended.stderr);
  });

  test('wakes those who wait for its functions: eight threads get an error within two seconds', async () => {
    const ended = await runProgram(`${beginsWorkers}
      py.eval('1');
      const worker = begin(${workerSource(`
        py.main.f = () => { for (;;); };
        parentPort.postMessage(1);
      `)});
      await once(worker, 'message');
      py.exec(${JSON.stringify(`
import threading, time
errors, began = [], threading.Barrier(9)
def work():
    began.wait()
    try: f()
    except BaseException as error: errors.append(type(error).__name__)
threads = [threading.Thread(target=work) for _ in range(8)]
for t in threads: t.start()
began.wait()
`)});
      await new Promise((r) => setTimeout(r, 200));
      const since = performance.now();
      worker.terminate();
      while (py.main.errors.length < 8) await new Promise((r) => setTimeout(r, 10));
      console.log(performance.now() - since < 2000, py.as(py.main.errors, Set));
    `);
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, /^true Set\(\d\) \{ ('(ReferenceError|JsError)',? ?)+\}\n$/);
  });
});
