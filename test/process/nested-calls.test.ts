import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../support/program.ts';

test('a call from one Python thread may wait for another thread that calls JavaScript too', async () => {
  const ended = await runProgram(`
    const begin = py.def\`
import threading, time
def begin(cb):
    both = threading.Barrier(2)
    def go(i):
        time.sleep(0.1)  # until begin() has returned
        both.wait()
        cb(i)
    threads = [threading.Thread(target=go, args=(i,), daemon=True) for i in range(2)]
    for thread in threads: thread.start()
    return threads
\`;
    let calls = 0;
    const threads = begin((i) => {
      if (calls++ > 0) return;
      threads[1 - i].join(5);
      console.log(threads[1 - i].is_alive());
    });
    const end = Date.now() + 300; // both calls wait in the inbox then
    while (Date.now() < end);
    while (calls < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  `);
  assert.deepEqual([ended.status, ended.stdout], [0, 'false\n'], ended.stderr);
});
