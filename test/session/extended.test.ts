// JavaScript classes that extend Python's.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { kw, py } from 'caduceus';
import { collectUntil } from '../support/held.ts';
import { count } from '../support/parallelize.ts';

py.exec(`
import abc, weakref
class Base(abc.ABC):
    kinds = 0
    def __init__(self, size, *, unit='cm'):
        Base.kinds += 1
        self.size = size
        self.unit = unit
        self.ready = self.prepare()
    def prepare(self): return 'base'
    @abc.abstractmethod
    def side(self): ...
    def area(self): return self.side() * self.side()
    @property
    def label(self): return f'{self.size} {self.unit}'
    def both(self, a, b=2, *rest, **named): return ['base', a, b, rest, named]
    @classmethod
    def kind(cls): return cls.__name__
    @staticmethod
    def add(a, b): return a + b
`);
const { Base } = py.main;
const isInstance = py.builtins.isinstance;

class Square extends Base {
  static made = 0;
  layers: number[] = [];
  #hidden = 5;
  constructor(size = 3, unit = 'mm') {
    super(size, kw({ unit }));
    Square.made++;
    this.extra = { deep: true };
  }
  side() {
    return this.size + this.#hidden;
  }
  get hidden() {
    return this.#hidden;
  }
  set hidden(value: number) {
    this.#hidden = value;
  }
  both(a: number, b = 7) {
    return ['square', ...super.both(a, b)];
  }
  static create(size: number) {
    return new Square(size);
  }
  __len__() {
    return this.layers.length;
  }
  __getitem__(index: number) {
    return this.layers[index];
  }
  async later(n: number) {
    await null;
    return n + this.size;
  }
}

describe('a JavaScript class that extends a Python class', () => {
  test('has objects of both', () => {
    const square = new Square(2) as any;
    assert.deepEqual(
      [square instanceof Square, square instanceof Base, square instanceof Object],
      [true, true, true],
    );
    assert.deepEqual(
      [square.size, square.unit, square.label, square.side(), square.area()],
      [2, 'mm', '2 mm', 7, 49],
    );
    assert.deepEqual([square.layers, square.extra, square.hidden], [[], { deep: true }, 5]);
    assert.equal(isInstance(square, Base), true);
    assert.equal(isInstance(square, Square), true);
    assert.equal(py.builtins.type(square), Square);
    assert.equal(py.eval('lambda x: x')(square), square);
    assert.equal(py.eval('lambda C: C.__mro__[1].__name__')(Square), 'Base');
    assert.equal(Square.kind(), 'Square');
    assert.equal(Square.add(1, 2), 3);
  });

  test('and Python makes, calls and reads them', () => {
    const scope = py.scope({ Square });
    scope.exec(`
import inspect
s = Square(4, unit='km')
class Big(Square):
    def side(self): return super().side() + 100
b = Big()
found = [s.size, s.unit, s.side(), s.area(), len(s), s.hidden, s.extra['deep'], list(s.layers), type(s).__name__,
         str(inspect.signature(Square)), str(inspect.signature(Square.both)), b.size, b.side(), b.area(),
         isinstance(b, Square), Square.create(9).size, Square.made > 0, s.ready]
s.hidden = 50
s.layers = [1, 2]
s.other = 3
found += [s.side(), len(s), s[1], s.other, 'layers' in vars(s), 'other' in vars(s), bool(Square.kinds)]
`);
    assert.deepEqual(py.as(scope.get('found'), Array), [
      4,
      'km',
      9,
      81,
      0,
      5,
      true,
      [],
      'Square',
      '(size=3, unit="mm")'.replaceAll('"', "'"),
      '(self, a, b=7)',
      3,
      108,
      108 ** 2,
      true,
      9,
      true,
      'base',
      54,
      2,
      2,
      3,
      false,
      true,
      true,
    ]);
    const square = scope.get('s') as any;
    assert.deepEqual(
      [square.other, square.layers, square instanceof Square, square.hidden],
      [3, [1, 2], true, 50],
    );
    const big = scope.get('b') as any;
    assert.deepEqual([big.side(), big.area(), big instanceof Square], [108, 108 ** 2, true]);
  });

  test('its methods take more than they name, as JavaScript’s do, and inspect sees what they name', () => {
    class Tags extends py.import('html.parser').HTMLParser {
      tags: string[] = [];
      handle_starttag(tag: string) {
        this.tags.push(tag);
      }
      handle_endtag() {
        // biome-ignore lint/complexity/noArguments: what JavaScript has for the purpose
        this.tags.push(`${arguments.length} arguments`);
      }
      __enter__() {
        return this;
      }
      __exit__() {}
      static three(a: unknown, b = 2, ..._c: unknown[]) {
        return [a, b];
      }
      static none() {
        return 0;
      }
    }
    const tags = new (Tags as any)() as any;
    tags.feed('<a href="x">b</a>');
    assert.deepEqual(tags.tags, ['a', '1 arguments']);
    const scope = py.scope({ tags, Tags });
    scope.exec(`
import inspect
with tags as entered: pass
def fails(f):
    try: f()
    except TypeError as error: return str(error)
shown = [str(inspect.signature(f)) for f in (tags.handle_starttag, Tags.handle_starttag, Tags.handle_endtag, Tags.three, Tags.none)]
found = [entered is tags, Tags.none(1, 2), tags.handle_starttag.__name__, Tags.handle_starttag.__qualname__,
         fails(lambda: tags.handle_starttag()), fails(lambda: tags.handle_starttag('a', attrs=1)), fails(lambda: Tags.none(a=1))]
`);
    assert.deepEqual([...scope.get('shown')], ['(tag)', '(self, tag)', '(self)', '(a, b=2, *_c)', '()']);
    assert.deepEqual(py.as(scope.get('found'), Array), [
      true,
      0,
      'handle_starttag',
      'Tags.handle_starttag',
      "Tags.handle_starttag() missing 1 required positional argument: 'tag'",
      "Tags.handle_starttag() got an unexpected keyword argument 'attrs'",
      "Tags.none() got an unexpected keyword argument 'a'",
    ]);
  });

  test('super reaches Python, and Python reaches what is overridden', async () => {
    const square = new Square(1) as any;
    const told = square.both(5, 6);
    assert.equal(told[0], 'square');
    assert.deepEqual([told[1], told[2], told[3]], ['base', 5, 6]);
    assert.equal(await square.later(4), 5);
    py.exec('async def later(s): return 10 * await s.later(1)');
    assert.equal(await py.main.later(square), 20);
  });

  test('goes several levels deep', () => {
    class Cube extends Square {
      constructor() {
        super(10);
        this.depth = 2;
      }
      override side() {
        return super.side() + 0.5;
      }
      prepare() {
        return `cube over ${super.prepare()}`;
      }
    }
    const cube = new Cube() as any;
    assert.deepEqual(
      [cube.side(), cube.area(), cube.ready, cube.depth],
      [15.5, 15.5 ** 2, 'cube over base', 2],
    );
    assert.equal(cube instanceof Square, true);
    const scope = py.scope({ Cube, cube });
    scope.exec(
      'found = [[k.__name__ for k in Cube.__mro__][:3], cube.depth, Cube().side(), isinstance(cube, Cube)]',
    );
    assert.deepEqual(py.as(scope.get('found'), Array), [['Cube', 'Square', 'Base'], 2, 15.5, true]);
  });

  test('assigns in Python what Python has, and in JavaScript what is new', () => {
    const square = new Square(1) as any;
    square.size = 20;
    square.fresh = [1];
    assert.equal(
      py.eval(
        'lambda s: (s.size, s.fresh[0], "size" in vars(s), "fresh" in vars(s)) == (20, 1, True, False)',
      )(square),
      true,
    );
    assert.deepEqual(square.fresh, [1]);
    assert.equal(square.nothing, undefined);
  });

  test('extends what is abstract, and refuses what is not whole', () => {
    class Half extends (Base as any) {}
    assert.throws(
      () => new (Half as any)(1),
      (error: Error) => error.name === 'TypeError' && /abstract/.test(error.message),
    );
  });

  test('is copied and pickled as what it is, also where Python extends it', () => {
    const scope = py.scope({ Square });
    scope.exec(`
import copy, pickle, sys
class Big(Square):
    def side(self): return 1000
    def named(self): return 'named'
Big.__module__, Big.__qualname__ = '__main__', 'BigSquare'
sys.modules['__main__'].BigSquare = Big
big, plain = Big(4), Square(4)
copies = [copy.copy(big), copy.deepcopy(big), pickle.loads(pickle.dumps(big))]
`);
    for (const made of scope.get('copies') as Iterable<any>) {
      assert.deepEqual(
        [made.side(), made.area(), made.named(), made.size, made.extra, made instanceof Square],
        [1000, 1_000_000, 'named', 4, { deep: true }, true],
      );
      assert.equal(made.constructor, scope.get('Big'));
    }
    const copied = scope.eval('copy.copy(plain)') as any;
    assert.deepEqual([copied.size, copied.named, copied.constructor], [4, undefined, Square]);
  });

  test('is copied and pickled with what its Python class has', () => {
    class Counting extends (py.builtins.dict as any) {
      note = { text: 'dict' };
    }
    class Stack extends (py.builtins.list as any) {
      note = { text: 'list' };
    }
    class Metres extends (py.builtins.float as any) {
      note = { text: 'float' };
    }
    class Refused extends (py.builtins.ValueError as any) {
      note = { text: 'error' };
    }
    const scope = py.scope({ Counting, Stack, Metres, Refused });
    scope.exec(`
import copy, pickle
made = [Counting(a=1), Stack([1, 2]), Metres(2.5), Refused('no', 7)]
made[1].append(made[1])
made[1].shared = ['x']
ways = [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one)), lambda one: pickle.loads(pickle.dumps(one, 0))]
found = []
for way in ways:
    counting, stack, metres, refused = copies = [way(one) for one in made]
    found.append([counting == {'a': 1}, stack[:2] == [1, 2], metres == 2.5, refused.args == ('no', 7), stack.shared == ['x'],
                  [type(a) is type(b) and a is not b and a.note.text == b.note.text for a, b in zip(copies, made)],
                  stack[2] is (made[1] if way is copy.copy else stack), (stack.shared is made[1].shared) == (way is copy.copy),
                  bool(stack.note is made[1].note) == (way is copy.copy)])
`);
    const all = [true, true, true, true, true, [true, true, true, true], true, true, true];
    assert.deepEqual(py.as(scope.get('found'), Array), [all, all, all, all]);
  });

  test('extends dict, list, Exception and Thread', () => {
    class Counting extends (py.builtins.dict as any) {
      misses = 0;
      __missing__(key: string) {
        this.misses++;
        return `no ${key}`;
      }
    }
    const counting = new (Counting as any)(kw({ a: 1 })) as any;
    assert.equal(py.eval('lambda d: [d["a"], d["b"], len(d)] == [1, "no b", 1]')(counting), true);
    assert.equal(counting.misses, 1);
    class Metres extends (py.builtins.float as any) {
      feet() {
        return Number(this) * 3.25;
      }
    }
    assert.equal(py.eval('lambda m: (m + 1, m.feet()) == (5, 13)')(new (Metres as any)(4)), true);
    assert.equal(py.eval('lambda M: M(2).feet()')(Metres), 6.5);
    class Worker extends py.import('threading').Thread {
      result = 0;
      run() {
        this.result = 42;
      }
    }
    const worker = new Worker() as any;
    worker.start();
    worker.join();
    assert.equal(worker.result, 42);
  });
});

describe('its two sides', () => {
  test('live exactly as long as either is used', async () => {
    const scope = py.scope();
    scope.exec(`
import weakref
ended = []
class Thing:
    def __init__(self, name): self.name = name; alive[name] = weakref.ref(self)
    def __del__(self): ended.append(self.name)
alive = {}
kept = []
def living(): return sorted(name for name, ref in alive.items() if ref() is not None)
`);
    const Thing = scope.get('Thing');
    class Mine extends (Thing as any) {
      field = [1];
    }
    let held: any = new (Mine as any)('javascript');
    (scope.get('kept') as any).append(new (Mine as any)('python'));
    new (Mine as any)('nobody');
    const living = () => py.as((scope.get('living') as any)(), Array).join();
    await collectUntil(() => living() === 'javascript,python');
    assert.deepEqual(held.field, [1]);
    assert.equal(scope.eval('kept[0].field[0]'), 1);
    assert.equal((scope.eval('kept[0]') as object) instanceof Mine, true);
    held = undefined;
    scope.exec('kept.clear()');
    await collectUntil(() => living() === '');
    assert.deepEqual([...py.as(scope.get('ended'), Array)].sort(), ['javascript', 'nobody', 'python']);
  });

  test('many of them leave nothing', async () => {
    const Thing = py.def`
class Thing:
    alive = 0
    def __init__(self): Thing.alive += 1; self.data = bytearray(1000)
    def __del__(self): Thing.alive -= 1
`;
    class Mine extends Thing {
      data2 = new Uint8Array(1000);
    }
    const n = count(500, 10_000);
    for (let i = 0; i < n; i++) new Mine();
    await collectUntil(() => Thing.alive === 0);
  });
});
