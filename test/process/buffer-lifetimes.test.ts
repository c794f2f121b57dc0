import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { beginsWorkers as main, runProgram, workerSource } from '../support/program.ts';
import { inOneProcess } from '../support/rows.ts';

// Freed memory that malloc keeps is overwritten; that of large arrays goes back to the system, and looking at it ends
// the process by SIGSEGV.
const env = { MALLOC_PERTURB_: '165' };

const look = `
py.exec\`
import gc
def check(views):
    return [len(v) if set(v) == {7.0} else 'overwritten' for v in views]
\`;`;

const keepViews = (memory: string) =>
  workerSource(`
    py.main.views = [8, 1 << 20].map((bytes) => {
      const array = new Float64Array(new ${memory}(bytes)).fill(7);
      return py.builtins.memoryview(array);
    });
    parentPort.postMessage(1);
  `);

// Fills what was freed with something else.
const allocate =
  'for (let i = 0; i < 50; i++) { new Float64Array(1).fill(3); new Float64Array(1 << 17).fill(3); } gc();';

const ended = ['await worker.ended', 'await worker.terminate()'];
const ofWorkers = ['ArrayBuffer', 'SharedArrayBuffer'].flatMap((memory) =>
  ended.map((end): [string, string] => [
    `a worker's ${memory}, after ${end}`,
    `const worker = begin(${keepViews(memory)});
    await once(worker, 'message');
    ${end};
    ${allocate}
    console.log(py.main.check(py.main.views).as(Array));
    py.exec('for v in views: v[0] = 8.0');
    py.exec('views = None; gc.collect()');`,
  ]),
);

const moves = {
  transfer: '(b) => b.transfer()',
  'transfer to another length': '(b) => b.transfer(64)',
  transferToFixedLength: '(b) => b.transferToFixedLength()',
  'a structured clone that transfers': '(b) => structuredClone(b, { transfer: [b] })',
};
const moved = Object.entries(moves).map(([name, move]): [string, string] => [
  `an ArrayBuffer's, after ${name}`,
  `for (const bytes of [8, 1 << 20]) {
    let array = new Float64Array(new ArrayBuffer(bytes)).fill(7);
    py.main.views = [py.builtins.memoryview(array)];
    // An error, a copy or nothing at all, by the version of the host.
    try { (${move})(array.buffer); } catch (error) { if (!/TypeError|DataCloneError/.test(error.name)) throw error; }
    array = undefined;
    ${allocate}
    await new Promise((resolve) => setTimeout(resolve, 20));
    ${allocate}
    console.log(py.main.check(py.main.views).as(Array));
  }`,
]);

const rows: Record<string, [source: string, expected: string]> = {
  ...Object.fromEntries(ofWorkers.map(([name, source]) => [name, [source, '[ 1, 131072 ]\n']])),
  ...Object.fromEntries(moved.map(([name, source]) => [name, [source, '[ 1 ]\n[ 131072 ]\n']])),
  'a worker’s buffer is looked at anew when the worker has ended': [
    `const worker = begin(${workerSource(`
      py.main.array = new Uint8Array([1, 2, 3]);
      py.main.unseen = new Uint8Array([4]);
      py.exec('first = memoryview(array)');
    `)});
    await worker.ended;
    ${allocate}
    py.exec(${JSON.stringify(`
del first
print(bytes(array))
try: bytes(unseen)
except BufferError as error: print(error)
`)});`,
    "b'\\x01\\x02\\x03'\nthe JavaScript environment that owned this memory has ended\n",
  ],
  'a WebAssembly memory’s, after it has grown': [
    `const memory = new WebAssembly.Memory({ initial: 1, maximum: 100 });
    new Uint8Array(memory.buffer).fill(7);
    py.main.view = py.builtins.memoryview(memory.buffer);
    memory.grow(50);
    gc();
    console.log(py.eval('set(view) == {7}, len(view)').as(Array));`,
    '[ true, 65536 ]\n',
  ],
};
const printed = inOneProcess(
  `${main}${look}`,
  Object.fromEntries(Object.entries(rows).map(([name, [source]]) => [name, source])),
  { env },
);

describe('memory that Python looks at stays', () => {
  for (const [name, [, expected]] of Object.entries(rows)) {
    test(name, async () => assert.equal(await printed(name), expected));
  }

  test('and goes with the last view', async () => {
    const ended = await runProgram(
      `${main}
      const round = async () => {
        const worker = begin(${workerSource(`
          py.main.view = py.builtins.memoryview(new Uint8Array(32 << 20).fill(1));
        `)});
        await worker.ended;
        py.exec('assert view[9] == 1; del view');
      };
      for (let i = 0; i < 3; i++) await round();
      const before = process.memoryUsage.rss();
      for (let i = 0; i < 8; i++) await round();
      console.log(process.memoryUsage.rss() - before < 96 << 20);`,
      { env: { MALLOC_PERTURB_: undefined } },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, 'true\n'], ended.stderr);
  });
});

describe('memory of Python that a worker looks at', { concurrency: 2 }, () => {
  const lend = `
  py.exec\`
import gc, weakref
class Bytes(bytearray): pass
gone = []
def make(size):
    made = Bytes([7]) * size
    made = Bytes(made)
    weakref.finalize(made, gone.append, size)
    return made
\`;`;
  const look = (then: string) =>
    workerSource(`
      const shared = py.main.make(1 << 20).as(Uint8Array);
      ${then}
      parentPort.postMessage(shared[5]);
      parentPort.once('message', () => console.log(shared.length));
    `);
  const counts = 'py.main.gc.collect(); console.log(py.main.gone.length);';

  for (const end of ["worker.postMessage('end')", 'worker.terminate()']) {
    test(`is let go by ${end}`, async () => {
      const ended = await runProgram(`${main}${lend}
        for (let i = 0; i < 3; i++) {
          const worker = begin(${look('')});
          if ((await once(worker, 'message'))[0] !== 7) throw new Error('wrong bytes');
          ${end};
          await worker.ended;
        }
        ${counts}`);
      assert.deepEqual([ended.status, ended.stdout.split('\n').at(-2)], [0, '3'], ended.stderr);
    });
  }

  test('stays while Python looks at the worker’s array of it', async () => {
    const ended = await runProgram(
      `${main}${lend}
      const worker = begin(${look('py.main.array = shared.subarray(3); py.main.view = py.builtins.memoryview(shared);')});
      await once(worker, 'message');
      py.main.gc.collect();
      await worker.terminate();
      ${counts}
      console.log(py.eval('set(view) == {7}, len(view)').as(Array));
      py.exec('del view');
      ${counts}
      py.exec('del array');
      ${counts}`,
      { env },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, '0\n[ true, 1048576 ]\n1\n1\n'], ended.stderr);
  });
});
