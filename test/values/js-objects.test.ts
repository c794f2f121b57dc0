import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';

class Point {
  x = 1;
  #y = 2;
  get y(): number {
    return this.#y;
  }
  set y(value: number) {
    this.#y = value;
  }
  get broken(): never {
    throw new RangeError('broken getter');
  }
  norm(scale = 1): number {
    return scale * Math.hypot(this.x, this.y);
  }
}

/** Evaluates a lambda of one JavaScript object. */
const on = (object: unknown, code: string): unknown => py.eval(`lambda o: ${code}`)(py.ref(object));

test('attributes are properties: read, assigned, deleted, asked for', () => {
  const point = new Point();
  assert.equal(on(point, 'o.x + o.y'), 3);
  on(point, 'setattr(o, "y", 5)');
  assert.equal(point.y, 5);
  on(point, 'setattr(o, "z", [1])');
  assert.deepEqual((point as unknown as { z: unknown }).z, [1]);
  on(point, 'delattr(o, "z")');
  assert.equal('z' in point, false);
  assert.equal(on(point, 'hasattr(o, "x") and not hasattr(o, "nothing")'), true);
  assert.equal(on(point, 'getattr(o, "nothing", 7)'), 7);
});

test('each of very many names is its own attribute, met often or once, with other names met meanwhile', () => {
  const names = Array.from({ length: 3000 }, (_, i) => `name${i}`);
  const values = Object.fromEntries(names.map((name, i) => [name, i]));
  const readAll = py.def`
    def read_all(o, names):
        return all(getattr(o, name) == i for _ in range(3) for i, name in enumerate(names) for _ in range(3))
  `;
  assert.equal(readAll(py.ref(values), names), true);
  // A getter during which every place may go to another name.
  const outer = {
    get inner() {
      return readAll(py.ref(values), names);
    },
    set other(value: unknown) {
      this.seen = readAll(py.ref(values), names) && value;
    },
    seen: undefined as unknown,
  };
  assert.equal(on(outer, 'all(o.inner for _ in range(4))'), true);
  assert.equal(on(outer, '[setattr(o, "other", i) for i in range(4)] and o.seen'), 3);
  assert.equal(on({ a_: 1, b: 2 }, '[(o.a_, o.b_) for _ in range(4)] == [(1, 2)] * 4'), true);
});

test('a method that is read again is called with its own object', () => {
  class Named {
    name: string;
    constructor(name: string) {
      this.name = name;
    }
    tell() {
      return this.name;
    }
  }
  const [one, two] = [new Named('one'), new Named('two')];
  const tell = py.eval('lambda a, b: [f() for _ in range(3) for f in (a.tell, b.tell)]');
  assert.deepEqual(tell(one, two).as(Array), ['one', 'two', 'one', 'two', 'one', 'two']);
  assert.equal(py.eval('lambda a, b: a.tell == b.tell and a.tell is not b.tell')(one, two), true);
});

test('a property whose value is undefined is there and is None', () => {
  assert.equal(on({ a: undefined }, 'hasattr(o, "a") and o.a is None'), true);
});

test('a missing attribute is an AttributeError that names it', () => {
  assert.throws(() => on(new Point(), 'o.nothing'), { name: 'AttributeError', message: /nothing/ });
});

test('what a getter throws comes home, and hasattr does not hide it', () => {
  assert.throws(() => on(new Point(), 'o.broken'), RangeError);
  assert.throws(() => on(new Point(), 'hasattr(o, "broken")'), RangeError);
});

test('a getter that uses Python itself answers with its own value', () => {
  const object = {
    get size(): number {
      void py.builtins.nothing_of_this_name;
      return py.builtins.len([1, 2]);
    },
    get none(): undefined {
      void py.builtins.nothing_of_this_name;
      return undefined;
    },
  };
  assert.equal(on(object, 'o.size'), 2);
  assert.equal(on(object, 'o.none is None'), true);
});

test('a trailing underscore names a property that is a keyword in Python', () => {
  assert.deepEqual(py.eval('lambda A: list(A.from_("ab"))')(Array).as(Array), ['a', 'b']);
  assert.equal(on({ class: 1, own_: 2 }, 'o.class_ + o.own_'), 3);
  const object = { in: 1 };
  on(object, 'setattr(o, "in_", 2)');
  assert.deepEqual(object, { in: 2 });
});

test('a frozen object refuses assignment', () => {
  assert.throws(() => on(Object.freeze({ a: 1 }), 'setattr(o, "a", 2)'), {
    name: 'TypeError',
    message: /cannot be assigned/,
  });
  assert.throws(() => on(Object.freeze({ a: 1 }), 'o.__delitem__("a")'), { name: 'TypeError' });
});

test('items of a plain object are its own properties', () => {
  const object = { a: 1, b: 2 };
  assert.equal(on(object, 'o["a"] + len(o)'), 3);
  assert.equal(on(object, '"a" in o and "toString" not in o'), true);
  assert.deepEqual((on(object, 'list(o)') as { as: (t: unknown) => unknown }).as(Array), ['a', 'b']);
  on(object, 'o.__setitem__("c", (1, 2))');
  assert.deepEqual(object, { a: 1, b: 2, c: [1, 2] });
  on(object, 'o.__delitem__("a")');
  assert.deepEqual(Object.keys(object), ['b', 'c']);
  assert.throws(() => on(object, 'o["nothing"]'), { name: 'KeyError', message: "'nothing'" });
  assert.throws(() => on(object, 'o[None]'), { name: 'KeyError', message: 'None' });
});

test('arrays have Python indices, len, in, iteration', () => {
  const array = [1, 'b', null];
  assert.equal(on(array, 'o[0] == 1 and o[-1] is None and len(o) == 3 and "b" in o and "c" not in o'), true);
  assert.equal(on(array, '[x for x in o] == [1, "b", None]'), true);
  on(array, 'o.__setitem__(-1, 5)');
  on(array, 'o.__delitem__(0)');
  assert.deepEqual(array, ['b', 5]);
  assert.throws(() => on(array, 'o[2]'), { name: 'IndexError' });
  assert.throws(() => on(array, 'o[-3]'), { name: 'IndexError' });
  assert.throws(() => on(array, 'o.__setitem__(9, 1)'), { name: 'IndexError' });
  assert.throws(() => on(array, 'o.__delitem__(9)'), { name: 'IndexError' });
  for (const index of ['"a"', '1.5', 'None']) {
    assert.throws(() => on(array, `o[${index}]`), {
      name: 'TypeError',
      message: /is an int or a slice, not /,
    });
  }
});

test('Maps and Sets have len, in, items and iteration', () => {
  const map = new Map<unknown, unknown>([['a', 1]]);
  assert.equal(on(map, 'o["a"] + len(o)'), 2);
  assert.equal(on(map, '"a" in o and list(o) == ["a"]'), true);
  on(map, 'o.__setitem__(2, "two")');
  assert.equal(map.get(2), 'two');
  on(map, 'o.__delitem__("a")');
  assert.equal(map.size, 1);
  assert.throws(() => on(map, 'o["a"]'), { name: 'KeyError' });
  assert.throws(() => on(map, 'o.__delitem__("a")'), { name: 'KeyError', message: "'a'" });
  assert.throws(() => on(map, 'o[1, 2]'), { name: 'KeyError', message: '(1, 2)' });
  assert.equal(on(new Set([1, 2]), '1 in o and len(o) == 2 and sorted(o) == [1, 2]'), true);
});

test('iterators and generators of JavaScript are iterators in Python', () => {
  function* count(): Generator<number> {
    yield 1;
    yield 2;
  }
  assert.equal(on(count(), 'next(o) + next(o)'), 3);
  assert.equal(on(count(), 'list(o) == [1, 2]'), true);
  assert.equal(on(new Map([['k', 1]]), 'next(iter(o.entries()))[0]'), 'k');
  assert.equal(on([].values(), 'next(o, "end")'), 'end');
  const counter = count();
  assert.equal(py.eval('lambda x: x')(counter), counter);
});

test('an iterable of one’s own is iterated, and what it throws comes home', () => {
  class Numbers {
    *[Symbol.iterator](): Generator<number> {
      yield 1;
      throw new RangeError('no more');
    }
  }
  assert.throws(() => on(new Numbers(), 'list(o)'), RangeError);
  class Delegating {
    [Symbol.iterator](): unknown {
      return py.builtins.iter([1, 2]);
    }
  }
  assert.equal(on(new Delegating(), 'list(o) == [1, 2]'), true);
  class Wrong {
    [Symbol.iterator](): unknown {
      return 5;
    }
  }
  assert.throws(() => on(new Wrong(), 'list(o)'), { name: 'TypeError', message: /not an object/ });
});

test('a length that is none is an error, not a crash', () => {
  class Odd extends Map {
    length: unknown;
    override get size(): number {
      return this.length as number;
    }
  }
  for (const length of [-5, 2 ** 60, 1.5, 'text', {}]) {
    assert.throws(() => on(Object.assign(new Odd(), { length }), 'len(o)'), `${length}`);
  }
  assert.throws(() => on(() => 1, 'len(o)'), { name: 'TypeError', message: /no len/ });
});

test('repr and str show what JavaScript shows, bounded', () => {
  assert.equal(on({ a: [1, 'x'] }, 'repr(o)'), "{ a: [ 1, 'x' ] }");
  assert.equal(on(new Map([[1, 2]]), 'str(o)'), 'Map(1) { 1 => 2 }');
  assert.ok((on(new Array(1e6).fill(0), 'repr(o)') as string).length < 2000);
});

test('dir names the members, inherited ones included', () => {
  const names = (on(new Point(), 'dir(o)') as { as: (t: unknown) => string[] }).as(Array);
  for (const name of ['x', 'y', 'norm']) assert.ok(names.includes(name), name);
  assert.ok(!names.includes('hasOwnProperty'));
});

test('empty collections are false, everything else is true', () => {
  for (const empty of [[], new Map(), new Set(), new Uint8Array(0)])
    assert.equal(on(empty, 'bool(o)'), false);
  for (const full of [[0], new Map([[1, 1]]), {}, new Point(), () => 0, Symbol('s'), new Date(0)]) {
    assert.equal(on(full, 'bool(o)'), true);
  }
});

test('a symbol has its properties and methods', () => {
  assert.equal(on(Symbol('s'), 'o.description + o.toString()'), 'sSymbol(s)');
  assert.equal(on(Symbol('s'), 'repr(o)'), 'Symbol(s)');
  assert.equal(on(Symbol('s'), 'hasattr(o, "nothing")'), false);
});

test('equality and hash are those of identity', () => {
  const point = new Point();
  const compare = py.eval('lambda a, b: (a == b, a != b, hash(a) == hash(b))');
  assert.deepEqual(compare(point, point).as(Array), [true, false, true]);
  assert.deepEqual(compare(point, new Point()).as(Array).slice(0, 2), [false, true]);
  assert.equal(py.eval('lambda a: a == 1 or a == None')(point), false);
  assert.equal(py.eval('lambda a, b: {a: 1}[b]')(point, point), 1);
});

test('what JavaScript objects are not says so: copying, pickling, ordering, making one', () => {
  for (const code of [
    'copy.copy(o)',
    'copy.deepcopy(o)',
    'pickle.dumps(o)',
    'o < o',
    'o + 1',
    'float(o)',
    'o()',
    'type(o)()',
  ]) {
    assert.throws(
      () => on(new Point(), code.replace(/(copy|pickle)\./, '__import__("$1").')),
      { name: 'TypeError' },
      code,
    );
  }
});

test('a JavaScript function is no iterable to Python', () => {
  const facts = py.def`
    def facts(function):
        from collections.abc import Callable, Iterable
        kinds = [isinstance(function, kind) for kind in (Callable, Iterable)]
        return [*kinds, getattr(function, '__iter__', None) is None]
  `;
  assert.deepEqual(facts(() => 1).as(Array), [true, false, true]);
  assert.deepEqual(facts(class {}).as(Array), [true, false, false]); // its instances may be some
  assert.throws(() => py`list(${() => 1})`, { name: 'TypeError', message: /not iterable/ });
});
