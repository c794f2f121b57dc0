import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kw, py } from 'caduceus';
import {
  Decimal,
  during,
  Money,
  PyDecimal,
  pointClass,
  pointToJs,
  reprOf,
  same,
  typeName,
} from './codec-classes.ts';

const decimals = {
  python: PyDecimal,
  js: Decimal,
  toJs: (decimal: unknown) => new Decimal(String(decimal)),
  toPython: (decimal: Decimal) => PyDecimal(decimal.text).normalize(),
};

test('objects of a Python class come to JavaScript as what the codec makes of them', async () => {
  const Point = pointClass();
  const holder = py.eval(
    'lambda Point: __import__("types").SimpleNamespace(p=Point(1), ps=[Point(2), Point(3)], d={"k": Point(4)})',
  )(Point);
  const codec = py.codecs.add({ python: Point, toJs: pointToJs });
  assert.deepEqual(Point(7), { x: 7 }, 'a result');
  assert.deepEqual(holder.p, { x: 1 }, 'an attribute');
  assert.deepEqual(py.attr(holder, 'p'), { x: 1 });
  assert.deepEqual(holder.ps[0], { x: 2 }, 'an item');
  assert.deepEqual(holder.d.k, { x: 4 }, 'an item by name');
  assert.deepEqual(py.item(holder.d, 'k'), { x: 4 });
  assert.deepEqual([...holder.ps], [{ x: 2 }, { x: 3 }], 'iteration');
  assert.deepEqual(py`${holder}.p`, { x: 1 }, 'an expression');
  assert.deepEqual(
    py.eval('lambda h: (h.p for _ in range(2))')(holder).next().value,
    { x: 1 },
    'a generator',
  );
  assert.deepEqual({ ...holder }.p, { x: 1 }, 'stored data');
  assert.deepEqual(await py.async(Point, [8]), { x: 8 }, 'a promise');
  assert.deepEqual(await Point.async(9), { x: 9 });
  assert.deepEqual(
    await py.eval('lambda P: __import__("asyncio").sleep(0, P(5))')(Point),
    { x: 5 },
    'an awaitable',
  );
  py.main.Point = Point;
  const steps = py.def`
async def steps():
    yield Point(1)
    yield Point(2)
`;
  const seen: unknown[] = [];
  for await (const point of steps()) seen.push(point);
  assert.deepEqual(seen, [{ x: 1 }, { x: 2 }], 'asynchronous iteration');
  codec();
  assert.equal(reprOf(Point(7)), 'Point(7)');
  assert.equal(String(holder.p), 'Point(1)');
});

test('what callbacks and functions of JavaScript receive is converted, inside copied data too', () => {
  const Point = pointClass();
  during({ python: Point, toJs: pointToJs }, () => {
    const seen: unknown[] = [];
    const keep = (...args: unknown[]) => void seen.push(...args);
    py.eval('lambda f, P: f(P(1), [P(2), {"k": (P(3),)}], key=P(4))')(py.ref(keep), Point);
    assert.deepEqual(seen.splice(0), [{ x: 1 }, [{ x: 2 }, { k: [{ x: 3 }] }], { key: { x: 4 } }]);
    py.eval('lambda f, P: f(P(1))')(keep, Point);
    assert.deepEqual(seen.splice(0), [{ x: 1 }]);
    const target: any = {};
    py.eval('lambda o, P: [setattr(o, "a", P(1)), o.__setitem__("b", [P(2)])]')(py.ref(target), Point);
    assert.deepEqual(target, { a: { x: 1 }, b: [{ x: 2 }] }, 'assigned to a JavaScript object');
    const keys = py.eval('lambda P: {"a": {P(1)}, "b": {P(2): 3}}')(Point).as(Object);
    assert.deepEqual([[...keys.a], [...keys.b]], [[{ x: 1 }], [[{ x: 2 }, 3]]], '.as(Object)');
    assert.deepEqual(py.eval('lambda P: [P(1), P(2)]')(Point).as(Array), [{ x: 1 }, { x: 2 }]);
    assert.equal(JSON.stringify(py.eval('lambda P: [P(1)]')(Point)), '[{"x":1}]');
    py.eval('lambda f, P: f(lambda: [P(1)])')(
      py.ref((give: any) => void seen.push(give())),
      Point,
    );
    assert.deepEqual(seen.splice(0), [[{ x: 1 }]], 'what a callback of Python’s returns');
  });
});

test('in copied data what is shared stays shared', () => {
  const Point = pointClass();
  let calls = 0;
  const toJs = (point: any) => ({ x: point.x, call: calls++ });
  const data = during({ python: Point, toJs }, () =>
    py.eval('lambda P: (lambda p: [p, [p], P(2)])(P(1))')(Point).as(Array),
  );
  assert.equal(data[0], data[1][0]);
  assert.deepEqual([data[0].x, data[2].x, calls], [1, 2, 2]);
});

test('instances of a JavaScript class are given to Python as what the codec makes of them', async () => {
  using _ = py.codecs.add({ js: Decimal, toPython: (decimal) => PyDecimal(decimal.text) });
  const one = new Decimal('1.10');
  assert.equal(reprOf(one), "Decimal('1.10')", 'an argument');
  assert.equal(reprOf([one, { k: one }]), "[Decimal('1.10'), {'k': Decimal('1.10')}]", 'data');
  assert.equal(
    py.eval('lambda a, *, b: repr((a, b))')(one, kw({ b: one })),
    "(Decimal('1.10'), Decimal('1.10'))",
  );
  assert.equal(py`repr(${one})`, "Decimal('1.10')", 'a template');
  assert.equal(
    py.eval('lambda f: repr(f())')(() => one),
    "Decimal('1.10')",
    'a callback’s result',
  );
  assert.equal(
    py.eval('lambda f: repr(f())')(() => [one]),
    "[Decimal('1.10')]",
  );
  const space = py.import('types').SimpleNamespace();
  space.price = one;
  assert.equal(reprOf(space), "namespace(price=Decimal('1.10'))", 'an attribute');
  const list = py.list([0]);
  list[0] = one;
  assert.equal(reprOf(list), "[Decimal('1.10')]", 'an item');
  assert.equal(await py.async(reprOf, [one]), "Decimal('1.10')");
  assert.equal(
    await py.async(py.builtins.sorted, [[new Decimal('2'), one]]).then(reprOf),
    "[Decimal('1.10'), Decimal('2')]",
  );
  const awaited = py.def`
async def awaited(make): return repr(await make())
`;
  assert.equal(await awaited(async () => one), "Decimal('1.10')", 'a promise that a callback returns');
  assert.equal(typeName(py.ref(one)), 'JsObject', 'by reference');
  assert.equal(same(py.ref(one)), one);
  assert.equal(
    py.eval('lambda o: type(o.d).__name__')({
      get d() {
        return one;
      },
      [Symbol.toStringTag]: 'own',
    }),
    'JsObject',
    'taken',
  );
});

test('a result of toPython crosses by the usual rules', () => {
  class Box {
    readonly inside: unknown;
    constructor(inside: unknown) {
      this.inside = inside;
    }
  }
  using _ = py.codecs.add({ js: Box, toPython: ({ inside }) => inside });
  assert.equal(reprOf(new Box({ a: [1, null] })), "{'a': [1, None]}");
  assert.equal(reprOf(new Box(undefined)), 'None');
  assert.equal(reprOf(new Box('text')), "'text'");
  assert.equal(reprOf(new Box(py.dict({ a: 1 }))), "{'a': 1}");
  assert.equal(reprOf([new Box([new Box(1), [new Box(2)]])]), '[[1, [2]]]', 'others inside what it returns');
  const shared = new Box({});
  assert.equal(py.eval('lambda x: x[0] is x[1]')([shared, shared]), true);
});

test('the nearest class with a codec counts, in both languages', () => {
  using _ = py.codecs.add({ js: Decimal, toPython: () => 'decimal' });
  assert.equal(same(new Money('1')), 'decimal');
  const money = py.codecs.add({ js: Money, toPython: () => 'money' });
  assert.equal(same(new Money('1')), 'money');
  assert.equal(same(new (class extends Money {})('1')), 'money');
  money();
  assert.equal(same(new Money('1')), 'decimal');

  py.exec`
class Base: pass
class Middle(Base): pass
class Other: pass
class Leaf(Middle, Other): pass
`;
  const { Base, Middle, Other, Leaf } = py.main;
  const names = () =>
    [Base(), Middle(), Other(), Leaf()].map((x) => (typeof x === 'string' ? x : '-')).join();
  assert.equal(names(), '-,-,-,-', 'types that were seen before');
  const codecs = [py.codecs.add({ python: Base, toJs: () => 'b' })];
  assert.equal(names(), 'b,b,-,b');
  codecs.push(py.codecs.add({ python: Other, toJs: () => 'o' }));
  assert.equal(names(), 'b,b,o,b');
  const middle = py.codecs.add({ python: Middle, toJs: () => 'm' });
  assert.equal(names(), 'b,m,o,m');
  middle();
  assert.equal(names(), 'b,b,o,b');
  for (const codec of codecs) codec();
  assert.equal(names(), '-,-,-,-');
});

test('one codec may have both directions, and ends with its block', () => {
  {
    using _ = py.codecs.add(decimals);
    const sum = py.ops.add(new Decimal('0.1'), new Decimal('0.2'));
    assert.ok(sum instanceof Decimal);
    assert.equal(sum.text, '0.3');
    assert.deepEqual(
      py.eval('lambda f: f([__import__("decimal").Decimal(5)])')(py.ref((x: unknown) => x)).length,
      1,
    );
  }
  assert.equal(typeName(new Decimal('1')), 'JsObject');
  assert.equal(reprOf(PyDecimal('1.5')), "Decimal('1.5')");
});

test('disposing twice is harmless, also where the class has another codec by then', () => {
  const Point = pointClass();
  const first = py.codecs.add({ python: Point, js: Decimal, toJs: () => 1, toPython: () => 1 });
  first();
  const second = py.codecs.add({ python: Point, js: Decimal, toJs: () => 2, toPython: () => 2 });
  first();
  first[Symbol.dispose]();
  assert.deepEqual([Point(0), same(new Decimal('1'))], [2, 2]);
  second[Symbol.dispose]();
  assert.equal(typeName(Point(0)), 'Point');
});

test('a proxy that is there already stays one, and its object is converted when it comes over again', () => {
  const Point = pointClass();
  py.main.kept = Point(1);
  const before = py.main.kept;
  during({ python: Point, toJs: pointToJs }, () => {
    assert.equal(before.x, 1);
    assert.equal(reprOf(before), 'Point(1)');
    assert.deepEqual(py.main.kept, { x: 1 });
    assert.deepEqual(same(before), { x: 1 });
  });
  assert.equal(py.main.kept, before);
});

test('toJs gets the ordinary proxy, and may return it', () => {
  const Point = pointClass();
  py.main.kept = Point(1);
  const before = py.main.kept;
  const got: unknown[] = [];
  during({ python: Point, toJs: (point) => got[got.push(point) - 1] }, () => {
    assert.equal(py.main.kept, before);
    assert.equal(py.list([before])[0], before);
    assert.deepEqual(py.list([before]).as(Array), [before]);
  });
  assert.ok(got.length === 3 && got.every((one) => one === before));
});

test('new gives the Python object itself, and so does what gives by reference', () => {
  const Point = pointClass();
  during({ python: Point, toJs: pointToJs }, () => {
    const point = new Point(3);
    assert.equal(String(point), 'Point(3)');
    assert.ok(point instanceof Point);
    const seen: unknown[] = [];
    py.exec`from caduceus import ref`;
    py.eval('lambda f, p: (f(ref(p)), f([ref(p)]))')(
      py.ref((x: unknown) => void seen.push(x)),
      point,
    );
    assert.equal(seen[0], point);
    assert.equal((seen[1] as unknown[])[0], point);
    const token = py.share(point);
    assert.equal(py.adopt(token), point);
    token.revoke();
    assert.equal(typeof point.as, 'function');
  });
});

test('iterators and context managers work though their classes have codecs', async () => {
  py.exec`
class Both:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 2: raise StopIteration
        return self.n
    def __aiter__(self): return self
    async def __anext__(self):
        self.n += 1
        if self.n > 2: raise StopAsyncIteration
        return self.n
    def __enter__(self): return self
    def __exit__(self, *error): self.n = -1
`;
  using _ = py.codecs.add({ python: py.main.Both, toJs: () => 'converted' });
  assert.deepEqual([...new py.main.Both()], [1, 2]);
  const seen: unknown[] = [];
  for await (const n of new py.main.Both()) seen.push(n);
  assert.deepEqual(seen, [1, 2]);
  const both = new py.main.Both();
  assert.equal(
    both.with((value: unknown) => value),
    'converted',
    'what entering gave is a value',
  );
  assert.equal(both.n, -1);
});

test('a codec keeps its this, and its functions as they were', () => {
  const codec = {
    js: Decimal,
    prefix: '$',
    toPython(decimal: Decimal) {
      return this.prefix + decimal.text;
    },
  };
  during(codec, () => {
    codec.toPython = () => 'changed';
    assert.equal(same(new Decimal('1')), '$1');
  });
});

test('subclasses of builtin types, and types of C, can have one', () => {
  py.exec`
import collections, datetime, enum, pathlib
class Level(enum.IntEnum):
    LOW = 1
`;
  const add = (name: string, toJs: (object: any) => unknown) =>
    py.codecs.add({ python: py.eval(name), toJs });
  using _a = add('Level', (level) => level.name);
  using _b = add('collections.OrderedDict', (dict) => [...dict.keys()]);
  using _c = add('complex', (z) => [z.real, z.imag]);
  using _d = add('datetime.timedelta', (delta) => delta.total_seconds() * 1000);
  using _e = add('pathlib.PurePath', String);
  assert.equal(py.eval('Level.LOW'), 'LOW');
  assert.deepEqual(py.eval('collections.OrderedDict(a=1)'), ['a']);
  assert.deepEqual(py.eval('1 + 2j'), [1, 2]);
  assert.equal(py.eval('datetime.timedelta(seconds=2)'), 2000);
  assert.equal(py.eval('pathlib.Path("/a/b")'), '/a/b');
  assert.deepEqual(py.eval('[Level.LOW, 1]').as(Array), ['LOW', 1]);
});

test('JavaScript’s own classes can have one, also those with a rule of their own', () => {
  using _m = py.codecs.add({ js: Map, toPython: (map) => Object.fromEntries(map) });
  using _d = py.codecs.add({ js: Date, toPython: (date) => date.toISOString() });
  using _b = py.codecs.add({ js: Uint8Array, toPython: (bytes) => py.bytes([...bytes]) });
  assert.equal(reprOf(new Map([['a', new Date(0)]])), "{'a': '1970-01-01T00:00:00.000Z'}");
  assert.equal(reprOf(Uint8Array.of(65)), "b'A'");
});

test('inside py.attach, and for calls from Python threads', async () => {
  const Point = pointClass();
  using _ = py.codecs.add({
    python: Point,
    js: Decimal,
    toJs: (p) => p.x * 2,
    toPython: (d) => PyDecimal(d.text),
  });
  assert.deepEqual(
    py.attach(() => [
      Point(1),
      typeName(new Decimal('1')),
      py.eval('lambda f, P: f(P(2))')((x: number) => x, Point),
    ]),
    [2, 'Decimal', 4],
  );
  const go = py.def`
def go(f, P):
    import threading
    results = []
    thread = threading.Thread(target=lambda: results.append(repr(f(P(3)))))
    thread.start(); thread.join()
    return results[0]
`;
  assert.equal(await go.async((x: number) => new Decimal(String(x)), Point), "Decimal('6')");
});
