import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { beginsWorkers as main, runProgram, workerSource } from '../support/program.ts';

describe('a worker', { concurrency: 4 }, () => {
  for (const [what, code] of [
    ['a Python loop', 'while True: pass'],
    [
      'a loop that swallows exceptions',
      'while True:\n  try:\n    while True: pass\n  except Exception: pass',
    ],
    ['a Python sleep', 'import time; time.sleep(1)'],
  ] as const) {
    for (const way of [
      'process.exit(3)',
      'worker.unref(); process.exitCode = 3',
      'worker.terminate(); process.exit(3)',
    ]) {
      test(`does not keep the process when it is in ${what}: ${way}`, async () => {
        const ended = await runProgram(`${main}
          py.exec\`import atexit; atexit.register(print, 'atexit')\`;
          const worker = begin(${workerSource(`parentPort.postMessage(1); py.exec(${JSON.stringify(code)});`)});
          await once(worker, 'message');
          await new Promise((r) => setTimeout(r, 50));
          ${way};
        `);
        assert.deepEqual([ended.status, ended.stdout], [3, 'atexit\n'], ended.stderr);
        assert.ok(ended.milliseconds < 9000, `it took ${ended.milliseconds} ms`);
      });
    }
  }

  for (const [what, code] of [
    [
      'throws all interruptions away',
      'while True:\n  try:\n    while True: pass\n  except BaseException: pass',
    ],
    ['waits for what never comes', 'import queue; queue.Queue().get()'],
  ] as const) {
    const title = `that ${what} does not keep the process for ever`;
    test(title, async () => {
      const ended = await runProgram(`${main}
      py.exec\`import atexit; atexit.register(print, 'atexit')\`;
      const worker = begin(${workerSource(`parentPort.postMessage(1); py.exec(${JSON.stringify(code)});`)});
      await once(worker, 'message');
      await new Promise((r) => setTimeout(r, 50));
      process.exit(3);
    `);
      assert.deepEqual([ended.status, ended.stdout], [3, 'atexit\n'], ended.stderr);
      assert.ok(ended.milliseconds < 9000, `it took ${ended.milliseconds} ms`);
    });
  }
});
