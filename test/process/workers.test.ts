import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { count } from '../support/parallelize.ts';
import { beginsWorkers as main, runProgram, workerSource } from '../support/program.ts';

interface WorkerEnd {
  name: string;
  source: string;
  status?: number;
  error?: string;
}

const ends: WorkerEnd[] = [
  { name: 'comes to its end', source: '' },
  { name: 'calls process.exit', source: 'process.exit(3);', status: 3 },
  {
    name: 'calls process.exit in a callback of a Python call',
    source: "py.import('functools').reduce(() => process.exit(3), [1, 2]);",
    status: 3,
  },
  { name: 'sets process.exitCode', source: 'process.exitCode = 3;', status: 3 },
  { name: 'throws', source: "throw new RangeError('mine')", status: 1, error: 'RangeError: mine' },
  {
    name: 'lets a Python error through',
    source: "py.eval('1 / 0')",
    status: 1,
    error: 'ZeroDivisionError: division by zero',
  },
  { name: 'rejects', source: "Promise.reject(new RangeError('mine'))", status: 1, error: 'RangeError: mine' },
  { name: 'calls sys.exit', source: 'py.exec`import sys; sys.exit(3)`', status: 3 },
  { name: 'closes Python', source: 'py.close();' },
];

const told = ({ source }: WorkerEnd) => `
  const worker = begin(${workerSource(`py.import('math').sqrt(4);\n${source}`)});
  const status = await worker.ended;
  console.log(status, worker.errors.map((e) => e.stack.split('\\n')[0]).join());
`;
const exitWork = "py.exec`import atexit; atexit.register(print, 'atexit')`;";

describe('a worker', { concurrency: 2 }, () => {
  for (const end of ends) {
    const { name, status = 0, error = '' } = end;
    test(`that ${name} ends alone, though it was the first to use Python`, async () => {
      const ended = await runProgram(`${main}
        ${told(end)}
        ${exitWork}
        console.log(py.import('math').sqrt(9));
      `);
      assert.deepEqual([ended.status, ended.stdout], [0, `${status} ${error}\n3\natexit\n`], ended.stderr);
    });
  }

  test('has classes, functions and collections that Python code on another thread looks at', async () => {
    const ended = await runProgram(`${main}
      py.eval('1');
      const worker = begin(${workerSource(`
        class Dog { constructor(name) { this.name = name; } static count = 7; }
        Object.assign(py.main, { Dog, dog: new Dog('Rex'), f: (a, ...rest) => a });
        py.main.array = py.ref([1, 2, 3]);
        Object.assign(py.main, { map: new Map([['a', [1]]]), set: new Set([1]) });
        parentPort.on('message', () => process.exit());
        parentPort.postMessage('ready');
      `)});
      await once(worker, 'message');
      py.exec(${JSON.stringify(`
import caduceus, copy, inspect
js = caduceus.js
made = caduceus.new(Dog, 'Ace')
told = [
    f"{isinstance(dog, Dog)} {isinstance(made, Dog)} {isinstance(dog, js.Map)} {Dog('Max').name} {Dog.count}",
    f"{inspect.signature(f)} {f.__doc__} {inspect.signature(Dog)} {caduceus.typeof(f)}",
    f"{list(array[::2])} {list(array + [4])} {caduceus.to_py(array)} {caduceus.to_py(map)} {list(copy.copy(array))}",
]
class Puppy(Dog):
    def __init__(self, name): super().__init__(name + ' junior'); self.age = 1
told.append(f"{Puppy('Rex').name} {isinstance(Puppy('Rex'), Dog)} {Puppy('x').age}")
array[1:] = [8, 9]
set.add(2)
told.append(f"{list(array)} {sorted(set)}")
`)});
      for (const line of py.main.told) console.log(line);
      worker.postMessage('end');
      await worker.ended;
      try { py.eval('isinstance(dog, Dog)'); } catch (error) { console.log(error.name); }
    `);
    const lines = [
      'True True False Max 7',
      '(a, /, *rest) (a, ...rest) => a (name, /) function',
      "[1, 3] [1, 2, 3, 4] [1, 2, 3] {'a': [1]} [1, 2, 3]",
      'Rex junior True 1',
      '[1, 8, 9] [1, 2]',
      'ReferenceError',
    ];
    assert.deepEqual([ended.status, ended.stdout], [0, `${lines.join('\n')}\n`], ended.stderr);
  });

  test('that is not the first to use Python ends alone in each of these ways', async () => {
    const ended = await runProgram(`${main}
      ${exitWork}
      ${ends.map((end) => `console.log(${JSON.stringify(end.name)}); { ${told(end)} }`).join('\n')}
      console.log(py.import('math').sqrt(9));
    `);
    const lines = ends.flatMap(({ name, status = 0, error = '' }) => [name, `${status} ${error}`]);
    assert.deepEqual(ended.stdout.split('\n'), [...lines, '3', 'atexit', ''], ended.stderr);
    assert.equal(ended.status, 0, ended.stderr);
  });

  test('alone uses Python: its end leaves the exit work to the end of the process', async () => {
    const ended = await runProgram(`${main}
      const worker = begin(${workerSource("py.exec`import atexit; atexit.register(print, 'atexit')`")});
      await worker.ended;
      console.log('main goes on');
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, 'main goes on\natexit\n'], ended.stderr);
  });

  test('that is idle is terminated at once', async () => {
    const ended = await runProgram(`${main}
      const worker = begin(${workerSource("py.eval('1'); parentPort.postMessage(1); setInterval(() => {}, 1000);")});
      await once(worker, 'message');
      console.log(await worker.terminate(), py.eval('2'));
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, '1 2\n'], ended.stderr);
    assert.ok(ended.milliseconds < 5000);
  });

  test('that is terminated in a Python loop ends at the next call of JavaScript', async () => {
    const ended = await runProgram(`${main}
      const worker = begin(${workerSource("py.main.f = () => 1; py.eval('0'); parentPort.postMessage(1); py.exec`\nwhile True: f()\n`;")});
      await once(worker, 'message');
      await new Promise((r) => setTimeout(r, 50));
      console.log(await worker.terminate(), py.eval('2'));
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, '1 2\n'], ended.stderr);
  });

  test('leaves functions behind that raise JsEnvironmentClosed', async () => {
    const ended = await runProgram(`${main}
      const worker = begin(${workerSource(`
        py.main.f = () => 1;
        py.main.kept = py.ref({ a: 1 });
        py.exec('print(f(), kept.a)');
      `)});
      await worker.ended;
      py.exec\`
for use in (lambda: f(), lambda: kept.a, lambda: kept['a'], lambda: repr(kept), lambda: len(kept), lambda: bool(kept)):
    try: print(use())
    except ReferenceError as error: print(str(error).split(':')[0])
print(f == f, f in {f}, type(f).__name__)
del f, kept
\`;
    `);
    const closed = 'JsEnvironmentClosed\n'.repeat(6);
    assert.deepEqual([ended.status, ended.stdout], [0, `1 1\n${closed}True True JsFunction\n`], ended.stderr);
  });
});

describe('workers', { concurrency: 2 }, () => {
  test('twenty at once use Python, start to end', async () => {
    const ended = await runProgram(
      `${main}
      const work = ${workerSource(`
        let sum = 0;
        for (const x of py.builtins.range(2000)) sum += x;
        const made = Array.from({ length: 500 }, () => py.list([1, 2]));
        const key = (x) => -x;
        sum += py.as(py.builtins.sorted([1, 2, 3], kw({ key })), Array)[0];
        parentPort.postMessage(sum + made.length);
      `)};
      const workers = Array.from({ length: 20 }, () => begin(work));
      const sums = await Promise.all(workers.map(async (w) => (await once(w, 'message'))[0]));
      console.log(new Set(sums), new Set(await Promise.all(workers.map((w) => w.ended))));
      console.log(py.eval('1'));
    `,
      { limit: 60 },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, 'Set(1) { 1999503 } Set(1) { 0 }\n1\n'], ended.stderr);
  });

  test('that come and go one after the other leave nothing of theirs attached', async () => {
    const ended = await runProgram(`${main}
      py.exec('import threading, sys');
      const before = py.eval('len(sys._current_frames())');
      for (let i = 0; i < 10; i++) await begin(${workerSource("py.main.f = () => 1; py.list([1]); py.eval('1')")}).ended;
      console.log(py.eval('len(sys._current_frames())') - before);
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, '0\n'], ended.stderr);
  });

  test('exit while five Envs collect 10,000 proxies each', { timeout: 110_000 }, async () => {
    const rounds = count(1, 8);
    const make = `
      const keep = [];
      for (let i = 0; i < 10000; i++) { const made = py.list([i]); if (i % 3) keep.push(made); }
    `;
    for (let round = 0; round < rounds; round++) {
      const ended = await runProgram(
        `${main}
        const workers = Array.from({ length: 4 }, () => begin(${workerSource(`${make}
          parentPort.postMessage(1);
          setInterval(() => { keep.length = Math.max(0, keep.length - 500); py.import('gc').collect(); gc(); }, 1);`)}));
        ${make}
        await Promise.all(workers.map((w) => once(w, 'message')));
        setInterval(() => { keep.length = Math.max(0, keep.length - 500); gc(); }, 1);
        setTimeout(() => process.exit(0), ${(round * 30) % 70});
      `,
        { limit: 60 },
      );
      assert.deepEqual([ended.status, ended.signal], [0, null], ended.stderr);
    }
  });
});
