// What Python's help tells about JavaScript: JSDoc comments, parameters, members.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { py } from 'caduceus';

const folder = mkdtempSync(join(tmpdir(), 'documentation-'));
after(() => rmSync(folder, { recursive: true }));
const load = createRequire(join(folder, 'index.js'));

/** What a script exports, which is read from a file: nothing has touched its comments. */
function script(name: string, text: string): Record<string, unknown> {
  writeFileSync(join(folder, name), text);
  return load(`./${name}`) as Record<string, unknown>;
}

const helper = py.scope();
helper.exec(`
import inspect, pydoc
from caduceus.node.events import EventEmitter
def doc(thing): return thing.__doc__
def told(thing): return '\\n'.join(line.rstrip() for line in pydoc.plain(pydoc.render_doc(thing)).split('\\n'))
def member(thing, name): return thing.__dict__[name].__doc__
`);
const doc = helper.eval('doc') as (thing: unknown) => string | null;
const told = helper.eval('told') as (thing: unknown) => string;
const source = (fn: unknown): string => Function.prototype.toString.call(fn);

test('a JSDoc comment before a declaration is what __doc__ says, without its stars', () => {
  const { add } = script(
    'add.cjs',
    `
/**
 * Adds two numbers.
 *
 *     add(1, 2) // 3
 *
 * @param {number} a - the first
 * @param {number} [b=1] - the second
 */
exports.add = function add(a, b = 1) { return a + b; };
`,
  );
  const text =
    'Adds two numbers.\n\n    add(1, 2) // 3\n\n@param {number} a - the first\n@param {number} [b=1] - the second';
  assert.equal(doc(add), text);
  assert.equal(told(add).trimEnd().split('\n').slice(2).join('\n'), `add(a, b=None, /)\n${indent(text)}`);
});

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '    ');
}

test('any form of declaration has its comment', () => {
  const found = script(
    'forms.cjs',
    `
/** plain */
function plain() {}
/** asynchronous */
async function asynchronous() {}
/** generator */ function* generator() {}
/** constant */
const constant = (x) => x;
/** several lines
    without stars,
      indented */
let expression = function () {};
/** ignored by a tool */
// biome-ignore lint: not now
/* istanbul ignore next */
var commented = async (x) => x;
/** before a type */
const typed = /** @type {(x: number) => number} */ ((x) => x);
/** a comment that shows one:
 * @example
 *   /* inside * /
 */
function showing() {}
/** Class */
class Class {
  /** constructor */
  constructor() {}
  /** method */
  method() {}
  /** twin */
  static twin() { return 1; }
  /** asynchronous method */ static async later() {}
  /** items */
  async *items() {}
  /** getter */
  get getter() { return 1; }
  /** computed */
  ['com' + 'puted']() {}
  /** private */
  #hidden() {}
  /** field */
  field = () => this.#hidden;
  static reveal(made) { return made.#hidden; }
}
/** Assigned */
const Assigned = class Other { twin() { return 1; } };
const object = {
  /** property */
  property: () => 1,
  /** short */
  short() {}, /** quoted */ 'quo-ted': function () {},
};
/** path */
module.exports.path = exports.also = function () {};
/** by name */
exports['by-name'] = () => {};
/** of a prototype */
Class.prototype.late = function late() {};
Object.assign(exports, { plain, asynchronous, generator, constant, expression, commented, typed, showing, Class, Assigned, object });
`,
  );
  const made = found.Class as new () => Record<string, unknown>;
  const one = new made();
  const methods = made.prototype as Record<string, unknown>;
  const statics = made as unknown as Record<string, (value: unknown) => unknown>;
  const object = found.object as Record<string, unknown>;
  const docs: [unknown, string][] = [
    ...['plain', 'asynchronous', 'generator', 'constant', 'Class', 'Assigned'].map(
      (name): [unknown, string] => [found[name], name],
    ),
    [found.expression, 'several lines\nwithout stars,\n  indented'],
    [found.commented, 'ignored by a tool'],
    [found.typed, 'before a type'],
    [found.showing, 'a comment that shows one:\n@example\n  /* inside * /'],
    [methods.method, 'method'],
    [statics.twin, 'twin'],
    [statics.later, 'asynchronous method'],
    [methods.items, 'items'],
    [Object.getOwnPropertyDescriptor(methods, 'getter')?.get, 'getter'],
    [methods.computed, 'computed'],
    [statics.reveal?.(one), 'private'],
    [one.field, 'field'],
    [object.property, 'property'],
    [object.short, 'short'],
    [object['quo-ted'], 'quoted'],
    [found.path, 'path'],
    [found['by-name'], 'by name'],
    [methods.late, 'of a prototype'],
  ];
  for (const [thing, text] of docs) assert.equal(doc(thing), text);
});

test('exports of ES modules and functions of Node have theirs', async () => {
  writeFileSync(
    join(folder, 'module.mjs'),
    '/** default */\nexport default async (x) => x;\n/** named */\nexport function named() {}\n/** made */ export class Made {}',
  );
  const module = (await import(join(folder, 'module.mjs'))) as Record<string, unknown>;
  assert.deepEqual([doc(module.default), doc(module.named), doc(module.Made)], ['default', 'named', 'made']);
  assert.equal(
    doc(helper.eval('EventEmitter.prototype.emit'))?.split('\n')[0],
    'Synchronously calls each of the listeners registered',
  );
});

test('a comment that belongs to something else is not taken: the source text stands', () => {
  const found = script(
    'others.cjs',
    `
/** @license of all of it */
function first() {}
/** of the statement */
let count = 0;
function second() { return count; }
/* no JSDoc */
function third() {}
/** of the caller */
exports.wrapped = (() => (x) => x)();
/** of the list */
const list = [() => 1, /** of one */ () => 2];
const pattern = /.*/
function fourth() { return pattern; }
/***/
function fifth() {}
/** */
function sixth() {}
Object.assign(exports, { first, second, third, fourth, fifth, sixth, inner: list[0] });
`,
  );
  for (const [name, fn] of Object.entries(found)) assert.equal(doc(fn), source(fn), name);
});

test('what has no script has its source text', () => {
  const things = [Math.max, source.bind(null), new Function('a', 'return a'), JSON.parse, Map];
  for (const thing of things) assert.equal(doc(thing), source(thing));
});

test('the inspector that looks is noticed by nobody', async () => {
  const own = new Session();
  own.connect();
  const paused: unknown[] = [];
  own.on('Debugger.paused', (message) => paused.push(message));
  own.post('Debugger.enable');
  own.disconnect();
  const stops = script('stops.cjs', '/** stops */ exports.one = () => { debugger; return 7; };')
    .one as () => number;
  assert.equal(doc(stops), 'stops');
  assert.equal(stops(), 7); // while the session is still there
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(doc(stops), 'stops');
  assert.deepEqual(paused, []);
  assert.equal(Reflect.has(globalThis, Symbol.for('caduceus.asked')), false);
});

test('another thread of Python and a worker are told the same', async () => {
  const { one } = script('two.cjs', '/** two */ exports.one = () => 1;');
  helper.set('one', one);
  helper.exec(`
import concurrent.futures
def elsewhere():
    with concurrent.futures.ThreadPoolExecutor(1) as pool: return pool.submit(doc, one).result()
`);
  assert.equal((helper.eval('elsewhere') as () => string)(), 'two');
  const worker = new Worker(
    `const { py } = require('caduceus');
     const { one } = require(${JSON.stringify(join(folder, 'two.cjs'))});
     require('node:worker_threads').parentPort.postMessage(py.eval('lambda f: f.__doc__')(one));`,
    { eval: true },
  );
  const [answer] = await new Promise<unknown[]>((resolve, reject) => {
    worker.once('message', (...message) => resolve(message)).once('error', reject);
  });
  assert.equal(answer, 'two');
  await worker.terminate();
});

const boxes = script(
  'boxes.cjs',
  `
/** A box. */
exports.Box = class Box {
  constructor(content) { this.content = content; }
  /** Opens it. */
  open(how, ...rest) { return [how, rest]; }
  /** How large it is. */
  get size() { throw new Error('not asked'); }
  bare(x) { return x; }
};
/** A small box. */
exports.Small = class Small extends exports.Box {
  /** Shuts it. */
  shut() {}
};
`,
);

test('help of a class lists the members of its objects, with parameters and comments', () => {
  const text = told(boxes.Small);
  assert.match(text, /^class Small\(Box\)\n \| {2}Small\(\*args\)\n \|\n \| {2}A small box\.$/m);
  assert.match(text, / \| {2}shut\n \| {6}shut\(\)\n \| {6}Shuts it\.\n/);
  assert.match(
    text,
    / inherited from Box:\n[^-]* \| {2}open\n \| {6}open\(how, \/, \*rest\)\n \| {6}Opens it\.\n/,
  );
  assert.match(text, / \| {2}size\n \| {6}How large it is\.\n/);
  assert.match(text, / \| {2}bare\n \| {6}bare\(x, \/\)\n/);
  assert.doesNotMatch(text, /__js_class__/);
});

test('help of objects, of native classes and of errors works', () => {
  const Box = boxes.Box as new (content: unknown) => { open: unknown };
  assert.match(told(new Box(1)), /JsObject/);
  assert.match(told(new Box(1).open), /open\(how, \/, \*rest\)\n {4}Opens it\./);
  for (const thing of [Map, TypeError, [1], new Map(), Symbol('s'), Promise.resolve(), globalThis])
    assert.ok(told(thing).length > 50);
});

test('a Python class that extends one has its own docstring and signature, else the inherited ones', () => {
  const scope = py.scope({ ...boxes });
  scope.exec(`
import dataclasses, inspect, pydoc
class Own(Box):
    """My own."""
    def __init__(self, a, *, b=1): super().__init__(a)
class Plain(Small): pass
@dataclasses.dataclass
class Data(Box):
    x: int
found = [inspect.getdoc(Own), Own.__doc__, str(inspect.signature(Own)), Plain.__doc__, inspect.getdoc(Plain),
         str(inspect.signature(Data)), 'Opens it.' in pydoc.render_doc(Own), Own(5).open(1)[0]]
Plain.__doc__ = 'Set.'
found.append(Plain.__doc__)
`);
  assert.deepEqual(py.as(scope.eval('found'), Array), [
    'My own.',
    'My own.',
    '(a, *, b=1)',
    null,
    'A small box.',
    '(x: int) -> None',
    true,
    1,
    'Set.',
  ]);
});

test('help of a module tells about its functions, and import * takes what it exports', () => {
  mkdirSync(join(folder, 'node_modules/told'), { recursive: true });
  script(
    'node_modules/told/index.js',
    '/** Told. */\nexports.tell = function tell(what) { return what; }; exports.number = 5;',
  );
  const scope = py.scope({ __file__: join(folder, 'asks.py') });
  scope.exec(`
import pydoc
from caduceus.npm import told
from caduceus.npm.told import *
text = pydoc.plain(pydoc.render_doc(told))
found = [told.__doc__, told.__all__, number, tell(3)]
`);
  assert.deepEqual(py.as(scope.eval('found'), Array), [null, ['tell', 'number'], 5, 3]);
  assert.match(scope.eval('text') as string, /FUNCTIONS\n {4}tell\(what, \/\)\n {8}Told\.\n/);
});
