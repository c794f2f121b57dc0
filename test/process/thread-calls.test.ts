import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runProgram, workerSource } from '../support/program.ts';

// `ask` runs in threads while the owner, JavaScript's thread, waits as the name says.
const prelude = `
import concurrent.futures, queue, threading, time
calls = 0
counting = threading.Lock()
def ask(then=lambda: None):
    global calls
    assert add(20, 22) == 42
    with counting: calls += 1
    then()
def thread(target): threading.Thread(target=target, daemon=True).start()
`;

const waits: Record<string, string> = {
  'Thread.join': 't = threading.Thread(target=ask); t.start(); t.join()',
  'Queue.get': 'q = queue.Queue(); thread(lambda: ask(lambda: q.put(1))); q.get()',
  'SimpleQueue.get': 'q = queue.SimpleQueue(); thread(lambda: ask(lambda: q.put(1))); q.get()',
  'Event.wait': 'e = threading.Event(); thread(lambda: ask(e.set)); e.wait()',
  'Lock.acquire': 'k = threading.Lock(); k.acquire(); thread(lambda: ask(k.release)); k.acquire()',
  'Future.result': 'pool.submit(ask).result()',
  'an executor’s map': 'list(pool.map(lambda _: ask(), range(4)))',
  'time.sleep': 'thread(ask); time.sleep(0.003)',
  'a busy loop': 'e = threading.Event(); thread(lambda: ask(e.set))\nwhile not e.is_set(): pass',
};

describe('a JavaScript function called from other Python threads', { concurrency: 2 }, () => {
  for (const [name, code] of Object.entries(waits)) {
    test(`is served while its owner waits in ${name}, 100 times`, async () => {
      const ended = await runProgram(`
        py.main.add = (a, b) => a + b;
        py.exec(${JSON.stringify(`${prelude}pool = concurrent.futures.ThreadPoolExecutor(4)\n`)});
        py.exec(${JSON.stringify(`def round():\n    ${code.replaceAll('\n', '\n    ')}`)});
        for (let i = 0; i < 100; i++) py.main.round();
        while (py.main.calls < 100) await new Promise((r) => setTimeout(r, 1));
        console.log('served');
      `);
      assert.deepEqual([ended.status, ended.stdout], [0, 'served\n'], ended.stderr);
    });
  }

  test('is served by an idle owner, from four threads', async () => {
    const ended = await runProgram(`
      py.main.add = (a, b) => a + b;
      py.exec(${JSON.stringify(`${prelude}
def work():
    for _ in range(250): ask()
for _ in range(4): thread(work)
`)});
      while (py.main.calls < 1000) await new Promise((r) => setTimeout(r, 5));
      console.log('served');
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, 'served\n'], ended.stderr);
  });

  test('is served by an idle owner while references to JavaScript objects are dropped', async () => {
    const ended = await runProgram(`
      class Thing { twice() { return 2; } }
      const thing = new Thing();
      const alive = setInterval(() => {}, 1000);
      let open = 8;
      py.main.done = () => { if (--open === 0) { clearInterval(alive); console.log('served'); } };
      py.exec(${JSON.stringify(`
import threading
def work(thing, done):
    for _ in range(500):
        assert thing.twice() == 2  # each method is an object of its own, dropped at once
    done()
`)});
      for (let i = 0; i < 8; i++) py.eval('lambda *a: threading.Thread(target=work, args=a).start()')(thing, py.main.done);
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, 'served\n'], ended.stderr);
  });

  test('throws, calls Python and is handed objects there', async () => {
    const ended = await runProgram(`
      py.main.fail = () => { throw new RangeError('mine'); };
      py.main.nested = (n, list) => (n === 0 ? list.length : py.main.nested(n - 1, list));
      py.exec(${JSON.stringify(`
import threading
got = []
def work():
    try: fail()
    except Exception as error: got.append(str(error))
    got.append(nested(5, [1, 2, 3]))
t = threading.Thread(target=work); t.start(); t.join()
print(got)
`)});
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, "['RangeError: mine', 3]\n"], ended.stderr);
  });

  test('raises a named error in bounded time where its owner is a worker that waits in Python', async () => {
    const ended = await runProgram(`
      const { Worker } = require('node:worker_threads');
      py.eval('1');
      const worker = new Worker(${workerSource(`
        py.main.f = () => 1;
        py.exec(${JSON.stringify(`
import threading
def work():
    try: print('served', f())
    except RuntimeError as error: print(str(error).split(':')[0])
t = threading.Thread(target=work); t.start(); t.join()
`)});`)}, { eval: true });
      await new Promise((r) => worker.on('exit', r));
    `);
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(ended.stdout, /^(JsThreadBlocked|served 1)\n$/);
  });
});
