import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runProgram, workerSource } from '../support/program.ts';

describe('a JavaScript function whose owner cannot be woken', () => {
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
