import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';

const on = (object: unknown, code: string): unknown => py.eval(`lambda o: ${code}`)(py.ref(object));

class Counter {
  #count: number;
  constructor(start = 0) {
    this.#count = start;
  }
  static of(start: number): Counter {
    return new Counter(start);
  }
  add(by = 1): this {
    this.#count += by;
    return this;
  }
  get count(): number {
    return this.#count;
  }
}

test('a method knows its this, also when it is kept', () => {
  assert.equal(on(new Counter(2), 'o.add().add(3).count'), 6);
  assert.equal(on(new Counter(2), '[f := o.add, f(), f(), o.count][3]'), 4);
});

test('a bound method goes back to JavaScript as the function itself', () => {
  const counter = new Counter();
  assert.equal(on(counter, 'o.add'), counter.add);
  assert.equal(on(counter, 'o.add == o.add and hash(o.add) == hash(o.add)'), true);
});

test('ES classes, native constructors and functions with prototype members construct when called', () => {
  assert.equal(on(Counter, 'o(5).count'), 5);
  assert.equal(on(Counter, 'o.of(4).count'), 4);
  assert.ok(on(Map, 'o()') instanceof Map);
  assert.equal(on(Map, 'o([["a", 1]])["a"]'), 1);
  assert.equal(on(globalThis, 'o.URL("http://h/p").pathname'), '/p');
  function Old(this: { x: number }, x: number): void {
    this.x = x;
  }
  Old.prototype.twice = function (): number {
    return this.x * 2;
  };
  assert.equal(on(Old, 'o(4).twice()'), 8);
});

test('Number, String, Boolean, Symbol, BigInt and Object convert when called', () => {
  assert.equal(on(Number, 'o("12")'), 12);
  assert.equal(on(String, 'o(12)'), '12');
  assert.equal(on(Boolean, 'o("")'), false);
  assert.equal(typeof on(Symbol, 'o("s")'), 'symbol');
  assert.equal(on(BigInt, 'o("18446744073709551616")'), 18446744073709551616n);
});

test('plain functions and arrow functions are called', () => {
  function plain(this: unknown, x: number): number {
    return x + 1;
  }
  assert.equal(on(plain, 'o(1)'), 2);
  assert.equal(
    on((x: number) => x * 2, 'o(2)'),
    4,
  );
});

test('keyword arguments become a trailing object', () => {
  const show = (...args: unknown[]) => JSON.stringify(args);
  assert.equal(on({ show }, 'o.show(1, a=2, b=[3])'), '[1,{"a":2,"b":[3]}]');
  assert.equal(on({ show }, 'o.show(**{})'), '[]');
  assert.equal(
    on({ show }, 'o.show(*range(20), k=None)'),
    JSON.stringify([...Array(20).keys(), { k: null }]),
  );
});

test('a class is given its arguments and answers with a reference', () => {
  class Box {
    readonly options: unknown;
    constructor(options: unknown) {
      this.options = options;
    }
  }
  const box = on(Box, 'o({"a": (1, 2)})') as Box;
  assert.ok(box instanceof Box);
  assert.deepEqual(box.options, { a: [1, 2] });
});

test('calling what is not callable is Python’s TypeError', () => {
  assert.throws(() => on({}, 'o()'), { name: 'TypeError', message: /not callable/ });
});

test('what calls throw is an exception in Python of its own class, with name, message, value and stack', () => {
  const seen = py.def`
    def seen(f):
        try:
            f()
        except Exception as e:
            return [type(e).__name__, e.name, e.message, str(e), "fail" in e.js_stack, e.value, isinstance(e, RuntimeError)]
  `;
  const error = new TypeError('went wrong');
  const found = seen(function fail() {
    error.stack = 'TypeError: went wrong\n    at fail';
    throw error;
  });
  assert.deepEqual([...found].slice(0, 5), [
    'TypeError',
    'TypeError',
    'went wrong',
    'TypeError: went wrong',
    true,
  ]);
  assert.equal(found[5], error);
});

test('whatever is thrown can be caught in Python, where value is it', () => {
  const seen = py.def`
    def seen(f):
        try:
            f()
        except Exception as e:
            return [str(e), e.value]
  `;
  const object = { a: 1 };
  const cases: [thrown: unknown, message: RegExp, value: unknown][] = [
    [null, /threw null/, null],
    [undefined, /threw undefined/, null],
    ['text', /threw "text"/, 'text'],
    [5, /threw 5/, 5],
    [object, /\[object Object\]/, object],
    [Symbol.iterator, /Symbol\(Symbol\.iterator\)/, Symbol.iterator],
    [Object.create(null), /threw/, undefined],
    [{ message: 'own' }, /own/, undefined],
  ];
  for (const [thrown, message, value] of cases) {
    const found = seen(() => {
      throw thrown;
    });
    assert.match(found[0], message);
    if (value !== undefined) assert.equal(found[1], value);
  }
});

test('a thrown object that cannot be looked at is still caught', () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('trap');
      },
      getPrototypeOf() {
        throw new Error('trap');
      },
    },
  );
  const text = py.def`
    def text(f):
        try:
            f()
        except Exception as e:
            return str(e)
  `;
  const thrower = () => {
    throw hostile;
  };
  assert.match(text(thrower), /cannot be looked at/);
  assert.throws(
    () => py.eval('lambda f: f()')(thrower),
    (error: unknown) => error === hostile,
  );
});

test('finally and with blocks of Python run when a callback throws', () => {
  const run = py.def`
    def run(f, log):
        try:
            f()
        finally:
            log.append("finally")
  `;
  const log = py.list();
  assert.throws(
    () =>
      run(() => {
        throw new Error('x');
      }, log),
    /x/,
  );
  assert.deepEqual(log.as(Array), ['finally']);
});
