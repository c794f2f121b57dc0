import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runProgram, workerSource } from '../support/program.ts';

const ways: Record<string, string> = {
  'process.exit inside py.attach': 'py.attach(() => process.exit(3));',
  'process.exit inside py.detach': 'py.attach(() => py.detach(() => process.exit(3)));',
  'terminate inside py.attach':
    "py.attach(() => { parentPort.postMessage('go'); py.detach(() => {}); for (;;); });",
  'terminate inside py.detach':
    "py.attach(() => py.detach(() => { parentPort.postMessage('go'); for (;;); }));",
};

describe('a worker that ends by', { concurrency: 2 }, () => {
  for (const [name, source] of Object.entries(ways)) {
    test(`${name} gives Python back`, async () => {
      const ended = await runProgram(
        `
        import { Worker } from 'node:worker_threads';
        py.builtins;
        const worker = new Worker(${workerSource(source)}, { eval: true });
        const exit = new Promise((resolve) => worker.on('exit', resolve));
        worker.on('message', () => setTimeout(() => worker.terminate(), 50));
        await exit;
        console.log(py.import('math').sqrt(9));
      `,
        { limit: 10 },
      );
      assert.deepEqual([ended.status, ended.stdout], [0, '3\n'], ended.stderr);
    });
  }
});
