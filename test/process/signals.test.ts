import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { describe, test } from 'node:test';
import { runProgram } from '../support/program.ts';

/** Sends `signal` once the program has said that it is ready. */
function afterReady(signal: NodeJS.Signals): { meanwhile: (child: ChildProcess) => void; limit: number } {
  return {
    limit: 15,
    meanwhile: (child) => child.stdout?.once('data', () => setTimeout(() => child.kill(signal), 50)),
  };
}

const exitWork = "py.exec`import atexit; atexit.register(print, 'atexit')`;";
const states = {
  idle: "console.log('ready'); setInterval(() => {}, 1000);",
  'busy in Python': "py.exec`\nprint('ready', flush=True)\nwhile True: pass\n`;",
  'asleep in Python': "py.exec`\nimport time\nprint('ready', flush=True)\ntime.sleep(60)\n`;",
  'in a callback':
    "py.builtins.sorted([2, 1], kw({ key: () => { require('fs').writeSync(1, 'ready'); for (;;); } }));",
};

describe('signals', { concurrency: 2 }, () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    for (const [state, source] of Object.entries(states)) {
      if (signal === 'SIGHUP' && state !== 'idle') continue;
      test(`${signal} ends a program that is ${state}, at once`, async () => {
        const ended = await runProgram(`${exitWork}${source}`, afterReady(signal));
        assert.deepEqual([ended.status, ended.signal], [null, signal], ended.stderr);
        assert.ok(ended.milliseconds < 5000, `it took ${ended.milliseconds} ms`);
      });
    }
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`a ${signal} listener that calls process.exit lets the exit work run`, async () => {
      const source = `${exitWork}process.on('${signal}', () => process.exit(4));${states.idle}`;
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

  test('SIGINT ends a program that is idle after asyncio.run', async () => {
    const source = `py.exec\`
import asyncio, atexit, signal
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
async def main(): await asyncio.sleep(0.01)
asyncio.run(main())
asyncio.run(main())
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
\`;${states.idle}`;
    const ended = await runProgram(source, afterReady('SIGINT'));
    assert.deepEqual([ended.status, ended.signal], [null, 'SIGINT'], ended.stderr);
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
