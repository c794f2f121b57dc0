// A worker that CPython has stopped all threads for is asked by another thread meanwhile.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';
import { runProgram, workerSource } from '../support/program.ts';

const withGil = py.info.freeThreaded ? false : 'the GIL is never turned on where it always is';

// Importing an extension module stops all threads while CPython turns the GIL on and off, from a thread that it has
// detached: what is served on top of that wait would wait for the others to go on, and they for it.
test('a callback of a worker that imports extension modules while others compute', {
  skip: withGil,
}, async () => {
  const ended = await runProgram(
    `
    const { Worker } = require('node:worker_threads');
    py.exec(${JSON.stringify(`
import threading, time
stop = threading.Event()
def compute():
    number = 7 ** 12000
    while not stop.is_set(): str(number)  # a while in C, where no thread stops
def ask(callback):
    while not stop.is_set(): callback()
threads = [threading.Thread(target=compute) for _ in range(2)]
for thread in threads: thread.start()
`)});
    const worker = new Worker(${workerSource(`
      py.exec(${JSON.stringify(`
import _imp, importlib.machinery, time
def import_again(seconds):
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        _imp.create_builtin(importlib.machinery.BuiltinImporter.find_spec('_opcode'))
        count += 1
    return count
`)});
      let calls = 0;
      const asking = py.main.ask.async(() => { calls++; });
      const imports = py.main.import_again(Number(process.env.SECONDS));
      await new Promise((resolve) => setTimeout(resolve, 100));
      py.main.stop.set();
      await asking;
      console.log(imports > 0, calls > 0);
    `)}, { eval: true });
    const status = await new Promise((resolve) => worker.on('exit', resolve));
    py.exec('for thread in threads: thread.join()');
    console.log('ended', status);
  `,
    { limit: 60, env: { SECONDS: process.env.CADUCEUS_FULL_ROWS ? '20' : '3' } },
  );
  assert.deepEqual([ended.status, ended.stdout], [0, 'true true\nended 0\n'], ended.stderr);
});
