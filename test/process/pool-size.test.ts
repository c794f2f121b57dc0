import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runProgram } from '../support/program.ts';

const count = `
py.exec(${JSON.stringify(`
import threading, time
most = 0
def work():
    global most
    alive = sum(thread.name.startswith('caduceus-pool-') for thread in threading.enumerate())
    most = max(most, alive)
    time.sleep(0.05)
`)});
await Promise.all(Array.from({ length: 12 }, () => py.main.work.async()));
console.log(py.main.most);
`;

describe('start({ threads })', { concurrency: 2 }, () => {
  test('bounds the threads of the pool', async () => {
    const ended = await runProgram(`start({ threads: 3 }); ${count}`);
    assert.deepEqual([ended.status, ended.stdout], [0, '3\n'], ended.stderr);
  });

  test('of one still runs everything, in order', async () => {
    const ended = await runProgram(`start({ threads: 1 }); ${count}
      const order = [];
      await Promise.all([1, 2, 3, 4].map((n) => py.builtins.abs.async(n).then((x) => order.push(x))));
      console.log(order.join());
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, '1\n1,2,3,4\n'], ended.stderr);
  });

  test('of one: what is disposed while its call waits in the queue is there when it runs', async () => {
    const ended = await runProgram(`start({ threads: 1 });
      py.exec(${JSON.stringify(`
import time
class Slow:
    def __init__(self, n): self.n = n
    def __call__(self, other): return [self.n, other.n]
`)});
      py.import('time').sleep.async(0.3);
      const waiting = [];
      for (let i = 0; i < 100; i++) {
        const [callable, argument] = [py.main.Slow(i), py.main.Slow(-i)];
        waiting.push(callable.async(argument));
        callable[Symbol.dispose]();
        argument[Symbol.dispose]();
      }
      for (let i = 0; i < 10_000; i++) py.list([i])[Symbol.dispose]();
      for (let i = 0; i < 1000; i++) py.main.Slow('other');
      const results = (await Promise.all(waiting)).map((pair) => pair.as(Array));
      console.log(results.every(([a, b], i) => a === i && b === -i));
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, 'true\n'], ended.stderr);
  });

  test('is a whole number from 1', async () => {
    const ended = await runProgram(`
      for (const threads of [0, -1, 1.5, NaN, '4', null, 1e9]) {
        try { start({ threads }); console.log('started', threads); } catch (error) { console.log(error.code); }
      }
      start({ threads: 2 });
      console.log(await py.builtins.abs.async(-2));
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, `${'WRONG_ARGUMENT\n'.repeat(7)}2\n`], ended.stderr);
  });
});
