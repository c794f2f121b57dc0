import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { py } from 'caduceus';
import { inWorker, beginsWorkers as main, runProgram, workerSource } from '../support/program.ts';

const { freeThreaded, gilEnabled } = py.info;

describe('threads at their edges', { concurrency: 2 }, () => {
  test('a worker that is the first to use Python and ends first leaves Python to the others', async () => {
    const ended = await runProgram(
      `${main}
      const first = begin(${workerSource('py.main.f = () => 1; py.exec(\'import threading, atexit; atexit.register(print, "atexit")\');')});
      await once(first, 'exit');
      py.main.g = (x) => x + 1;
      py.exec(${JSON.stringify(`
out = []
def work():
    try: f()
    except ReferenceError as error: out.append(str(error).split(':')[0])
    out.append(g(1))
t = threading.Thread(target=work); t.start()
`)});
      while (py.main.t.is_alive()) await new Promise((r) => setTimeout(r, 5));
      console.log(py.as(py.main.out, Array).join());
    `,
    );
    assert.deepEqual([ended.status, ended.stdout], [0, 'JsEnvironmentClosed,2\natexit\n'], ended.stderr);
  });

  test('a callback from another thread is served by a main thread that came second, in its waits too', async () => {
    const ended = await runProgram(
      `${main}
      const first = begin(${workerSource("py.eval('1');")});
      await once(first, 'exit');
      py.main.g = (x) => x + 1;
      py.exec(${JSON.stringify(`
import threading, time
out = []
t = threading.Thread(target=lambda: out.append(g(1))); t.start(); t.join()
t = threading.Thread(target=lambda: out.append(g(2))); t.start(); time.sleep(0.5)
print(out)
`)});
    `,
    );
    assert.deepEqual([ended.status, ended.stdout], [0, '[2, 3]\n'], ended.stderr);
  });

  test('a thread of Python that goes on after the program is waited for, and may no longer call JavaScript', async () => {
    const ended = await runProgram(
      `
      py.main.f = () => 1;
      py.exec(${JSON.stringify(`
import threading, time
def work():
    time.sleep(0.3)
    try: print('served', f())
    except Exception as error: print(type(error).__name__)
    print('outlived', flush=True)
threading.Thread(target=work).start()
`)});
    `,
    );
    assert.deepEqual([ended.status, ended.stdout], [0, 'ReferenceError\noutlived\n'], ended.stderr);
  });

  test('daemon threads that call JavaScript do not keep or break the end', async () => {
    for (const end of ['', 'process.exit(0)', "py.exec('raise SystemExit(0)')"]) {
      const ended = await runProgram(
        `
        py.main.f = () => 1;
        py.exec(${JSON.stringify(`
import threading, atexit
atexit.register(print, 'atexit')
def work():
    while True:
        try: f()
        except ReferenceError: pass
for _ in range(4): threading.Thread(target=work, daemon=True).start()
`)});
        await new Promise((r) => setTimeout(r, 100));
        ${end}
      `,
      );
      assert.deepEqual([ended.status, ended.stdout], [0, 'atexit\n'], ended.stderr);
    }
  });

  test('os.fork in a process with workers gives a child that works in Python', async () => {
    const ended = await runProgram(
      `${main}
      const worker = begin(${workerSource("py.eval('1'); parentPort.postMessage(1); setInterval(() => {}, 1000);")});
      py.main.f = () => 1;
      await once(worker, 'message');
      py.exec(${JSON.stringify(`
import os, sys, threading, warnings
warnings.simplefilter('ignore')
pid = os.fork()
if pid == 0:
    total = sum(range(1000))
    t = threading.Thread(target=lambda: None); t.start(); t.join()
    try: f()
    except ReferenceError as error: os.write(1, str(error).split(':')[0].encode() + b' ')
    os.write(1, str(total).encode() + b' ')
    os._exit(3)
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status), f(), flush=True)
`)});
      await worker.terminate();
    `,
    );
    assert.deepEqual([ended.status, ended.stdout], [0, 'JsEnvironmentClosed 499500 3 1\n'], ended.stderr);
  });

  for (const [owner, program] of [
    ['main', (source: string) => source],
    ['a worker', inWorker],
  ] as const) {
    test(`recursion across the bridge without an end is an error: ${owner}`, async () => {
      const ended = await runProgram(
        program(`
        py.exec('def down(f): return f(down)');
        const { down } = py.main;
        const f = (again) => again(f);
        try { down(f); } catch (error) { console.log(/Recursion|Range|STACK/.test(error.name + error.code)); }
        console.log(py.eval('1 + 1'));
      `),
      );
      assert.equal(ended.status, 0, ended.stderr);
      assert.match(ended.stdout, /^true\n2\n(ended 0\n)?$/);
    });
  }

  test('a thread that waits for JavaScript whose thread keeps Python attached meanwhile is told so', {
    skip: !freeThreaded || gilEnabled ? 'with the GIL the thread itself cannot run meanwhile' : false,
  }, async () => {
    const ended = await runProgram(
      `
      py.main.f = () => 1;
      py.exec(${JSON.stringify(`
import threading, time, caduceus
def work():
    time.sleep(0.3)
    try: print('served', f())
    except caduceus.JsThreadBlocked as error: print('py.attach' in str(error), flush=True)
t = threading.Thread(target=work); t.start()
`)});
      const cell = new Int32Array(new SharedArrayBuffer(4));
      py.attach(() => Atomics.wait(cell, 0, 0, 9000));
      py.main.t.join();
    `,
      { limit: 60 },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, 'True\n'], ended.stderr);
  });

  test('the same wait inside py.detach lets the thread through', async () => {
    const ended = await runProgram(
      `${main}
      py.exec(${JSON.stringify(`
import threading
done = []
`)});
      const cell = new Int32Array(new SharedArrayBuffer(4));
      begin(${workerSource('py.main.done.append(1); Atomics.store(workerData, 0, 1); Atomics.notify(workerData, 0);')}, cell);
      console.log(py.attach(() => { py.eval('1'); return py.detach(() => Atomics.wait(cell, 0, 0, 20000)); }));
      console.log(py.main.done.length);
    `,
    );
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, /^(ok|not-equal)\n1\n$/);
  });

  test('two workers and the main thread in tight loops all get their turn', async () => {
    const ended = await runProgram(
      `${main}
      const { sqrt } = py.import('math');
      const source = ${workerSource(`
        const { sqrt } = py.import('math');
        parentPort.postMessage(0);
        parentPort.once('message', () => {
          let n = 0;
          for (const end = Date.now() + 1000; Date.now() < end; n++) for (let i = 0; i < 10; i++) sqrt(2);
          parentPort.postMessage(n);
        });
      `)};
      const workers = [begin(source), begin(source)];
      await Promise.all(workers.map((worker) => once(worker, 'message')));
      const answers = workers.map((worker) => once(worker, 'message'));
      for (const worker of workers) worker.postMessage('go');
      let n = 0;
      for (const end = Date.now() + 1000; Date.now() < end; n++) for (let i = 0; i < 10; i++) sqrt(2);
      const counts = [n, ...(await Promise.all(answers)).map(([count]) => count)];
      const sum = counts.reduce((a, b) => a + b);
      console.log(counts.every((count) => count > sum / 20) ? 'fair' : counts);
    `,
      { limit: 60 },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, 'fair\n'], ended.stderr);
  });
});
