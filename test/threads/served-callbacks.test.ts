import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runProgram } from '../support/program.ts';
import { inOneProcess } from '../support/rows.ts';
import { prelude, rounds, slow, waits } from './waits.ts';

const names = Object.keys(waits);
const times = (name: string) => (slow.has(name) ? 20 : 100);
const printed = inOneProcess('', Object.fromEntries(names.map((name) => [name, rounds(name, times(name))])));

describe('a JavaScript function called from another Python thread', { concurrency: 2 }, () => {
  for (const name of names) {
    test(`is served while its owner waits in ${name}, ${times(name)} times`, async () => {
      assert.equal(await printed(name), 'served\n');
    });
  }

  test('is served during time.sleep, not after it', async () => {
    const ended = await runProgram(
      `
      py.main.add = (a, b) => a + b;
      py.exec(${JSON.stringify(`${prelude}
class Enough(Exception): pass
for _ in range(10):
    answered = []
    thread(lambda: ask(lambda: answered.append(time.monotonic())))
    began = time.monotonic()
    time.sleep(0.4)
    assert answered or time.sleep(5) or print('answered late') is None
    assert time.monotonic() - began >= 0.4, 'the sleep was cut short'
thread(lambda: (ask(), os._exit(7)))
time.sleep(1000)
`)});
    `,
      { limit: 60 },
    );
    assert.deepEqual([ended.status, ended.stdout], [7, ''], ended.stderr);
  });

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

  test('waits while the owner runs JavaScript: never in the middle of it', async () => {
    const ended = await runProgram(`
      let inside = false;
      py.main.f = () => inside;
      py.exec(${JSON.stringify(`
import threading
seen = []
t = threading.Thread(target=lambda: [seen.append(f()) for _ in range(20)]); t.start()
`)});
      for (let i = 0; i < 10; i++) {
        inside = true;
        for (const end = Date.now() + 20; Date.now() < end; );
        inside = false;
        await new Promise((r) => setTimeout(r, 2));
      }
      while (py.main.t.is_alive()) await new Promise((r) => setTimeout(r, 1));
      console.log(py.as(py.main.seen, Array).every((x) => x === false), py.main.seen.length);
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, 'true 20\n'], ended.stderr);
  });

  test('from four threads, 2,000 times each, is served while the owner joins them', async () => {
    const ended = await runProgram(
      `
      py.main.add = (a, b) => a + b;
      py.exec(${JSON.stringify(`${prelude}
def work():
    for _ in range(2000): ask()
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(calls)
`)});
    `,
      { limit: 60 },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, '8000\n'], ended.stderr);
  });

  test('from a thousand threads, once each, is served', async () => {
    const ended = await runProgram(
      `
      py.main.add = (a, b) => a + b;
      py.exec(${JSON.stringify(`${prelude}
threading.stack_size(256 * 1024)
threads = [threading.Thread(target=ask) for _ in range(1000)]
for t in threads: t.start()
for t in threads: t.join()
print(calls)
`)});
    `,
      { limit: 60 },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, '1000\n'], ended.stderr);
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

  test('nests: Python, JavaScript, Python, JavaScript on four threads at once, the owner blocked each time', async () => {
    const ended = await runProgram(
      `
      py.exec(${JSON.stringify(`
import queue, threading
jobs = queue.SimpleQueue()
def serve():
    while True:
        n, answer = jobs.get()
        answer.put(hop(n))
for _ in range(32): threading.Thread(target=serve, daemon=True).start()
def down(n):
    if n == 0: return 0
    answer = queue.SimpleQueue()
    jobs.put((n - 1, answer))
    return 1 + answer.get()
`)});
      const { down } = py.main;
      py.main.hop = (n) => down(n);
      py.exec(${JSON.stringify(`
results = []
def work():
    for _ in range(20): results.append(hop(5))
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(sum(results), len(results))
`)});
    `,
      { limit: 60 },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, '400 80\n'], ended.stderr);
  });
});

for (const [part, need, use] of [
  [
    '_show',
    "require('node:util').inspect(py.eval('object()'));",
    "tools.call(lambda x: x + 1, 1, 'surplus')",
  ],
  ['_collections', 'py.main.array = py.ref([1, 2]);', 'tools.list[1]'],
] as const) {
  test(`a call that comes while its owner imports ${part} of this package is served once that is whole`, async () => {
    const ended = await runProgram(`
    py.main.tools = new (class Tools { call = (fn, ...args) => fn(...args); list = [1, 2]; })();
    py.exec(${JSON.stringify(`
import importlib.util, sys, threading, time
got = []
def work():
    try: got.append(${use})
    except BaseException as error: got.append(error)
thread, searching = threading.Thread(target=work), threading.Thread(target=work)
class Slow:
    def find_spec(self, name, path, target=None):
        if name != 'caduceus.${part}': return None
        sys.meta_path.remove(self)
        searching.start()
        time.sleep(0.3)  # it is still being looked for
        got.append(name in sys.modules)
        spec = importlib.util.find_spec(name)
        plain = spec.loader.exec_module
        def exec_module(module):
            thread.start()
            time.sleep(0.3)  # half of the module is there now
            plain(module)
        spec.loader.exec_module = exec_module
        return spec
sys.meta_path.insert(0, Slow())
`)});
    ${need}
    py.main.searching.join();
    py.main.thread.join();
    py.exec('print(got)');
  `);
    assert.deepEqual([ended.status, ended.stdout], [0, '[False, 2, 2]\n'], ended.stderr);
  });
}
