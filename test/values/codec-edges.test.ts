import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { BridgeError, PythonError, py } from 'caduceus';
import { collectUntil, held } from '../support/held.ts';
import { Decimal, during, Money, pointClass, pointToJs, reprOf, same, typeName } from './codec-classes.ts';

test('classes that extend those of the other language are not affected', () => {
  class Shape {
    name = 'shape';
  }
  py.main.Shape = Shape;
  py.exec`
class PyShape(Shape):
    pass
class Layer:
    def __init__(self, size): self.size = size
    def me(self): return self
`;
  class Dense extends py.main.Layer {}
  const { PyShape, Layer } = py.main;
  const early = PyShape();
  using _ = py.codecs.add({ js: Shape, toPython: () => 'js', python: Layer, toJs: () => 'python' });
  assert.deepEqual([same(new Shape()), Layer(1)], ['js', 'python'], 'but their bases are');
  for (const shape of [early, PyShape()]) {
    assert.ok(shape instanceof Shape);
    assert.equal(same(shape), shape);
    assert.equal(typeName(shape), 'PyShape');
  }
  const dense = new (Dense as any)(3);
  assert.equal(dense.me(), dense);
  assert.equal(same(dense), dense);
  assert.equal(py.eval('lambda D: D(4)')(Dense).size, 4);
  class Deep extends PyShape {}
  const deep = new Deep();
  assert.equal(same(deep), deep);
});

test('exceptions are raised and looked at as ever', () => {
  py.exec`
class Marked: pass
class Both(Marked, Exception): pass
`;
  using _ = py.codecs.add({
    python: py.main.Marked,
    js: Error,
    toJs: () => 'marked',
    toPython: (e: Error) => e.message,
  });
  assert.equal(py.main.Marked(), 'marked');
  assert.throws(
    () => py.exec`raise Both(1)`,
    (error) => error instanceof PythonError && error.is(py.main.Both),
  );
  assert.equal(typeName(py.main.Both(1)), 'Both', 'an exception as a value');
  const error = new TypeError('thrown');
  assert.throws(
    () =>
      py.eval('lambda f: f()')(() => {
        throw error;
      }),
    (caught) => caught === error,
  );
  assert.equal(same(new RangeError('given')), 'given');
  try {
    py.eval('1 / 0');
  } catch (caught) {
    assert.equal(typeName(caught), 'ZeroDivisionError');
  }
});

test('what toJs and toPython throw is thrown', async () => {
  const Point = pointClass();
  const error = new Error('own');
  const fail = (thrown: unknown) => (): never => {
    throw thrown;
  };
  for (const thrown of [error, null, 'text']) {
    during({ python: Point, js: Decimal, toJs: fail(thrown), toPython: fail(thrown) }, () => {
      const rows: [string, () => unknown][] = [
        ['result', () => Point(1)],
        [
          'data',
          () =>
            py.eval('lambda f, P: f([P(1), [P(2)], object()])')(
              py.ref(() => 1),
              Point,
            ),
        ],
        ['callback argument', () => py.eval('lambda f, P: f(P(1))')(() => 1, Point)],
        ['argument', () => same(new Decimal('1'))],
        ['given data', () => same([[new Decimal('1')]])],
        ['callback result', () => py.eval('lambda f: f()')(() => new Decimal('1'))],
      ];
      for (const [name, row] of rows) assert.throws(row, (caught) => caught === thrown, name);
    });
  }
  using _ = py.codecs.add({ python: Point, toJs: fail(error) });
  await assert.rejects(py.async(Point, [1]), (caught) => caught === error);
  assert.equal(py.eval('lambda x: x + 1')(1), 2);
});

test('Python code can catch what a codec throws', () => {
  const Point = pointClass();
  using _ = py.codecs.add({
    python: Point,
    toJs: () => {
      throw new TypeError('no');
    },
  });
  const caught = py.eval('__import__("caduceus").js');
  py.main.js = caught;
  const go = py.def`
def go(f, P):
    try: f(P(1))
    except js.TypeError as error: return str(error)
`;
  assert.match(
    go((x: unknown) => x, Point),
    /no/,
  );
});

test('objects that a failed conversion has brought over are let go of', async () => {
  const Point = pointClass();
  const before = held().handles;
  const make = py.eval('lambda P: [P(1)] + [object() for _ in range(50)]');
  during(
    {
      python: Point,
      toJs: () => {
        throw new Error('no');
      },
    },
    () => {
      for (let n = 0; n < 20; n++) assert.throws(() => make(Point).as(Array), /no/);
    },
  );
  await collectUntil(() => held().handles <= before + 10);
});

test('a codec that needs the same object again and again is an error', () => {
  const Point = pointClass();
  py.main.same = same;
  during({ python: Point, toJs: (point) => same(point) }, () => {
    assert.throws(
      () => Point(1),
      (error) =>
        error instanceof BridgeError && error.code === 'CODEC_RECURSION' && /Point/.test(error.message),
    );
  });
  during({ js: Decimal, toPython: (decimal: Decimal) => same(decimal) }, () => {
    assert.throws(() => same(new Decimal('1')), { code: 'CODEC_RECURSION' });
  });
  during({ js: Decimal, toPython: (decimal: Decimal) => [new Decimal(decimal.text)] }, () => {
    assert.throws(() => same(new Decimal('1')), { code: 'CODEC_RECURSION' });
  });
  during({ js: Decimal, toPython: (decimal: Decimal) => typeName(py.ref(decimal)) }, () => {
    assert.equal(same(new Decimal('1')), 'JsObject');
  });
});

test('a codec result is not converted once more: it goes by reference', () => {
  during({ js: Decimal, toPython: (decimal: Decimal) => decimal }, () => {
    const one = new Decimal('1');
    assert.equal(typeName(one), 'JsObject');
    assert.equal(py.eval('lambda x: x[0]')([one]), one);
  });
  during({ js: Decimal, toPython: (decimal: Decimal) => new Money(decimal.text) }, () => {
    assert.equal(typeName(new Decimal('1')), 'JsObject');
  });
  const node: { next?: unknown } & Decimal = new Decimal('1');
  node.next = node;
  during({ js: Decimal, toPython: (decimal: any) => ({ next: decimal.next }) }, () => {
    assert.equal(py.eval('lambda x: x["next"] is x')(node), true, 'a cycle stays one');
  });
});

test('a codec may be taken away inside a conversion', () => {
  const Point = pointClass();
  const codec: () => void = py.codecs.add({
    python: Point,
    toJs: () => {
      codec();
      return 'last';
    },
  });
  const [first, second] = py.eval('lambda P: [P(1), P(2)]')(Point).as(Array);
  assert.equal(first, 'last');
  assert.equal(String(second), 'Point(2)');
  assert.equal(String(Point(3)), 'Point(3)');
});

test('what cannot have a codec is refused, and says why', () => {
  const add = py.codecs.add as (codec: unknown) => () => void;
  const Point = pointClass();
  class Layered extends Point {}
  py.main.Shape2 = class {};
  py.exec`class PyShape2(Shape2): pass`;
  const toJs = () => 1;
  const toPython = () => 1;
  const active = py.codecs.add({ python: Point, js: Decimal, toJs, toPython });
  const rows: [unknown, RegExp][] = [
    [undefined, /the codec is undefined/],
    [null, /the codec is null/],
    [{}, /neither js nor python/],
    [{ python: Point }, /python without toJs/],
    [{ js: Decimal, python: Point, toJs }, /js without toPython/],
    [{ toPython }, /toPython without js/],
    [{ js: Decimal, toPython: 1 }, /toPython is number/],
    [{ python: py.eval('object()'), toJs }, /is no Python class/],
    [{ python: 5, toJs }, /python is number/],
    [{ python: Decimal, toJs }, /no Python class/],
    [{ js: Point, toPython }, /js is a Python object/],
    [{ js: () => 1, toPython }, /a function that is no class/],
    [{ js: Object, toPython }, /js is Object/],
    [{ js: Array, toPython }, /js is Array/],
    [{ js: String, toPython }, /js is String/],
    [{ js: Layered, toPython }, /extends a class of the other language/],
    [{ js: py.main.PyShape2, toPython }, /Python object|other language/],
    [{ js: Decimal, toPython }, /Decimal has a codec already/],
    [{ python: Point, toJs }, /Point.* has a codec already/],
    ...['int', 'str', 'float', 'bool', 'bytes', 'type(None)'].map((name): [unknown, RegExp] => [
      { python: py.eval(name), toJs },
      /is a value in JavaScript already/,
    ]),
    ...['list', 'dict', 'set', 'tuple'].map((name): [unknown, RegExp] => [
      { python: py.eval(name), toJs },
      /is plain data/,
    ]),
    ...['object', 'type', 'ValueError', 'type(lambda: 1)', 'type(__builtins__)', 'type(len)'].map(
      (name): [unknown, RegExp] => [{ python: py.eval(name), toJs }, /must stay what they are/],
    ),
  ];
  for (const [codec, message] of rows) {
    assert.throws(
      () => add(codec),
      (error: Error) =>
        error instanceof BridgeError &&
        error instanceof TypeError &&
        error.code === 'WRONG_ARGUMENT' &&
        message.test(error.message),
      String(message),
    );
  }
  active();
  add({ python: Point, js: Decimal, toJs, toPython })();
});

test('inside toPython its own Python class is called as ever, and what others call meanwhile is converted', () => {
  const Point = pointClass();
  const go = py.eval('lambda f: f()');
  class Place {
    readonly x = 5;
  }
  const seen: unknown[] = [];
  const codec = {
    js: Place,
    python: Point,
    toJs: pointToJs,
    toPython: (place: Place) => {
      const point = Point(place.x);
      seen.push(String(point));
      go(() => void seen.push(Point(6)));
      py.eval('lambda f, P: f(P(7))')((inner: unknown) => void seen.push(inner), Point);
      seen.push(String(Point(8)));
      return point;
    },
  };
  during(codec, () => {
    assert.equal(reprOf(new Place()), 'Point(5)');
    assert.equal(
      py.eval('lambda f: repr(f())')(() => new Place()),
      'Point(5)',
    );
    assert.deepEqual(Point(9), { x: 9 });
  });
  const once = ['Point(5)', { x: 6 }, { x: 7 }, 'Point(8)'];
  assert.deepEqual(seen, [...once, ...once]);
});

test('one half that is refused leaves nothing of the other', () => {
  const add = py.codecs.add as (codec: unknown) => () => void;
  assert.throws(() => add({ js: Decimal, python: py.builtins.int, toJs: () => 1, toPython: () => 1 }));
  assert.equal(typeName(new Decimal('1')), 'JsObject');
});

test('each worker has its own', async () => {
  using _ = py.codecs.add({ python: py.import('uuid').UUID, toJs: () => 'main' });
  const worker = new Worker(
    `
    const { parentPort } = require('node:worker_threads');
    const { py } = require(${JSON.stringify(process.cwd())} + '/dist/index.cjs');
    const { UUID } = py.import('uuid');
    const make = py.eval('lambda U: U(int=1)');
    const before = typeof make(UUID);
    const codec = py.codecs.add({ python: UUID, toJs: () => 'worker' });
    parentPort.postMessage([before, make(UUID)]);
  `,
    { eval: true },
  );
  // A last message may come in the same turn as the end.
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const answer = await new Promise((resolve, reject) =>
    worker.once('message', resolve).once('error', reject),
  );
  assert.deepEqual(answer, ['object', 'worker']);
  assert.equal(py.eval('lambda U: U(int=1)')(py.import('uuid').UUID), 'main');
  await ended;
});

test('answers find their promises, whatever toJs does in between', async () => {
  const Point = pointClass();
  const { sleep } = py.import('time');
  const toJs = (point: any) => {
    sleep(0.03);
    return py.info.version && point.x;
  };
  using _ = py.codecs.add({ python: Point, toJs });
  const make = py.eval('lambda P, n: P(n) if n % 2 else n');
  const numbers = Array.from({ length: 8 }, (_, n) => n);
  assert.deepEqual(await Promise.all(numbers.map((n) => py.async(make, [Point, n]))), numbers);
});

test('a destructor that runs at the end of a call does not change what comes back', () => {
  const Point = pointClass();
  py.main.Point = Point;
  py.exec`
kept, other = Point("kept"), Point("other")
class Watch:
    def __init__(self, gone): self.gone = gone
    def __call__(self, release):
        release()
        return kept
    def __del__(self): self.gone()
`;
  const alive = [py.main.kept, py.main.other];
  using _ = py.codecs.add({ python: Point, toJs: (point) => point.x });
  const seen: unknown[] = [];
  const watch = py.main.Watch(() => void seen.push(py.main.other));
  assert.equal(
    watch(() => watch[Symbol.dispose]()),
    'kept',
  );
  assert.deepEqual([seen, alive.length], [['other'], 2]);
});

test('types that are gone are not kept, and no handle is', async () => {
  const Point = pointClass();
  using _ = py.codecs.add({ python: Point, toJs: (p) => p.x });
  const before = held();
  for (let n = 0; n < 200; n++) assert.equal(py.eval(`lambda P: type("T${n}", (P,), {})(${n})`)(Point), n);
  await collectUntil(() => held().handles <= before.handles + 5);
});
