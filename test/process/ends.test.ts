import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runProgram } from '../support/program.ts';

// What every program below registers: exit work, and a thread that ends when Python waits for it.
const prelude = `
globalThis.seen = [];
process.on('exit', () => console.log('js exit'));
py.main.note = (text) => { process.stdout.write(text + '\\n'); };
py.exec\`
import atexit, sys, threading, time
atexit.register(lambda: print('atexit'))
def slow():
    threading.main_thread().join(5)
    print('joined')
threading.Thread(target=slow).start()
\`;
`;

interface End {
  name: string;
  source: string;
  status?: number;
  stdout?: string;
  stderr?: RegExp;
}

const ends: End[] = [
  { name: 'a program that comes to its end', source: '' },
  { name: 'process.exitCode', source: 'process.exitCode = 5;', status: 5 },
  { name: 'process.exit', source: 'process.exit(3);', status: 3 },
  {
    name: 'process.exit in a callback of a Python call',
    source: "py.builtins.sorted([3, 1, 2], kw({ key: () => process.exit(3) })); console.log('never');",
    status: 3,
  },
  {
    name: 'process.exit in a callback of a callback',
    source:
      'const each = (f) => py.import("functools").reduce((a, b) => f(), [1, 2]); each(() => each(() => process.exit(4)));',
    status: 4,
  },
  {
    name: 'process.exit inside an attach scope',
    source: 'py.attach(() => { py.import("math").sqrt(2); process.exit(3); });',
    status: 3,
  },
  {
    name: 'process.exit while a generator is open',
    source: 'for (const item of py.eval("(i for i in range(9))")) process.exit(item + 3);',
    status: 3,
  },
  {
    name: 'an uncaught JavaScript error',
    source: "throw new RangeError('mine');",
    status: 1,
    stderr: /RangeError: mine/,
  },
  {
    name: 'an unhandled rejection',
    source: "Promise.reject(new RangeError('mine')); await new Promise((r) => setTimeout(r, 100));",
    status: 1,
    stderr: /RangeError: mine/,
  },
  {
    name: 'an uncaught Python error',
    source: "py.exec`\ndef deep():\n    raise ValueError('theirs')\n`; py.main.deep();",
    status: 1,
    stderr: /ValueError\]?: theirs\n\s+at deep \(/,
  },
  {
    name: 'a rejection with a Python error that nobody handles',
    source: "(async () => py.eval('1 / 0'))(); await new Promise((r) => setTimeout(r, 100));",
    status: 1,
    stderr: /^(?!.*UnhandledPromiseRejection).*\n.*\n.*ZeroDivisionError\]?: division by zero\n/s,
  },
  { name: 'sys.exit()', source: 'py.exec`sys.exit()`;' },
  { name: 'sys.exit(7)', source: 'py.exec`sys.exit(7)`;', status: 7 },
  { name: 'sys.exit(-1)', source: 'py.exec`sys.exit(-1)`;', status: 255 },
  { name: 'sys.exit(True)', source: 'py.exec`sys.exit(True)`;', status: 1 },
  { name: 'sys.exit with a text', source: "py.exec`sys.exit('no good')`;", status: 1, stderr: /^no good$/m },
  {
    name: 'sys.exit in a promise',
    source: '(async () => { await 0; py.exec`sys.exit(7)`; })(); setTimeout(() => {}, 1e4);',
    status: 7,
  },
  {
    name: 'sys.exit in a callback',
    source: 'py.import("functools").reduce(() => py.exec`sys.exit(7)`, [1, 2]);',
    status: 7,
  },
  {
    name: 'a program that closes Python and goes on',
    source: "py.close(); console.log('after close');",
    stdout: 'joined\natexit\nafter close\njs exit\n',
  },
  {
    name: 'a program that closes Python twice and exits',
    source: 'py.close(); py.close(); process.exit(3);',
    status: 3,
    stdout: 'joined\natexit\njs exit\n',
  },
  {
    name: 'await using',
    source: "await py[Symbol.asyncDispose](); console.log('after close');",
    stdout: 'joined\natexit\nafter close\njs exit\n',
  },
];

describe('exit work of Python runs once, its output is whole and the status is right', {
  concurrency: 2,
}, () => {
  for (const { name, source, status = 0, stdout = 'js exit\njoined\natexit\n', stderr } of ends) {
    test(`at the end by ${name}`, async () => {
      const ended = await runProgram(prelude + source);
      assert.deepEqual(
        { status: ended.status, signal: ended.signal, stdout: ended.stdout },
        { status, signal: null, stdout },
        ended.stderr,
      );
      if (stderr) assert.match(ended.stderr, stderr);
      else assert.equal(ended.stderr, '');
    });
  }
});

describe('at the end', { concurrency: 2 }, () => {
  test('an uncaught KeyboardInterrupt ends the program by SIGINT after the exit work', async () => {
    const ended = await runProgram(`${prelude}py.exec\`raise KeyboardInterrupt\`;`);
    assert.deepEqual([ended.status, ended.signal], [null, 'SIGINT'], ended.stderr);
    assert.match(ended.stdout, /joined\natexit\n$/);
    assert.match(ended.stderr, /KeyboardInterrupt/);
  });

  test('atexit functions call JavaScript functions', async () => {
    const ended = await runProgram(`
      py.main.note = (text) => { console.log('js got', text); return text.length; };
      py.exec\`import atexit; atexit.register(lambda: print('length', note('hello')))\`;
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, 'js got hello\nlength 5\n'], ended.stderr);
  });

  test('a JavaScript function can be the atexit function', async () => {
    const ended = await runProgram(`py.import('atexit').register(() => { console.log('from js'); });`);
    assert.deepEqual([ended.status, ended.stdout], [0, 'from js\n'], ended.stderr);
  });

  test('an atexit function that raises is told, and the others run', async () => {
    const ended = await runProgram(`py.exec\`
import atexit
atexit.register(lambda: print('second'))
atexit.register(lambda: 1 / 0)
\`;`);
    assert.deepEqual([ended.status, ended.stdout], [0, 'second\n'], ended.stderr);
    assert.match(ended.stderr, /ZeroDivisionError/);
  });

  test('an atexit function that calls process.exit ends with that status', async () => {
    const ended = await runProgram(`
      py.main.leave = () => process.exit(9);
      py.exec\`
import atexit
atexit.register(lambda: print('second'))
atexit.register(leave)
\`;`);
    assert.deepEqual([ended.status, ended.signal], [9, null], ended.stderr);
  });

  test('a thread that calls a JavaScript function meanwhile is joined, with an error for the call', async () => {
    const ended = await runProgram(`
      py.main.note = () => 1;
      py.exec\`
import threading, time
def work():
    try:
        while True:
            note()
            time.sleep(0.001)
    except BaseException as error:
        print(type(error).__name__, str(error)[:20])
threading.Thread(target=work).start()
time.sleep(0.02)
\`;`);
    assert.deepEqual([ended.status, ended.signal], [0, null], ended.stderr);
    assert.match(ended.stdout, /^ReferenceError JsEnvironmentClosed/);
  });

  test('daemon threads are left alone', async () => {
    const ended = await runProgram(`
      py.main.note = () => 1;
      py.exec\`
import threading, time
def spin():
    while True: pass
def sleep():
    while True: time.sleep(0.001)
def call():
    while True:
        try: note()
        except ReferenceError: pass
for f in (spin, sleep, call): threading.Thread(target=f, daemon=True).start()
\`;`);
    assert.deepEqual([ended.status, ended.signal], [0, null], ended.stderr);
  });

  test('files that Python has open are written, and finalizers run', async () => {
    const ended = await runProgram(`py.exec\`
import sys, weakref
class Thing: pass
thing = Thing()
weakref.finalize(thing, print, 'finalized')
sys.stdout.write('no newline')
\`;`);
    assert.deepEqual([ended.status, ended.stdout], [0, 'no newlinefinalized\n'], ended.stderr);
  });

  test("JavaScript holds methods of Python's own types, which die after the interpreter", async () => {
    const ended = await runProgram(`
      globalThis.kept = [...py.eval('[m for t in object.__subclasses__() for m in vars(t).values() if type(m) is type(len)]')];
      console.log(kept.length > 50);
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, 'true\n'], `${ended.signal}: ${ended.stderr}`);
  });

  test('exit listeners of the program still use Python, whenever they were added', async () => {
    const ended = await runProgram(`
      process.on('exit', () => py.builtins.print('first'));
      py.exec\`import atexit; atexit.register(print, 'atexit')\`;
      process.on('exit', () => py.builtins.print('second'));
      process.once('exit', () => py.builtins.print('third'));
      process.prependListener('exit', () => py.builtins.print('zeroth'));
    `);
    assert.deepEqual(
      [ended.status, ended.stdout],
      [0, 'zeroth\nfirst\nsecond\nthird\natexit\n'],
      ended.stderr,
    );
  });

  test('using Python after py.close is the error CLOSED', async () => {
    const ended = await runProgram(`
      const math = py.import('math');
      py.close();
      for (const use of [() => math.pi, () => py.import('os'), () => py.eval('1'), () => math.sqrt(2), () => py.info])
        try { use(); console.log('used'); } catch (error) { console.log(error.code); }
    `);
    assert.equal(ended.stdout, 'CLOSED\n'.repeat(5), ended.stderr);
  });
});
