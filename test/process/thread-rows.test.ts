import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { count } from '../support/parallelize.ts';
import { runProgram, workerSource } from '../support/program.ts';

const many = `
  const { Worker } = require('node:worker_threads');
  const { once } = require('node:events');
  const make = () => Array.from({ length: 10_000 }, (_, n) => py.list([n]));
`;

test('H6: Python ends while five environments collect 10,000 proxies each, and later use throws', {
  timeout: 110_000,
}, async () => {
  const worker = workerSource(`
    let keep = Array.from({ length: 10_000 }, (_, n) => py.list([n]));
    parentPort.postMessage('made');
    setInterval(() => { keep.length = Math.max(0, keep.length - 500); gc(); }, 1);
  `);
  const source = (delay: number) => `${many}
    const workers = Array.from({ length: 4 }, () => new Worker(${worker}, { eval: true }));
    let keep = make();
    await Promise.all(workers.map((one) => once(one, 'message')));
    setInterval(() => { keep.length = Math.max(1, keep.length - 500); py.import('gc').collect(); gc(); }, 1);
    setTimeout(() => {
      py.close();
      try { keep[0].append(1); } catch (error) { console.log(error.code); }
      process.exit(0);
    }, ${delay});
  `;
  for (let round = 0; round < count(2, 200); round++) {
    const ended = await runProgram(source((round * 27) % 60), { limit: 60 });
    assert.deepEqual([ended.status, ended.stdout], [0, 'CLOSED\n'], ended.stderr);
  }
});

interface End {
  name: string;
  code: string;
  status: number | null;
  signal?: NodeJS.Signals;
  /** Whether Python's exit work ran. */
  atexit: boolean;
}

const ends: End[] = [
  { name: 'comes to its end', code: '', status: 0, atexit: true },
  { name: 'calls process.exit(3)', code: 'process.exit(3);', status: 3, atexit: true },
  {
    name: 'calls process.exit(3) in a callback from another thread',
    code: 'quit = () => process.exit(3);',
    status: 3,
    atexit: true,
  },
  { name: 'throws', code: "throw new Error('mine');", status: 1, atexit: true },
  {
    name: 'gets SIGTERM, with a listener that exits',
    code: "process.on('SIGTERM', () => process.exit(4)); process.kill(process.pid, 'SIGTERM');",
    status: 4,
    atexit: true,
  },
  {
    name: 'gets SIGINT, with a listener that exits',
    code: "process.on('SIGINT', () => process.exit(5)); process.kill(process.pid, 'SIGINT');",
    status: 5,
    atexit: true,
  },
];

describe('T6: with calls from eight threads and in the pool in flight, a program that', {
  concurrency: 2,
}, () => {
  for (const { name, code, status, atexit } of ends) {
    test(`T6: ${name} has the right status, Python’s atexit ran, and its output is whole`, async () => {
      const ended = await runProgram(`
        let quit = () => 1;
        py.main.ask = (n) => n + 1;
        py.main.quit = () => quit();
        py.exec(${JSON.stringify(`
import atexit, sys, threading, time
atexit.register(lambda: print('atexit'))
sys.stdout.write('x' * 100_000 + '\\n')  # lies in Python's buffer, or in a pipe
def work():
    try:
        while True: ask(1); quit()
    except ReferenceError: pass
for _ in range(8): threading.Thread(target=work, daemon=True).start()
def slow(): time.sleep(0.2)
`)});
        for (let n = 0; n < 4; n++) py.async(py.main.slow).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 50));
        ${code}
        await new Promise((resolve) => setTimeout(resolve, 100));
      `);
      assert.deepEqual([ended.status, ended.signal], [status, null], ended.stderr);
      const [line, ...rest] = ended.stdout.split('\n');
      assert.equal(line?.length, 100_000);
      assert.deepEqual(rest, atexit ? ['atexit', ''] : ['']);
    });
  }
});

test('A2: a loop of sleeps on another thread is interrupted by its id, which is stable and not zero', async () => {
  const ended = await runProgram(`
    const state = py.def\`
import ctypes, threading, time
class state:
    ids, interrupted = [], False
def loop():
    state.ids.append(threading.get_ident())
    try:
        while True:
            time.sleep(0.005)
            state.ids.append(threading.get_ident())
    except KeyboardInterrupt:
        state.interrupted = True
state.thread = threading.Thread(target=loop); state.thread.start()
def get(): return state
\`();
    while (state.ids.length < 5) await new Promise((resolve) => setTimeout(resolve, 5));
    const id = state.thread.ident;
    py.exec\`
import ctypes
ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(\${id}), ctypes.py_object(KeyboardInterrupt))
\`;
    state.thread.join();
    console.log(state.interrupted, new Set(state.ids).size, id !== 0 && state.ids[0] === id);
  `);
  assert.deepEqual([ended.status, ended.stdout], [0, 'true 1 true\n'], ended.stderr);
});
