import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { describe, test } from 'node:test';
import { beginsWorkers, runProgram, workerSource } from '../support/program.ts';

/** Sends `signal` once the program has said that it is ready. */
function afterReady(signal: NodeJS.Signals): { meanwhile: (child: ChildProcess) => void; limit: number } {
  return {
    limit: 15,
    meanwhile: (child) => child.stdout?.once('data', () => setTimeout(() => child.kill(signal), 50)),
  };
}

const exitWork = "py.exec`import atexit; atexit.register(print, 'atexit')`;";
const idle = "console.log('ready'); setInterval(() => {}, 1000);";

/** Where the main thread can be reached, and Python's exit work runs. */
const reachable = {
  idle,
  'busy in Python': "py.exec`\nprint('ready', flush=True)\nwhile True: pass\n`;",
  'asleep in Python': "py.exec`\nimport time\nprint('ready', flush=True)\ntime.sleep(60)\n`;",
  'waiting for a lock':
    "py.exec`\nimport threading\nprint('ready', flush=True)\nlock = threading.Lock()\nwith lock: lock.acquire()\n`;",
  'inside asyncio.run':
    "py.exec`\nimport asyncio\nasync def main():\n  print('ready', flush=True)\n  await asyncio.sleep(60)\nasyncio.run(main())\n`;",
  'idle after asyncio.run': `py.exec\`
import asyncio, signal
async def main(): await asyncio.sleep(0.01)
asyncio.run(main())
asyncio.run(main())
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
\`;${idle}`,
  'idle while a worker is in a Python loop': `${beginsWorkers}
    const worker = begin(${workerSource("parentPort.postMessage(1); py.exec('while True: pass');")});
    await once(worker, 'message');
    ${idle}`,
  'idle after its listeners have gone': `
    const listener = () => {};
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, listener).off(signal, listener);
    ${idle}`,
  'idle after a handler of Python has been taken back': `py.exec\`
import signal
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.signal(number, lambda *_: None))
\`;${idle}`,
};
// JavaScript that does not come back: a wait, which leaves the processors to other tests.
const stuck =
  "require('fs').writeSync(1, 'ready\\n'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);";
/** Where it cannot, and the signal has its way after two seconds. */
const unreachable = {
  'stuck in JavaScript': stuck,
  'stuck in a callback': `py.builtins.sorted([2, 1], kw({ key: () => { ${stuck} } }));`,
  'blocked in C code': `py.exec\`
import ctypes
print('ready', flush=True)
mutex = ctypes.create_string_buffer(256)
for _ in range(2): ctypes.PyDLL(None).pthread_mutex_lock(mutex)
\`;`,
};

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

describe('a signal that nobody listens to', { concurrency: 2 }, () => {
  for (const signal of signals) {
    for (const [state, source] of Object.entries(reachable)) {
      test(`${signal} ends a program that is ${state} after the exit work`, async () => {
        const ended = await runProgram(`${exitWork}${source}`, afterReady(signal));
        assert.deepEqual(
          [ended.status, ended.signal, ended.stdout],
          [null, signal, 'ready\natexit\n'],
          ended.stderr,
        );
        // As in python, where SIGINT is a KeyboardInterrupt that nobody caught; as in Node where nothing of Python runs.
        const told = signal === 'SIGINT' && !state.startsWith('idle') ? /\nKeyboardInterrupt/ : /^$/;
        assert.match(ended.stderr, told);
        assert.ok(ended.milliseconds < 9000, `it took ${ended.milliseconds} ms`);
      });
    }
  }

  test('does not come into the middle of a print', async () => {
    const source = `${exitWork}py.exec\`
print('ready', flush=True)
while True: print('x' * 100, flush=True)
\`;`;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const ended = await runProgram(source, afterReady(signal));
      assert.equal(ended.signal, signal, ended.stderr);
      const [first, ...printed] = ended.stdout.split('\n');
      const last = printed.splice(-2).join('\n'); // what was printed last, or nothing of it, then the exit work's
      assert.deepEqual([first, /^x*atexit\n$/.test(last)], ['ready', true], `${last}${ended.stderr}`);
      assert.equal(
        printed.findIndex((line) => line !== 'x'.repeat(100)),
        -1,
        ended.stderr,
      );
    }
  });

  test('is answered between two writes where the program waits for its reader all the time', async () => {
    const source = `${exitWork}py.exec\`
print('ready', flush=True)
while True: print('x' * 10000, flush=True)
\`;`;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { meanwhile, limit } = afterReady(signal);
      const readSlowly = (child: ChildProcess): void => {
        meanwhile(child);
        child.stdout?.on('data', () => {
          child.stdout?.pause();
          setTimeout(() => child.stdout?.resume(), 5);
        });
      };
      const ended = await runProgram(source, { meanwhile: readSlowly, limit });
      assert.equal(ended.signal, signal, ended.stderr);
      assert.ok(ended.stdout.endsWith('atexit\n'), ended.stdout.slice(-100));
      assert.doesNotMatch(ended.stderr, /reentrant|ignored/);
    }
  });

  test('lets the exit work call JavaScript', async () => {
    const source = `py.main.say = (text) => console.log('js', text);
      py.exec\`import atexit; atexit.register(lambda: say('from atexit'))\`;${idle}`;
    const ended = await runProgram(source, afterReady('SIGTERM'));
    assert.deepEqual([ended.signal, ended.stdout], ['SIGTERM', 'ready\njs from atexit\n'], ended.stderr);
  });

  test('ends a program of which only a worker uses Python, whatever its main thread does', async () => {
    for (const meanwhile of ['setInterval(() => {}, 1000);', 'for (;;);']) {
      const ended = await runProgram(
        `${beginsWorkers}
        const worker = begin(${workerSource(`${exitWork} parentPort.postMessage(1); setInterval(() => {}, 1000);`)});
        await once(worker, 'message');
        require('fs').writeSync(1, 'ready\\n');
        ${meanwhile}`,
        afterReady('SIGTERM'),
      );
      assert.deepEqual(
        [ended.status, ended.signal, ended.stdout],
        [null, 'SIGTERM', 'ready\natexit\n'],
        ended.stderr,
      );
    }
  });

  test('is seen by no listener count, and a listener that comes later has the say', async () => {
    const source = `${exitWork}
      const count = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => process.listenerCount(signal)).join();
      process.on('SIGTERM', () => { console.log(count, 'mine'); process.exit(0); });${idle}`;
    const ended = await runProgram(source, afterReady('SIGTERM'));
    assert.deepEqual([ended.status, ended.stdout], [0, 'ready\n0,0,0 mine\natexit\n'], ended.stderr);
  });
});

// They wait for seconds, and compute nothing.
describe('a signal that nobody listens to, where the main thread is not reached,', { concurrency: 6 }, () => {
  for (const signal of signals) {
    for (const [state, source] of Object.entries(unreachable)) {
      test(`${signal} ends a program that is ${state}, if late`, async () => {
        const ended = await runProgram(`${exitWork}${source}`, afterReady(signal));
        assert.deepEqual([ended.status, ended.signal, ended.stdout], [null, signal, 'ready\n'], ended.stderr);
        assert.ok(ended.milliseconds < 9000, `it took ${ended.milliseconds} ms`);
      });
    }
  }

  test('ends a program that is busy in JavaScript, too', async () => {
    const source = `${exitWork}require('fs').writeSync(1, 'ready\\n'); for (;;);`;
    const ended = await runProgram(source, afterReady('SIGINT'));
    assert.deepEqual([ended.status, ended.signal, ended.stdout], [null, 'SIGINT', 'ready\n'], ended.stderr);
    assert.ok(ended.milliseconds < 9000, `it took ${ended.milliseconds} ms`);
  });

  test('is not delayed when it is the second: that one ends the program', async () => {
    const ended = await runProgram(`${exitWork}${unreachable['stuck in JavaScript']}`, {
      limit: 15,
      meanwhile: (child) =>
        child.stdout?.once('data', () => {
          setTimeout(() => child.kill('SIGINT'), 50);
          setTimeout(() => child.kill('SIGTERM'), 300);
        }),
    });
    assert.deepEqual([ended.status, ended.signal], [null, 'SIGTERM'], ended.stderr);
  });

  test('does not wait for exit work without limit', async () => {
    const source = `py.exec\`
import atexit, time
atexit.register(time.sleep, 60)
\`;${idle}`;
    const ended = await runProgram(source, afterReady('SIGTERM'));
    assert.deepEqual([ended.status, ended.signal], [null, 'SIGTERM'], ended.stderr);
  });
});

describe('SIGINT while Python runs is a KeyboardInterrupt', { concurrency: 2 }, () => {
  test('that JavaScript catches, and the program goes on', async () => {
    const source = `${exitWork}
      try { ${reachable['asleep in Python']} } catch (error) { console.log(error.name); }
      console.log(py.eval('1 + 1'));`;
    const ended = await runProgram(source, afterReady('SIGINT'));
    assert.deepEqual(
      [ended.status, ended.stdout],
      [0, 'ready\nKeyboardInterrupt\n2\natexit\n'],
      ended.stderr,
    );
  });

  test('that Python catches, again and again', async () => {
    const source = `${exitWork}py.exec\`
import os, signal, time
print('ready', flush=True)
try: time.sleep(60)
except KeyboardInterrupt: print('caught')
for _ in range(3):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)
    except KeyboardInterrupt:
        print('again')
\`;`;
    const ended = await runProgram(source, afterReady('SIGINT'));
    assert.deepEqual(
      [ended.status, ended.stdout],
      [0, 'ready\ncaught\nagain\nagain\nagain\natexit\n'],
      ended.stderr,
    );
  });

  test('also with a callback in between', async () => {
    const source = `${exitWork}
      py.main.nap = () => py.exec\`\nimport time\nprint('ready', flush=True)\ntime.sleep(60)\n\`;
      py.exec\`
try: nap()
except KeyboardInterrupt: print('caught')
\`;`;
    const ended = await runProgram(source, afterReady('SIGINT'));
    assert.deepEqual([ended.status, ended.stdout], [0, 'ready\ncaught\natexit\n'], ended.stderr);
  });

  test('but a listener of JavaScript has the say, and is told after the Python call', async () => {
    const source = `${exitWork}
      process.on('SIGINT', () => { console.log('mine'); process.exit(0); });
      py.exec\`\nimport time\nprint('ready', flush=True)\ntime.sleep(1)\nprint('whole')\n\`;
      setInterval(() => {}, 1000);`;
    const ended = await runProgram(source, afterReady('SIGINT'));
    assert.deepEqual([ended.status, ended.stdout], [0, 'ready\nwhole\nmine\natexit\n'], ended.stderr);
  });
});

describe('signals with somebody who listens', { concurrency: 2 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`a ${signal} listener that calls process.exit lets the exit work run`, async () => {
      const source = `${exitWork}process.on('${signal}', () => process.exit(4));${idle}`;
      const ended = await runProgram(source, afterReady(signal));
      assert.deepEqual([ended.status, ended.stdout], [4, 'ready\natexit\n'], ended.stderr);
    });
  }

  test('a SIGINT listener is kept when Python starts, and asyncio runs beside it', async () => {
    const ended = await runProgram(
      `
      process.on('SIGINT', () => { console.log('caught'); process.exit(0); });
      py.exec\`
import asyncio, signal
async def main():
    await asyncio.sleep(0.01)
    return 'ran'
print(asyncio.run(main()), signal.getsignal(signal.SIGINT) is signal.default_int_handler)
\`;
      console.log('ready'); setInterval(() => {}, 1000);`,
      afterReady('SIGINT'),
    );
    assert.equal(ended.stdout, 'ran True\nready\ncaught\n', ended.stderr);
  });

  test('SIGINT inside asyncio.run is a KeyboardInterrupt that JavaScript can catch', async () => {
    const ended = await runProgram(
      `
      process.on('SIGINT', () => { console.log('mine again'); process.exit(0); });
      py.exec\`
import asyncio
async def main():
    print('ready', flush=True)
    await asyncio.sleep(30)
\`;
      try { py.eval('asyncio.run(main())'); } catch (error) { console.log(error.name); }
      process.kill(process.pid, 'SIGINT');
      setTimeout(() => {}, 5000);`,
      afterReady('SIGINT'),
    );
    assert.deepEqual(
      [ended.status, ended.stdout],
      [0, 'ready\nKeyboardInterrupt\nmine again\n'],
      ended.stderr,
    );
  });

  test('a handler of Python for SIGTERM has the say while Python runs', async () => {
    const source = `${exitWork}py.exec\`
import signal, time
assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
got = []
signal.signal(signal.SIGTERM, lambda number, frame: got.append(number))
print('ready', flush=True)
while not got: time.sleep(0.01)
print('got')
\`;`;
    const ended = await runProgram(source, afterReady('SIGTERM'));
    assert.deepEqual([ended.status, ended.stdout], [0, 'ready\ngot\natexit\n'], ended.stderr);
  });

  test('a forked child of Python dies of SIGTERM at once, and its SIGINT is a KeyboardInterrupt', async () => {
    const ended = await runProgram(`py.exec\`
import os, signal, time, warnings
warnings.simplefilter('ignore')
for number in (signal.SIGTERM, signal.SIGINT):
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(told, b'1')
            time.sleep(20)
        except KeyboardInterrupt:
            os._exit(7)
        os._exit(0)
    os.read(ready, 1)
    time.sleep(0.1)
    os.kill(child, number)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
\`;`);
    assert.deepEqual([ended.status, ended.stdout], [0, '-15\n7\n'], ended.stderr);
  });

  test('a Python program that sets a handler gets the signal while it runs', async () => {
    const ended = await runProgram(`
      py.exec\`
import os, signal, time
got = []
signal.signal(signal.SIGUSR2, lambda number, frame: got.append(number))
os.kill(os.getpid(), signal.SIGUSR2)
for _ in range(100):
    if got: break
    time.sleep(0.01)
print(got == [signal.SIGUSR2])
\`;`);
    assert.deepEqual([ended.status, ended.stdout], [0, 'True\n'], ended.stderr);
  });
});
