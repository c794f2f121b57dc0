// Python classes that extend a JavaScript class and others of Python's.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { py } from 'caduceus';

/** Runs Python code with some names; its `answer`. */
function run(code: string, names: Record<string, unknown> = {}): unknown {
  const scope = py.scope({ EventEmitter, ...names });
  scope.exec(code);
  return py.as(scope.get('answer'), Array);
}

class Shape {
  readonly size: number;
  constructor(size: number) {
    this.size = size;
  }
  area(): number {
    return this.size * this.side();
  }
  side(): number {
    return this.size;
  }
}

describe('a Python class that extends a JavaScript class and others', () => {
  test('has what comes first in its order, for JavaScript too', () => {
    assert.deepEqual(
      run(
        `
class Mixin:
    def side(self): return 100
    def extra(self): return self.side() + 1
class After(Shape, Mixin): pass
class Before(Mixin, Shape): pass
class Again(Before, Mixin): pass
answer = [[box.side(), box.area(), box.extra(), look(box)] for box in (After(4), Before(4), Again(4))]`,
        { Shape, look: (box: any) => [box.side(), box.area(), box.extra()] },
      ),
      [
        [4, 16, 5, [4, 16, 5]],
        [100, 400, 101, [100, 400, 101]],
        [100, 400, 101, [100, 400, 101]],
      ],
    );
  });

  test('mixes in abstract base classes', () => {
    assert.deepEqual(
      run(
        `
import abc, typing
class Sided(abc.ABC):
    @abc.abstractmethod
    def side(self): ...
    @abc.abstractmethod
    def name(self): ...
    @property
    @abc.abstractmethod
    def colour(self): ...
    def told(self): return f'{self.name()} {self.side()} {self.colour}'
class Half(Shape, Sided):
    def name(self): return 'half'
class Whole(Half):
    colour = 'red'
class Plain(Shape):
    pass
def attempt(f):
    try: return f()
    except TypeError as error: return ('Half' in str(error), 'abstract' in str(error), 'colour' in str(error), 'side' in str(error))
whole = Whole(4)
Sided.register(Plain)
Whole.register(int)
answer = [attempt(lambda: Half(4)), attempt(lambda: construct(Half)), whole.told(), told(whole), whole.area(),
          isinstance(whole, Sided), issubclass(Whole, Sided), isinstance(whole, Shape), issubclass(Half, Shape), issubclass(Plain, Half),
          isinstance(Plain(1), Sided), isinstance(3, Whole), isinstance('', Whole), isinstance(Shape(1), Sided), isinstance(Plain(1), Whole),
          sorted(Half.__abstractmethods__), names(whole)]`,
        {
          Shape,
          construct: (Half: any) => new Half(4),
          told: (whole: any) => whole.told(),
          names: (whole: any) => '_abc_impl' in whole,
        },
      ),
      [
        [true, true, true, false],
        [true, true, true, false],
        'half 4 red',
        'half 4 red',
        16,
        true,
        true,
        true,
        true,
        false,
        true,
        true,
        false,
        false,
        false,
        ['colour'],
        false,
      ],
    );
  });

  test('mixes in collections.abc, Generic, and dataclasses’ and contexts’ bases', () => {
    assert.deepEqual(
      run(
        `
import collections.abc, contextlib, dataclasses, typing
T = typing.TypeVar('T')
class Table(collections.abc.Mapping, EventEmitter):
    def __init__(self, data):
        super().__init__()
        self.data = data
    def __getitem__(self, key): return self.data[key]
    def __iter__(self): return iter(self.data)
    def __len__(self): return len(self.data)
class Missing(collections.abc.Mapping, EventEmitter):
    def __getitem__(self, key): return 1
class Held(EventEmitter, contextlib.AbstractContextManager, typing.Generic[T]):
    def __exit__(self, *error): self.emit('exit')
class Listed(collections.abc.MutableSequence, Shape):
    def __init__(self): super().__init__(1); self.items = []
    def __getitem__(self, index): return self.items[index]
    def __setitem__(self, index, value): self.items[index] = value
    def __delitem__(self, index): del self.items[index]
    def __len__(self): return len(self.items)
    def insert(self, index, value): self.items.insert(index, value)
@dataclasses.dataclass(eq=False)
class Data(Table):
    size: int = 3
    def __post_init__(self): super().__init__({'a': self.size})
table = Table({'a': 1, 'b': 2})
heard = []
table.once('x', heard.append)
table.emit('x', 5)
listed = Listed()
listed.append(1)
listed.extend([2, 3])
listed.remove(2)
with Held() as held: held.on('exit', lambda: heard.append('exit'))
match table:
    case {'a': found}: pass
def fails():
    try: Missing()
    except TypeError as error: return '__iter__' in str(error) and '__len__' in str(error)
answer = [list(table.keys()), [list(item) for item in table.items()], table.get('c', 9), 'a' in table, 'c' in table, table == {'a': 1, 'b': 2}, len(table), found,
          isinstance(table, collections.abc.Mapping), isinstance(table, EventEmitter), heard, list(listed), listed.area(), listed.index(3),
          isinstance(held, contextlib.AbstractContextManager), Held[int].__origin__ is Held, fails(), dict(Data(7)), Data.__name__]`,
        { Shape },
      ),
      [
        ['a', 'b'],
        [
          ['a', 1],
          ['b', 2],
        ],
        9,
        true,
        false,
        true,
        2,
        1,
        true,
        true,
        [5, 'exit'],
        [1, 3],
        1,
        1,
        true,
        true,
        true,
        { a: 7 },
        'Data',
      ],
    );
  });

  test('has its static members also where Python’s abstract classes have some of that name', () => {
    class Registry {
      size = 1;
      static register(what: string) {
        return `registered ${what}`;
      }
    }
    assert.deepEqual(
      run(
        `
class Mine(Registry): pass
class Other(Registry):
    @classmethod
    def register(cls, what): return 'other ' + super().register(what)
class Plain(EventEmitter): pass
answer = [Mine.register('a'), Registry.register('b'), Plain.register(int) is int, issubclass(int, Plain), issubclass(int, Mine)]`,
        { Registry },
      ),
      ['registered a', 'registered b', true, true, false],
    );
  });
});
