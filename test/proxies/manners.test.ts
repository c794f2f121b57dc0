import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { at, BridgeError, py } from 'caduceus';

py.exec(`
  import dataclasses, types
  calls = []
  class Recording:
      """Every access that runs code of the class leaves its name."""
      def __init__(self):
          self.stored = 1
          self.other = 'text'
      def __getattr__(self, name):
          calls.append(name)
          raise AttributeError(name, name=name, obj=self)
      @property
      def computed(self):
          calls.append('property computed')
          return 1
      def method(self): calls.append('method')
  class Guarded:
      def __getattr__(self, name):
          calls.append(name)
          return 'everything'
  @dataclasses.dataclass
  class Point:
      x: int
      y: int = 2
`);
const { Recording, Guarded, Point, calls } = py.main;
const called = () => {
  const names = calls.as(Array);
  calls.clear();
  return names;
};

test('enumerable own keys are the stored data, the rest of dir is not enumerable', () => {
  const object = Recording();
  assert.deepEqual(Object.keys(object), ['stored', 'other']);
  assert.deepEqual({ ...object }, { stored: 1, other: 'text' });
  assert.deepEqual(Object.entries(object), [
    ['stored', 1],
    ['other', 'text'],
  ]);
  const seen: string[] = [];
  for (const key in object) seen.push(key);
  assert.deepEqual(seen, ['stored', 'other']);
  const all = Object.getOwnPropertyNames(object);
  for (const name of ['stored', 'computed', 'method', '__class__']) assert.ok(all.includes(name), name);
  assert.deepEqual(called(), [], 'no code of the class ran');
});

test('descriptors tell the same, and looking at them runs no Python', () => {
  const object = Recording();
  assert.deepEqual(Object.getOwnPropertyDescriptor(object, 'stored'), {
    value: 1,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  const computed = Object.getOwnPropertyDescriptor(object, 'computed');
  assert.equal(computed?.enumerable, false);
  assert.equal(Object.getOwnPropertyDescriptor(object, 'nothing'), undefined);
  Object.getOwnPropertyDescriptors(object);
  assert.equal(Object.hasOwn(object, 'stored'), true);
  assert.equal(Object.hasOwn(object, 'nothing'), false);
  assert.deepEqual(called(), []);
  assert.equal(computed?.get?.(), 1);
  assert.deepEqual(called(), ['property computed']);
});

test('dataclasses, named tuples and slots show their fields', () => {
  assert.deepEqual({ ...Point(1) }, { x: 1, y: 2 });
  const named = py.import('collections').namedtuple('Pair', ['left', 'right'])(1, 2);
  assert.deepEqual(Object.keys(named), ['left', 'right']);
  py.exec(`class Slotted:\n    __slots__ = ('a', 'b')\n    def __init__(self): self.a = 1`);
  assert.deepEqual({ ...py.main.Slotted() }, { a: 1 });
  py.exec(`
    class SlottedRecording:
        __slots__ = ('set', 'unset', '__private')
        def __init__(self): self.set = 1; self.__private = 2
        def __getattr__(self, name): calls.append(name); raise AttributeError(name)
    @dataclasses.dataclass
    class Late:
        a: int
        late: int = dataclasses.field(init=False)
        def __getattr__(self, name): calls.append(name); raise AttributeError(name)
  `);
  assert.deepEqual({ ...py.main.SlottedRecording() }, { set: 1, _SlottedRecording__private: 2 });
  assert.deepEqual({ ...py.main.Late(1) }, { a: 1 });
  assert.deepEqual(called(), []);
});

test('modules, functions and classes have no enumerable keys', () => {
  assert.deepEqual(Object.keys(py.import('json')), []);
  assert.ok(Object.getOwnPropertyNames(py.import('json')).includes('dumps'));
  assert.deepEqual(Object.keys(py.builtins.len), []);
  assert.deepEqual(Object.keys(Point), []);
});

test('what is assigned or deleted shows at once', () => {
  const object = py.import('types').SimpleNamespace();
  assert.deepEqual(Object.keys(object), []);
  object.a = 1;
  assert.deepEqual(Object.keys(object), ['a']);
  py.exec`${object}.b = 2`;
  assert.deepEqual(Object.keys(object), ['a', 'b']);
  delete object.a;
  assert.deepEqual(Object.keys(object), ['b']);
  py.delItem(py`vars(${object})`, 'b');
  assert.deepEqual(Object.keys(object), []);
});

test('names that JavaScript itself asks for never reach __getattr__', async () => {
  for (const object of [Recording(), Guarded()]) {
    assert.equal(object.then, undefined);
    assert.equal(await object, object);
    assert.equal(await Promise.resolve(object), object);
    assert.equal(typeof object.toJSON, 'function');
    assert.equal(typeof object.constructor, 'function');
    assert.equal(object.prototype, undefined);
    assert.equal(object.$$typeof, undefined);
    assert.equal(object.asymmetricMatch, undefined);
    for (const symbol of [Symbol.iterator, Symbol.asyncIterator, Symbol.toStringTag, Symbol('own')]) {
      void object[symbol];
      void (symbol in object);
    }
    for (const name of ['then', 'toJSON', 'constructor', 'prototype', '$$typeof', 'asymmetricMatch'])
      void (name in object);
    Object.prototype.toString.call(object);
    void (object instanceof Promise);
    assert.deepEqual(called(), []);
  }
  assert.equal(Guarded().anything, 'everything');
  called();
});

test('names that test matchers, loggers and frameworks probe never reach __getattr__', async () => {
  const object = Guarded();
  inspect(object);
  format('%s %o %O %j', object, object, object, 1);
  structuredCloneFails(object);
  assert.deepEqual(called(), []);
});

function structuredCloneFails(object: object): void {
  try {
    structuredClone(object);
  } catch (error) {
    assert.ok(error instanceof Error);
  }
}

test('a real attribute of such a name stays', () => {
  py.exec(`
    class Real:
        toJSON = 'real toJSON'
        prototype = 'real prototype'
        constructor = 'real constructor'
        def __init__(self): self.valueOf = 'real valueOf'
  `);
  const real = py.main.Real();
  assert.equal(real.toJSON, 'real toJSON');
  assert.equal(real.prototype, 'real prototype');
  assert.equal(real.constructor, 'real constructor');
  assert.equal(real.valueOf, 'real valueOf');
});

test('a real attribute then stays, and awaiting the object resolves to the object itself', async () => {
  py.exec(`
    class Builder:
        def then(self, *args):
            calls.append(f'then {len(args)}')
            return ('then', *args)
  `);
  const builder = py.main.Builder();
  assert.equal(typeof builder.then, 'function');
  assert.deepEqual([...builder.then(1)], ['then', 1]);
  assert.deepEqual([...builder.then(1, 2)], ['then', 1, 2]);
  assert.deepEqual(called(), ['then 1', 'then 2']);
  assert.equal(await builder, builder);
  assert.equal(await Promise.resolve(builder), builder);
  assert.equal(await (async () => builder)(), builder);
  assert.deepEqual(await Promise.all([builder, builder]), [builder, builder]);
  assert.deepEqual(called(), [], 'none of it ran the method');
  assert.deepEqual([...builder.then(3)], ['then', 3], 'and it is there again');
  called();
  py.exec('class Plain:\n    then = 5');
  const plain = py.main.Plain();
  assert.equal(plain.then, 5);
  assert.equal(await plain, plain);
});

test('inspecting shows the repr', () => {
  assert.equal(inspect(Point(1, 2)), 'Point(x=1, y=2)');
  assert.equal(inspect({ point: Point(1, 2) }), '{ point: Point(x=1, y=2) }');
  assert.equal(inspect([py.list([1, 'a'])]), "[ [1, 'a'] ]");
  assert.equal(format('%O', py.list([1])), '[1]');
  assert.match(inspect(py.builtins.len), /built-in function len/);
  assert.match(inspect(py.import('json')), /module 'json'/);
});

test('inspecting never throws: a repr that raises, recurses for ever, is no text, or ends the program', () => {
  py.exec(`
    import sys
    def reprs(fn): return type('Shown', (), {'__repr__': fn})()
  `);
  const { reprs } = py.main;
  for (const [object, shows] of [
    [reprs(py`lambda self: 1 / 0`), /repr failed with ZeroDivisionError/],
    [reprs(py`lambda self: repr(self)`), /repr failed with RecursionError/],
    [reprs(py`lambda self: 5`), /repr failed with TypeError/],
    [reprs(py`lambda self: sys.exit(3)`), /SystemExit/],
    [reprs(py`lambda self: 'lone \\ud800 surrogate'`), /lone/],
    [
      reprs(() => {
        throw null;
      }),
      /repr failed/,
    ],
  ] as const) {
    assert.match(inspect(object), shows);
  }
});

test('inspecting is bounded', () => {
  assert.ok(inspect(py`list(range(10 ** 6))`).length < 20_000);
  assert.ok(inspect(py`'x' * 10 ** 7`).length < 20_000_000);
  assert.ok(inspect(py.str('x'.repeat(10 ** 6))).length < 20_000);
  assert.ok(inspect(py`type('Long', (), {'__repr__': lambda self: 'y' * 10 ** 6})()`).length < 20_000);
  assert.ok(inspect(py`[[[[[[[[[[[[[list(range(1000))] * 100] * 100]]]]]]]]]]]`).length < 200_000);
});

test('a released object is inspected, too', () => {
  const list = py.list([1]);
  list[Symbol.dispose]();
  assert.match(inspect(list), /released/);
});

test('JSON.stringify writes plain data', () => {
  assert.equal(JSON.stringify(py.list([1, null, { a: true }])), '[1,null,{"a":true}]');
  assert.equal(JSON.stringify({ d: py.dict({ a: [1.5] }) }), '{"d":{"a":[1.5]}}');
  assert.equal(JSON.stringify(py.tuple([1, 2])), '[1,2]');
  assert.equal(JSON.stringify(Point(1)), '{"x":1,"y":2}');
  assert.equal(JSON.stringify(py.float(2)), '2');
  assert.equal(JSON.stringify(py.str('text')), '"text"');
  assert.equal(JSON.stringify(py.import('collections').OrderedDict({ b: 1 })), '{"b":1}');
});

test('JSON.stringify loses no dict whose keys are numbers, and no set', () => {
  assert.equal(
    JSON.stringify(py`{1: 'a', None: [True], 2.5: {3: 4}}`),
    '{"1":"a","null":[true],"2.5":{"3":4}}',
  );
  assert.equal(
    JSON.stringify({ d: py`[{1}, {'a': {2**60: 0}}]` }),
    '{"d":[[1],{"a":{"1152921504606846976":0}}]}',
  );
  assert.throws(() => JSON.stringify(py`{(1, 2): 3}`), {
    name: /TypeError|BridgeError/,
    code: 'NOT_PLAIN_DATA',
  });
  const circle = py`{1: None}`;
  circle[at(1)] = py.ref(circle);
  assert.throws(() => JSON.stringify(circle), { name: 'TypeError', message: /circular/ });
});

test('JSON.stringify of what is not plain data is a TypeError that says so', () => {
  for (const object of [py.builtins.object(), py.builtins.len, py.import('json'), Recording()]) {
    assert.throws(
      () => JSON.stringify(object),
      (error: BridgeError) =>
        error instanceof TypeError && error instanceof BridgeError && error.code === 'NOT_PLAIN_DATA',
    );
  }
  assert.throws(() => JSON.stringify(py.list([py.builtins.object()])), TypeError);
  assert.throws(() => JSON.stringify(py.dict({ a: py.import('json') })), TypeError);
});

test('structuredClone of a proxy throws rather than copy something else', () => {
  assert.throws(() => structuredClone(py.list([1])));
  assert.throws(() => structuredClone({ inside: py.builtins.len }));
});

test('Object.prototype.toString, typeof, isExtensible, freeze and prototypes answer without Python', () => {
  const object = Recording();
  assert.match(Object.prototype.toString.call(object), /^\[object \w+\]$/);
  assert.equal(Object.isFrozen(object), false);
  assert.throws(() => Object.freeze(object), TypeError);
  assert.throws(() => Object.setPrototypeOf(object, null), TypeError);
  assert.ok(object instanceof Object);
  assert.deepEqual(called(), []);
});

test('proxies are keys of Map, WeakMap and Set by identity', () => {
  const list = py.list([1]);
  const holder = py.import('types').SimpleNamespace();
  holder.list = list;
  assert.equal(new Map([[list, 'found']]).get(holder.list), 'found');
  assert.equal(new WeakSet([list]).has(holder.list), true);
  assert.equal(new Set([list, holder.list, holder.list]).size, 1);
});

test('Object.assign and Object.defineProperty assign attributes', () => {
  const namespace = py.import('types').SimpleNamespace();
  Object.assign(namespace, { a: 1, b: [2] });
  Object.defineProperty(namespace, 'c', { value: 3, writable: true, enumerable: true, configurable: true });
  assert.equal(String(namespace), 'namespace(a=1, b=[2], c=3)');
  assert.throws(() => Object.defineProperty(namespace, 'd', { get: () => 1 }), TypeError);
});
