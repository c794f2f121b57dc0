// JavaScript classes that extend Python's containers, and classes that look at every assignment.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, PythonError, py } from 'caduceus';

const { builtins } = py;
py.exec(`
class Module:
    def __init__(self):
        object.__setattr__(self, '_parts', {})
    def __setattr__(self, name, value):
        if isinstance(value, Module): self._parts[name] = value
        else: object.__setattr__(self, name, value)
    def __getattr__(self, name):
        if name in self._parts: return self._parts[name]
        raise AttributeError(name)
class Meta(type):
    @classmethod
    def __prepare__(meta, name, bases): return Names()
    def __new__(meta, name, bases, names):
        return super().__new__(meta, name, bases, {**names, 'seen': isinstance(names, Names)})
class Names(dict): pass
class Prepared(metaclass=Meta): pass
`);
const { Module, Prepared } = py.main;

test('items of an object that extends dict or UserDict are assigned and read with at', () => {
  for (const base of [builtins.dict, py.import('collections').UserDict]) {
    class Doubled extends base {
      __setitem__(key: string, value: number): void {
        super.__setitem__(key, 2 * value);
      }
    }
    const one = new Doubled();
    one[at('a')] = 3;
    assert.deepEqual(
      [one[at('a')], py`${one}['a']`, py`len(${one})`, Object.keys(one).includes('a')],
      [6, 6, 1, false],
    );
    assert.throws(
      () => one[at('b')],
      (error) => error instanceof PythonError && error.name === 'KeyError',
    );
  }
});

test('items of an object that extends list are assigned by position, and the methods of Array see them', () => {
  class Numbers extends builtins.list {
    get first(): number {
      return this[0];
    }
  }
  const numbers = new (Numbers as any)([3, 1, 2]);
  numbers[0] = 5;
  assert.equal(builtins.repr(numbers), '[5, 1, 2]');
  assert.equal(numbers.first, 5);
  assert.deepEqual(
    numbers.map((value: number) => value + 1),
    [6, 2, 3],
  );
  assert.deepEqual(
    numbers.filter((value: number) => value > 1),
    [5, 2],
  );
  assert.deepEqual(
    [numbers.some((value: number) => value === 2), numbers.reduce((a: number, b: number) => a + b)],
    [true, 8],
  );
  assert.throws(() => {
    numbers[7] = 1;
  }, /IndexError|out of range/);
});

test('a class that looks at assignments gets the Python objects that JavaScript sets', () => {
  class Net extends Module {
    constructor() {
      super();
      this.part = Module();
      this.inner = new Inner();
      this.sizes = [1, 2];
    }
  }
  class Inner extends Module {}
  const net = new Net() as any;
  assert.equal(builtins.repr(builtins.list(py`${net}._parts`)), "['part', 'inner']");
  assert.ok(net.inner instanceof Inner);
  assert.equal(py`${net}.part is ${net.part}`, true);
  net.sizes.push(3); // plain data stays JavaScript's
  assert.equal(String(py`${net}.sizes.length`), '3');
});

test('a metaclass prepares the namespace; an Enum refuses', () => {
  class Mine extends Prepared {}
  assert.equal((new Mine() as any).seen, true);
  class Color extends py.import('enum').IntEnum {
    static RED = 1;
  }
  assert.throws(() => py`list(${Color})`, /Color extends the Enum IntEnum.*write it in Python/);
});
