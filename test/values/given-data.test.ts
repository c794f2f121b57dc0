import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { py } from 'caduceus';

const repr = (value: unknown): string => py.builtins.repr(value);
const typeName = py.eval('lambda x: type(x).__name__');

test('plain data that is given is copied deeply', () => {
  const source = { a: [1, { b: 'x' }], c: null };
  const held = py.eval('lambda d: d')(source);
  source.a.push(2);
  assert.equal(repr(held), "{'a': [1, {'b': 'x'}], 'c': None}");
});

test('assigned attributes and items are given', () => {
  const list = [1];
  const box = py.eval('type("Box", (), {})()');
  box.value = list;
  const dict = py.dict();
  py.setItem(dict, 'k', list);
  list.push(2);
  assert.equal(repr(box.value), '[1]');
  assert.equal(repr(dict), "{'k': [1]}");
});

test('shared references stay shared', () => {
  const shared = [1];
  const check = py.eval('lambda d: d["a"] is d["b"] and d["c"][0] is d["a"]');
  assert.equal(check({ a: shared, b: shared, c: [shared] }), true);
});

test('references shared between arguments of one call stay shared', () => {
  const shared = { x: 1 };
  assert.equal(py.eval('lambda a, b: a is b')(shared, shared), true);
});

test('cycles stay cycles', () => {
  const list: unknown[] = [1];
  list.push(list);
  const object: Record<string, unknown> = { list };
  object.self = object;
  assert.equal(py.eval('lambda x: x[1] is x and len(x) == 2')(list), true);
  assert.equal(py.eval('lambda o: o["self"] is o and o["list"][1] is o["list"]')(object), true);
});

test('cycles and shared references of Python data arrive in a callback and come out of one', () => {
  py.exec`
    shared = [1]
    cyclic = {"a": shared, "b": shared}
    cyclic["self"] = cyclic
  `;
  const given: Record<string, unknown>[] = [];
  py.eval('lambda taker: taker.take(cyclic)')(new Taker(given));
  const copy = given[0] as Record<string, unknown>;
  assert.equal(copy.self, copy);
  assert.equal(copy.a, copy.b);
  assert.deepEqual(copy.a, [1]);
});

/** An instance, hence a reference in Python, whose method is called with given arguments. */
class Taker {
  readonly #into: unknown[];
  constructor(into: unknown[]) {
    this.#into = into;
  }
  take(...values: unknown[]): void {
    this.#into.push(...values);
  }
}

function taken(source: string): unknown {
  const into: unknown[] = [];
  py.eval(`lambda taker: taker.take(${source})`)(new Taker(into));
  return into[0];
}

test('given Python data is plain: objects, arrays, Maps and Sets', () => {
  assert.deepEqual(taken('{"a": [1, (2, "x")], "b": {1, 2}, "c": {1: None, "k": 2.5}}'), {
    a: [1, [2, 'x']],
    b: new Set([1, 2]),
    c: new Map<unknown, unknown>([
      [1, null],
      ['k', 2.5],
    ]),
  });
  assert.deepEqual(taken('{}'), {});
  assert.deepEqual(taken('[]'), []);
  assert.deepEqual(taken('()'), []);
  assert.deepEqual(taken('set()'), new Set());
});

test('non-string keys make a Map, with keys as they come over', () => {
  const map = taken('{None: 1, True: 2, 2**60: 3, 1.5: 4, "s": 5, (1, 2): 6}') as Map<unknown, unknown>;
  assert.ok(map instanceof Map);
  assert.deepEqual([...map.values()], [1, 2, 3, 4, 5, 6]);
  assert.deepEqual([...map.keys()].slice(0, 5), [null, true, 2n ** 60n, 1.5, 's']);
  assert.deepEqual([...map.keys()][5], [1, 2]);
});

test('arrays of 100,000 levels cross both ways', () => {
  let array: unknown[] = [];
  for (let i = 1; i < 100_000; i++) array = [array];
  const depth = py.def`
    def depth(x):
        n = 0
        while x:
            x, n = x[0], n + 1
        return n + 1
  `;
  assert.equal(depth(array), 100_000);
  let copy = py.def`
    def nest():
        x = []
        for _ in range(99_999):
            x = [x]
        return x
  `().as(Array);
  let levels = 1;
  for (; copy.length > 0; copy = copy[0]) levels++;
  assert.equal(levels, 100_000);
});

test('objects of 100,000 levels cross both ways', () => {
  let object: Record<string, unknown> = {};
  for (let i = 1; i < 100_000; i++) object = { k: object };
  const depth = py.def`
    def depth(x):
        n = 0
        while x:
            x, n = x["k"], n + 1
        return n + 1
  `;
  assert.equal(depth(object), 100_000);
  let copy = py.def`
    def nest():
        x = {}
        for _ in range(99_999):
            x = {"k": x}
        return x
  `().as(Object);
  let levels = 1;
  for (; 'k' in copy; copy = copy.k) levels++;
  assert.equal(levels, 100_000);
});

test('holes are None', () => {
  // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
  assert.equal(repr([1, , 3]), '[1, None, 3]');
  assert.equal(repr(new Array(2)), '[None, None]');
});

test('1,000 arguments arrive, both ways', () => {
  const values = Array.from({ length: 1000 }, (_, i) => i);
  assert.equal(py.eval('lambda *a: a == tuple(range(1000))')(...values), true);
  assert.equal(py.eval('lambda *a: len(a)')(...values.map(String), []), 1001);
  assert.equal(
    py.eval('lambda f: f(*range(1000))')((...args: number[]) => args.length + (args[999] ?? 0)),
    1999,
  );
});

test('data of other realms is plain data', () => {
  const data = runInNewContext('({ a: [1, { b: 2 }], n: Object.create(null) })');
  assert.equal(repr(data), "{'a': [1, {'b': 2}], 'n': {}}");
  assert.equal(typeName(runInNewContext('new Map()')), 'JsMap');
  assert.equal(typeName(runInNewContext('new (class A {})()')), 'JsObject');
  assert.equal(typeName(runInNewContext('new (class A extends Array {})()')), 'JsArray');
  assert.equal(typeName(runInNewContext('new Uint8Array(2)')), 'JsBuffer');
  assert.equal(typeName(runInNewContext('new ArrayBuffer(2)')), 'JsBuffer');
  assert.equal(typeName(runInNewContext('new Date(0)')), 'datetime');
  assert.equal(typeName(runInNewContext('(() => 1)')), 'JsFunction');
});

test('null-prototype objects are plain data', () => {
  assert.equal(repr(Object.assign(Object.create(null), { a: 1 })), "{'a': 1}");
});

test('symbol keys, inherited and non-enumerable properties are no data', () => {
  const object = Object.defineProperty({ a: 1, [Symbol('s')]: 2 }, 'hidden', { value: 3 });
  assert.equal(repr(object), "{'a': 1}");
});

test('a key __proto__ is a key like any other, both ways', () => {
  assert.equal(repr(JSON.parse('{"__proto__": {"x": 1}}')), "{'__proto__': {'x': 1}}");
  const copy = taken('{"__proto__": {"x": 1}}') as object;
  assert.equal(Object.getPrototypeOf(copy), Object.prototype);
  assert.deepEqual(Object.keys(copy), ['__proto__']);
  const called = py.eval('lambda f: f(**{"__proto__": 1})')((o: object) => Object.keys(o).join());
  assert.equal(called, '__proto__');
});

test('functions, classes, instances, Map, Set, Symbol and promises are JavaScript objects in Python, and come back ===', () => {
  class Thing {}
  const values = [
    () => 1,
    Thing,
    new Thing(),
    new Map(),
    new Set(),
    Symbol('s'),
    Symbol.for('registered'),
    Promise.resolve(),
    /x/,
    new Error('e'),
    new (class extends Array {})(),
    Object(1n),
    new WeakMap(),
    globalThis,
    new Proxy({}, { getPrototypeOf: () => Thing.prototype }),
  ];
  const same = py.eval('lambda x: x');
  const held = py.list(values);
  for (const [index, value] of values.entries()) {
    assert.equal(same(value), value);
    assert.equal(held[index], value);
    assert.match(typeName(value), /^Js(Object|Function|Class|Promise|Array|Map|Set)$/);
  }
});

test('a Date that is given is an aware datetime', () => {
  const moment = new Date('2024-02-29T12:34:56.789Z');
  assert.equal(
    repr(moment),
    'datetime.datetime(2024, 2, 29, 12, 34, 56, 789000, tzinfo=datetime.timezone.utc)',
  );
  assert.equal(py.builtins.str(new Date(-1)), '1969-12-31 23:59:59.999000+00:00');
  assert.equal(py.builtins.str(new Date('0001-01-01T00:00:00Z')), '0001-01-01 00:00:00+00:00');
  assert.equal(py.eval('lambda d: d["at"][0].year')({ at: [new Date('9999-12-31T23:59:59.999Z')] }), 9999);
});

test('an invalid Date and one outside of Python’s years say so', () => {
  assert.throws(() => repr(new Date(Number.NaN)), { name: 'ValueError', message: /invalid JavaScript Date/ });
  assert.throws(() => repr(new Date(8.64e15)), { name: 'ValueError', message: /years 1 to 9999/ });
  assert.throws(() => repr([new Date('-000001-01-01T00:00:00Z')]), {
    name: 'ValueError',
    message: /years 1 to 9999/,
  });
});

test('py.ref gives by reference what would be copied', () => {
  const list = [1];
  const append = py.eval('lambda x: (x.append if hasattr(x, "append") else x.push)(2)');
  append(py.ref(list));
  assert.deepEqual(list, [1, 2]);
  const date = new Date(0);
  assert.equal(py.eval('lambda x: x')(py.ref(date)), date);
  assert.equal(repr(py.ref(1)), '1');
  const nested = { inner: py.ref(list) };
  assert.equal(py.eval('lambda d: d["inner"]')(nested), list);
});
