import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { runProgram, workerSource } from '../support/program.ts';
import { inOneProcess } from '../support/rows.ts';

const other = mkdtempSync(join(tmpdir(), 'caduceus-copy-'));
for (const name of ['dist', 'package.json', 'python']) {
  const filter = (path: string) => !path.endsWith('cache'); // it changes while other tests run
  cpSync(name, join(other, name), { recursive: true, filter });
}
after(() => rmSync(other, { recursive: true }));

/** Two copies of the package: `py` is this one's, `b` are the other one's exports. */
const two = `const b = require(${JSON.stringify(join(other, 'dist/index.cjs'))});\n`;
const exitWork = `py.exec\`
import atexit, threading
atexit.register(print, 'atexit')
threading.Thread(target=lambda: (threading.main_thread().join(5), print('joined'))).start()
\`;\n`;

interface Case {
  name: string;
  source: string;
  stdout: string;
}

const cases: Case[] = [
  {
    name: 'use one Python, each with proxies of its own',
    source: `
      py.exec('x = [1, 2]');
      b.py.main.x.append(3);
      console.log(py !== b.py, py.main.x.length, py.main.x === py.main.x, py.main.x === b.py.main.x);
    `,
    stdout: 'true 3 true false\n',
  },
  {
    name: "use each other's functions and objects",
    source: `
      const f = (x) => x + 1, o = { z: 5 };
      b.py.main.f = f;
      b.py.main.o = b.py.ref(o);
      console.log(py.eval('f(1)'), b.py.eval('f(2)'), py.main.f(3), b.py.main.f === f, py.main.o.z, b.py.main.o === o);
      py.main.g = (x) => b.py.eval('f(' + x + ')') * 2;
      console.log(b.py.main.g(1), py.main.g(2), [...b.py.builtins.sorted([3, 1, 2], b.kw({ key: py.eval('lambda x: -g(x)') }))].join());
    `,
    stdout: '2 3 4 true 5 true\n4 6 3,2,1\n',
  },
  {
    name: 'let errors through each other',
    source: `
      const mine = new RangeError('mine');
      const reduce = (copy, f) => copy.py.import('functools').reduce(f, [1, 2]);
      const a = { py };
      for (const run of [
        () => reduce(a, () => reduce(b, () => { throw mine; })),
        () => reduce(b, () => py.eval('1 / 0')),
        () => reduce(a, () => b.py.eval('1 / 0')),
      ]) try { run(); } catch (error) { console.log(error === mine, error.name, error.message); }
    `,
    stdout:
      'true RangeError mine\nfalse ZeroDivisionError division by zero\nfalse ZeroDivisionError division by zero\n',
  },
  {
    name: "look at each other's classes, functions and collections",
    source: `
      const things = {
        Dog: class Dog extends Map {},
        f: (a, b = 1) => a,
        array: b.py.ref([1, 2, 3]),
        map: new Map([['a', 1]]),
        set: new Set([1]),
      };
      b.py.main.dog = new things.Dog();
      for (const [name, thing] of Object.entries(things)) b.py.main[name] = thing;
      py.exec(${JSON.stringify(`
import caduceus, inspect
told = [
    f"{Dog} {isinstance(dog, Dog)} {isinstance(5, Dog)} {[base.__name__ for base in Dog.__mro__]}",
    f"{inspect.signature(f)} {f.__doc__} {len(array[0:2])} {caduceus.to_py(array)} {caduceus.to_py(map)}",
    f"{isinstance(caduceus.new(Dog), Dog)} {caduceus.typeof(f)} {list(array + [4])} {sorted(set | {2})} {map == {'a': 1}}",
]
`)});
      for (const line of py.main.told) console.log(line);
    `,
    stdout: `<JavaScript class Dog> True False ['Dog', 'Map', 'JsMap', 'JsObject', 'object']
(a, b=None, /) (a, b = 1) => a 2 [1, 2, 3] {'a': 1}
True function [1, 2, 3, 4] [1, 2] True
`,
  },
  {
    name: "extend each other's classes",
    source: `
      class Dog { constructor(name) { this.name = name; this.init(); } init() {} say() { return this.name + ' ' + this.sound(); } sound() { return 'woof'; } }
      b.py.main.Dog = Dog;
      py.exec(${JSON.stringify(`
class Loud(Dog):
    def init(self): self.times = 2
    def sound(self): return super().sound().upper() * self.times
class Base:
    def __init__(self, n): self.n = n
    def twice(self): return self.get() * 2
    def get(self): return self.n
`)});
      const loud = b.py.main.Loud('Rex');
      console.log(loud.say(), new b.py.main.Loud('Ace').say(), loud instanceof Dog, loud === b.py.main.Loud ? 1 : 0, py.main.Loud('x').times);
      class A extends py.main.Base { get() { return super.get() + 1; } }
      class B extends b.py.main.Base { get() { return super.get() + 2; } }
      console.log(new A(1).twice(), new B(1).twice(), py.eval('lambda o: o.twice()')(new B(2)), b.py.eval('lambda o: o.twice()')(new A(2)));
    `,
    stdout: 'Rex WOOFWOOF Ace WOOFWOOF true 0 2\n4 6 8 6\n',
  },
  {
    name: 'work inside attach scopes of each other',
    source: `
      const work = () => py.eval('1') + b.py.eval('2');
      console.log(py.attach(work), b.py.attach(work), py.attach(() => b.py.attach(() => py.attach(work) + work())));
      console.log(py.attach(() => b.py.import('functools').reduce(work, [1, 2])));
    `,
    stdout: '3 3 6\n3\n',
  },
];

describe('two copies of the package in one process', { concurrency: 2 }, () => {
  for (const first of ['py', 'b.py']) {
    const before = `${two}${first}.eval('0');`;
    const printed = inOneProcess(before, Object.fromEntries(cases.map(({ name, source }) => [name, source])));
    for (const { name, stdout } of cases) {
      test(`${name}, ${first} being the first`, async () => assert.equal(await printed(name), stdout));
    }
  }

  for (const first of ['py', 'b.py']) {
    for (const [how, status] of [
      ['process.exit(3)', 3],
      ['throw new Error()', 1],
      ['process.on("exit", () => b.py.eval("1"))', 0],
    ] as const) {
      test(`end cleanly by ${how}, ${first} being the first`, async () => {
        const program = `${two}${first}.eval('0'); py.eval('1'); b.py.eval('2');\n${exitWork}${how}`;
        const ended = await runProgram(program);
        assert.deepEqual([ended.status, ended.stdout], [status, 'joined\natexit\n'], ended.stderr);
      });
    }
  }

  test('are closed one by one', async () => {
    const tell =
      'const tell = (f) => { try { console.log(f()); } catch (error) { console.log(error.code); } };';
    const ended = await runProgram(`${two}${tell}
      py.eval('1'); b.py.eval('2');
      b.py.close();
      tell(() => py.eval('1')); tell(() => b.py.eval('1'));
      py.close();
      tell(() => py.eval('1')); tell(() => b.py.eval('1'));
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, '1\nCLOSED\nCLOSED\nCLOSED\n'], ended.stderr);
    const owner = await runProgram(`${two}${tell}
      py.eval('1'); b.py.eval('2');
      py.close();
      tell(() => py.eval('1')); tell(() => b.py.eval('1'));
    `);
    assert.deepEqual([owner.status, owner.stdout], [0, 'CLOSED\nCLOSED\n'], owner.stderr);
  });

  test('in workers and in main', async () => {
    const ended = await runProgram(`${two}
      import { Worker } from 'node:worker_threads';
      ${exitWork}
      const work = ${workerSource(`${two}for (let i = 0; i < 200; i++) { py.list([i]); b.py.list([i]); }`)};
      const ends = Array.from({ length: 6 }, () => new Promise((r) => new Worker(work, { eval: true }).on('exit', r)));
      for (let i = 0; i < 200; i++) { py.list([i]); b.py.list([i]); }
      console.log((await Promise.all(ends)).join(''));
    `);
    assert.match(ended.stdout, /^000000\njoined\natexit\n$/, ended.stderr);
    assert.equal(ended.status, 0, ended.stderr);
  });

  test('cannot run different Pythons', async () => {
    const ended = await runProgram(`${two}
      py.eval('1');
      console.log(py.info.library.length > 0);
      try { b.start({ python: '3.99' }); } catch (error) { console.log(error.code); }
    `);
    assert.equal(ended.stdout, 'true\nNO_PYTHON\n', ended.stderr);
  });
});

describe('the package', { concurrency: 2 }, () => {
  test('works when only workers load it', async () => {
    const ended = await runProgram(`
      const { Worker } = require('node:worker_threads');
      const work = ${workerSource("process.stdout.write(String(py.eval('1')))")};
      for (let i = 0; i < 3; i++) await new Promise((r) => new Worker(work, { eval: true }).on('exit', r));
      console.log();
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, '111\n'], ended.stderr);
  });

  test('is loaded again after the cache of require was cleared', async () => {
    const ended = await runProgram(`
      py.exec('x = 1');
      for (const key of Object.keys(require.cache)) delete require.cache[key];
      const again = require('caduceus');
      console.log(again.py !== py, again.py.eval('x'), py.eval('x'), again.py.attach(() => py.eval('x')));
      py.main.f = (x) => again.py.eval('x') + x;
      console.log(again.py.main.f(1), again.py.list([1]).length);
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, 'true 1 1 1\n2 1\n'], ended.stderr);
  });

  test('takes objects of another realm as what they are', async () => {
    const ended = await runProgram(`
      const { runInNewContext } = require('node:vm');
      const { list, f, error, object } = runInNewContext(
        '({ list: [1, { a: 2 }], f: (x) => x + 1, error: () => { throw new TypeError("theirs") }, object: { a: [1] } })');
      console.log(py\`\${list}[1]["a"]\`, py\`type(\${list}).__name__\`, py\`\${f}(1)\`, py\`\${object}["a"]\`.length);
      try { py.import('functools').reduce(error, [1, 2]); } catch (e) { console.log(e.name, e.message); }
      py.main.lists = { list };
      console.log(runInNewContext('py.eval("1 + 1") + py.list([1, 2]).length', { py }));
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, '2 list 2 1\nTypeError theirs\n4\n'], ended.stderr);
  });
});
