import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram, workerSource } from '../support/program.ts';

/** Meets kinds of objects and an error for the first time, while other threads do the same. */
const touches = `
  // What first needs a part of Python's side that other threads may be importing just then.
  const call = py.eval('lambda f: f()');
  py.eval('lambda f: [f() for _ in range(1)]')(() => {
    try { call(() => { throw new Error('mine'); }); } catch {}
  });
  const math = py.import('math');
  if (math.sqrt(4) !== 2) throw new Error('math.sqrt');
  const list = py.list([1, { a: 2 }]);
  list.append(3);
  if (list.length !== 3) throw new Error('list');
  try { py.builtins.int('x'); } catch (error) { if (error.name !== 'ValueError') throw error; }
  if (py.builtins.map((x) => x * 2, [1, 2]).as(Array).join() !== '2,4') throw new Error('map');
`;

test('threads that meet kinds and errors first, all at once, see them whole', {
  timeout: 100_000,
}, async () => {
  const source = `
    import { Worker } from 'node:worker_threads';
    const source = ${JSON.stringify(workerSource(touches))};
    const ended = Array.from({ length: 6 }, () => new Promise((resolve) => {
      const worker = new Worker(source, { eval: true });
      worker.on('error', (error) => console.error(error));
      worker.on('exit', resolve);
    }));
    console.log((await Promise.all(ended)).join());`;
  for (let round = 0; round < 3; round++) {
    const { status, stdout, stderr } = await runProgram(source);
    assert.deepEqual([status, stdout, stderr], [0, '0,0,0,0,0,0\n', '']);
  }
});
