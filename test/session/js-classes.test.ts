// JavaScript classes as Python types.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { py } from 'caduceus';

/** What `expression` is in Python, with JavaScript's globals and some names. */
function ask(expression: string, names: Record<string, unknown> = {}): unknown {
  const scope = py.scope(names);
  scope.exec('from caduceus import js\nimport caduceus');
  return py.as(scope.eval(expression), Array) ?? undefined;
}
const told = (expression: string, names: Record<string, unknown> = {}) => {
  const scope = py.scope(names);
  scope.exec('from caduceus import js\nimport caduceus');
  return scope.eval(expression);
};

class Animal {
  static count = 0;
  static make(name: string): Animal {
    return new Animal(name);
  }
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  get loud(): string {
    return this.name.toUpperCase();
  }
}
class Dog extends Animal {}

test('a class is one type, with the classes that it extends above it', () => {
  assert.equal(told('isinstance(A, type) and A is A and type(A).__name__', { A: Animal }), 'JsClass');
  assert.equal(told('js.Map is js.Map and js.Map is not js.Set'), true);
  assert.deepEqual(ask('[k.__name__ for k in D.__mro__]', { D: Dog }), [
    'Dog',
    'Animal',
    'JsObject',
    'object',
  ]);
  assert.deepEqual(ask('[issubclass(D, A), issubclass(A, D), issubclass(D, D)]', { A: Animal, D: Dog }), [
    true,
    false,
    true,
  ]);
  assert.deepEqual(ask('[D.__name__, D.__module__, repr(D)]', { D: Dog }), [
    'Dog',
    'js',
    '<JavaScript class Dog>',
  ]);
});

test('it comes home as the class that it is', () => {
  const same = (value: unknown) => value === Dog;
  assert.equal(told('same(D)', { same, D: Dog }), true);
  assert.equal(told('D', { D: Dog }), Dog);
  assert.deepEqual(ask('[D, [A]]', { D: Dog, A: Animal }), [Dog, [Animal]]);
});

test('isinstance and patterns ask JavaScript', () => {
  const names = { A: Animal, D: Dog, dog: new Dog('Rex'), plain: { name: 'x' } };
  assert.deepEqual(ask('[isinstance(x, k) for x in (dog, plain) for k in (A, D, js.Map)]', names), [
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  assert.equal(told('isinstance(5, js.Object) or isinstance({}, js.Map) or isinstance(js, A)', names), false);
  assert.equal(told('isinstance(dog, js.Object) and isinstance(js.Date(0), (js.Map, js.Date))', names), true);
  const scope = py.scope({ Animal, dog: new Dog('Rex') });
  scope.exec(`
from caduceus import js
def name(value):
    match value:
        case js.Map(): return 'map'
        case Animal(name=name): return name
        case _: return 'other'
found = [name(js.Map()), name(dog), name(5)]
`);
  assert.deepEqual(py.as(scope.eval('found'), Array), ['map', 'Rex', 'other']);
});

test('calling constructs, and members are static ones', () => {
  const made = told("D('Rex')", { D: Dog });
  assert.ok(made instanceof Dog);
  assert.equal(told("D('Rex').loud", { D: Dog }), 'REX');
  assert.ok(told("D.make('x')", { D: Dog }) instanceof Animal);
  const scope = py.scope({ D: Dog });
  scope.exec('D.count = D.count + 1\nD.fresh = 2\ndel D.fresh');
  assert.deepEqual([Dog.count, Animal.count, 'fresh' in Dog], [1, 0, false]);
  assert.throws(() => told('D.nothing', { D: Dog }), { name: 'AttributeError' });
  assert.equal(told("'make' in dir(D) and 'count' in dir(D)", { D: Dog }), true);
  assert.deepEqual(ask('[js.Array.from_([1, 2]).length, js.Date.UTC(1970, 0)]'), [2, 0]);
});

test("JavaScript's errors are caught by their classes, and are the errors", () => {
  const scope = py.scope();
  scope.exec(`
from caduceus import js, JsError
def attempt(f):
    try: f()
    except js.TypeError as error: return ['type', error.message, isinstance(error, js.Error), error]
    except js.RangeError as error: return ['range', error.code]
    except JsError as error: return ['other', type(error).__name__]
`);
  const attempt = scope.eval('attempt') as (f: () => void) => ArrayLike<unknown>;
  const error = new TypeError('wrong');
  const thrower = (thrown: unknown) => () => {
    throw thrown;
  };
  const found = attempt(thrower(error));
  assert.deepEqual([found[0], found[1], found[2]], ['type', 'wrong', true]);
  assert.equal(found[3], error);
  assert.deepEqual(
    [...py.as(attempt(thrower(Object.assign(new RangeError('far'), { code: 7 }))), Array)],
    ['range', 7],
  );
  class Mine extends TypeError {}
  assert.equal(attempt(thrower(new Mine('mine')))[1], 'mine');
  assert.deepEqual([...py.as(attempt(thrower('text')), Array)], ['other', 'JsError']);
  const odd = Object.create(Error.prototype, {
    constructor: {
      get() {
        throw new Error('no');
      },
    },
  });
  assert.deepEqual([...py.as(attempt(thrower(odd)), Array)], ['other', 'Error']);
});

test('Python raises them, and JavaScript catches what it knows', () => {
  const scope = py.scope();
  scope.exec(`
from caduceus import js
def fail(): raise js.RangeError("from Python")
def again():
    try: fail()
    except js.Error as error:
        assert type(error) is js.RangeError
        raise
`);
  for (const name of ['fail', 'again']) {
    assert.throws(
      scope.eval(name) as () => void,
      (error) => error instanceof RangeError && error.message === 'from Python',
    );
  }
});

test('methods that JavaScript has let go of are forgotten', () => {
  const scope = py.scope();
  scope.exec(`
from caduceus._kinds import _methods, same_method
def take_and_drop(times):
    kept = [[] for _ in range(times)]
    for item in kept: same_method(item.append)
    one = []
    assert same_method(one.append) is same_method(one.append)
    return len(_methods)
`);
  const count = scope.eval('take_and_drop') as (times: number) => number;
  assert.ok(count(10_000) < 1000, String(count(0)));
});

test('the same callable is the same function, so that off undoes on', () => {
  const emitter = new EventEmitter();
  const scope = py.scope({ emitter });
  scope.exec(`
class Listener:
    def __init__(self): self.seen = []
    def hear(self, value): self.seen.append(value)
listener = Listener()
emitter.on('x', listener.hear)
emitter.emit('x', 1)
emitter.off('x', listener.hear)
emitter.emit('x', 2)
seen = listener.seen
`);
  assert.deepEqual(py.as(scope.eval('seen'), Array), [1]);
  assert.equal(emitter.listenerCount('x'), 0);
});

test('types of short-lived classes are collected', () => {
  const scope = py.scope({ make: () => class Short {} });
  scope.exec(`
import gc, weakref
from caduceus import _classes
for _ in range(300): make()
gc.collect()
before = len(_classes._known)
last = weakref.ref(make())
for _ in range(3000): make()
gc.collect()
grown = len(_classes._known) - before
`);
  assert.ok((scope.eval('grown') as number) <= 5, String(scope.eval('grown')));
  assert.equal(scope.eval('last() is None'), true);
});

test('inspect finds names, parameters and the source of functions and classes', () => {
  const scope = py.scope({
    plain: function plain(a: unknown, b = [1, ')'], ...rest: unknown[]) {
      return [a, b, rest];
    },
    arrow: (x: unknown) => x,
    apart: ({ a }: { a: unknown }, [b]: unknown[], /* c, */ d: unknown) => [a, b, d],
    Made: class Made {
      first: unknown;
      constructor(first: unknown, second = 2) {
        this.first = [first, second];
      }
    },
  });
  scope.exec(`
import inspect
from caduceus import js
facts = [str(inspect.signature(f)) for f in (plain, arrow, apart, js.Math.max, Made)]
names = [plain.__name__, arrow.__qualname__, js.Math.max.__name__, plain.__module__]
docs = ['rest' in inspect.getdoc(plain), 'native code' in js.parseInt.__doc__, 'first' in Made.__doc__]
`);
  assert.deepEqual(py.as(scope.eval('facts'), Array), [
    '(a, b=None, /, *rest)',
    '(x, /)',
    '(arg0, arg1, d, /)',
    '(arg0, arg1, /, *args)',
    '(first, second=None, /)',
  ]);
  assert.deepEqual(py.as(scope.eval('names'), Array), ['plain', 'arrow', 'max', 'js']);
  assert.deepEqual(py.as(scope.eval('docs'), Array), [true, true, true]);
});

test('symbols are items, of objects and of their classes', () => {
  const tag = Symbol('tag');
  class Range {
    [tag] = 1;
    get [Symbol.toStringTag]() {
      return 'Range';
    }
    *[Symbol.iterator]() {
      yield this[tag];
    }
  }
  const scope = py.scope({
    range: new Range(),
    array: py.ref([1, 2]),
    tag,
    plain: py.ref({
      go(this: object) {
        return this;
      },
    }),
  });
  scope.exec(`
from caduceus import js
assert range[tag] == 1 and range[js.Symbol.toStringTag] == 'Range'
assert list(range[js.Symbol.iterator]()) == [1]
assert list(array[js.Symbol.iterator]()) == [1, 2]
assert tag in range and js.Symbol.iterator in range and js.Symbol('tag') not in range
range[tag] = 5
assert list(range) == [5]
del range[tag]
assert tag not in range
for wrong in (tag, js.Symbol.asyncIterator):
    try: range[wrong]
    except KeyError: pass
    else: assert False
array[tag] = 'on an array'
assert array[tag] == 'on an array' and len(array) == 2
assert plain['go']() is plain
`);
});
