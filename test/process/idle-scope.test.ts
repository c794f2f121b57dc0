import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../support/program.ts';

test('an attach scope that is ended inside py.detach does not stay open while the thread is idle', async () => {
  const ended = await runProgram(`
    const ticks = py.def\`
import threading, time
n = [0]
def go():
    while True:
        n[0] += 1
        time.sleep(0.001)
threading.Thread(target=go, daemon=True).start()
def ticks(): return n[0]
\`;
    const scope = py.attach();
    try { py.detach(() => scope[Symbol.dispose]()); } catch (error) { console.log(error.code); }
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = ticks();
    await new Promise((resolve) => setTimeout(resolve, 300));
    console.log(ticks() - before > 20);
  `);
  assert.deepEqual([ended.status, ended.stdout], [0, 'WRONG_SCOPE\ntrue\n'], ended.stderr);
});
