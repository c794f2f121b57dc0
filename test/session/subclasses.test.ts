// Python classes that extend JavaScript's.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { py } from 'caduceus';

/** Runs Python code with JavaScript's globals and some names; its `answer`. */
function run(code: string, names: Record<string, unknown> = {}): unknown {
  const scope = py.scope({ EventEmitter, ...names });
  scope.exec(`from caduceus import js\nimport caduceus, asyncio\n${code}`);
  return py.as(scope.get('answer'), Array);
}
const made = (code: string, names: Record<string, unknown> = {}) => {
  const scope = py.scope({ EventEmitter, ...names });
  scope.exec(`from caduceus import js\nimport caduceus, asyncio\n${code}`);
  return scope.get('answer') as any;
};

class Shape {
  static kinds = 0;
  #secret = 42;
  readonly size: number;
  constructor(size: number) {
    Shape.kinds++;
    this.size = size;
    this.init();
  }
  init(): void {}
  area(): number {
    return this.size * this.side();
  }
  side(): number {
    return this.size;
  }
  get label(): string {
    return `shape ${this.size}`;
  }
  set label(value: string) {
    (this as { size: number }).size = value.length;
  }
  secret(): number {
    return this.#secret;
  }
  async later(): Promise<number> {
    return (await Promise.resolve(this.side())) + 1;
  }
}

describe('a Python class that extends a JavaScript class', () => {
  test('has objects that are real ones of a JavaScript subclass', () => {
    const Box = made(
      `
class Box(Shape):
    """A box."""
    def __init__(self, size, height=3):
        super().__init__(size)
        self.height = height
    def side(self):
        return super().side() + self.height
answer = Box`,
      { Shape },
    );
    assert.equal(typeof Box, 'function');
    assert.equal(Box.name, 'Box');
    assert.equal(Object.getPrototypeOf(Box), Shape);
    const box: any = new Box(2);
    assert.deepEqual([box instanceof Shape, box instanceof Box], [true, true]);
    assert.deepEqual(
      [box.size, box.area(), box.side(), box.secret(), box.height, box.label],
      [2, 10, 5, 42, 3, 'shape 2'],
    );
    assert.equal(box.constructor, Box);
    assert.equal(Box.kinds, Shape.kinds);
  });

  test('and Python sees them as its own', () => {
    assert.deepEqual(
      run(
        `
class Box(Shape):
    count = 0
    def __init__(self, size):
        super().__init__(size)
        Box.count += 1
box = Box(5)
same = caduceus.ref(box)
answer = [isinstance(box, Box), isinstance(box, Shape), type(box) is Box, issubclass(Box, Shape), Box.count,
          box.size, box.area(), Box.__doc__ is None or True, [k.__name__ for k in Box.__mro__], give(box) is box,
          box == give(box), hash(box) == hash(give(box)), len({box, give(box)}), repr(Box)[:7], box.secret()]`,
        { Shape, give: (x: unknown) => x },
      ),
      [
        true,
        true,
        true,
        true,
        1,
        5,
        25,
        true,
        ['Box', 'Shape', 'JsObject', 'object'],
        true,
        true,
        true,
        1,
        '<class ',
        42,
      ],
    );
  });

  test('is called by its parent’s constructor while that runs', () => {
    assert.deepEqual(
      run(
        `
class Box(Shape):
    def __init__(self, size):
        self.early = 'set before'
        super().__init__(size)
        self.late = self.seen + 1
    def init(self):
        self.seen = self.size * 100
        self.as_it_was = self.early
box = Box(2)
answer = [box.seen, box.late, box.as_it_was, look(box)]`,
        { Shape, look: (box: any) => [box.seen, box.late, box.early] },
      ),
      [200, 201, 'set before', [200, 201, 'set before']],
    );
  });

  test('overrides accessors, static methods, asynchronous ones', async () => {
    const Box = made(
      `
class Box(Shape):
    limit = 7
    @property
    def label(self): return 'box ' + super().label
    @label.setter
    def label(self, value): self.named = value
    @staticmethod
    def create(size): return Box(size)
    @classmethod
    def kind(cls): return cls.__name__
    async def later(self):
        await asyncio.sleep(0)
        return 10 * await super().later()
answer = Box`,
      { Shape },
    );
    const box: any = Box.create(4);
    assert.equal(box instanceof Shape, true);
    assert.equal(box.label, 'box shape 4');
    box.label = 'tall';
    assert.deepEqual([box.named, box.size], ['tall', 4]);
    assert.deepEqual([Box.kind(), Box.limit, box.limit], ['Box', 7, 7]);
    box.limit = 8;
    assert.deepEqual([Box.limit, box.limit], [7, 8]);
  });

  test('an asynchronous override awaits the one above', async () => {
    const box = made(
      `
class Box(Shape):
    async def later(self):
        await asyncio.sleep(0)
        return 10 * await super().later()
answer = Box(4)`,
      { Shape },
    );
    assert.equal(await box.later(), 50);
  });

  test('stays when JavaScript alone has it', async () => {
    const Mine = made('class Mine(Shape): pass\nanswer = Mine', { Shape });
    const Failure = made('class Failure(Problem): pass\nanswer = Failure', {
      Problem: class extends Error {},
    });
    for (let i = 0; i < 3; i++) {
      py.import('gc').collect();
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.ok(new Mine(1) instanceof Shape);
    const fail = () => {
      throw Reflect.construct(Failure, ['x']);
    };
    assert.deepEqual(run('try: fail()\nexcept Exception as e: answer = [type(e).__module__]', { fail }), [
      'caduceus_scope',
    ]);
  });

  test('goes several levels deep, through both languages', () => {
    const Middle = made(
      `
class First(Shape):
    def __init__(self, size, *rest):
        super().__init__(size)
        self.rest = rest
    def side(self): return super().side() + 1
class Middle(First):
    def side(self): return super().side() * 2
    def extra(self): return 'python'
answer = Middle`,
      { Shape },
    );
    class Last extends Middle {
      field = 'js';
      constructor(size: number) {
        super(size, 'a', 'b');
      }
      side() {
        return super.side() + 0.5;
      }
      extra() {
        return `${super.extra()} and js`;
      }
    }
    const last = new Last(3) as any;
    assert.ok(last instanceof Shape && last instanceof Middle && last instanceof Last);
    assert.deepEqual(
      [last.side(), last.area(), last.extra(), last.field, [...last.rest]],
      [8.5, 25.5, 'python and js', 'js', ['a', 'b']],
    );
    assert.deepEqual(
      run(
        `
class Lowest(Last):
    def side(self): return super().side() + 100
    def extra(self): return super().extra() + ' and python'
last, lowest = Last(3), Lowest(3)
answer = [last.side(), last.extra(), [k.__name__ for k in type(lowest).__mro__], lowest.side(), lowest.area(),
          lowest.extra(), lowest.field, list(lowest.rest), isinstance(lowest, Middle), isinstance(last, Last)]`,
        { Last, Middle },
      ),
      [
        8.5,
        'python and js',
        ['Lowest', 'Last', 'Middle', 'First', 'Shape', 'JsObject', 'object'],
        108.5,
        325.5,
        'python and js and python',
        'js',
        ['a', 'b'],
        true,
        true,
      ],
    );
  });

  test('mixes in Python classes; decorators, __init_subclass__ and __set_name__ work', () => {
    assert.deepEqual(
      run(
        `
import functools
seen = []
class Named:
    def __set_name__(self, owner, name): seen.append(name)
    def __get__(self, obj, kind): return 'described'
class Loud:
    def __init__(self, *args): super().__init__(*args); self.loud = True
    def shout(self): return self.name().upper()
class Base(Shape):
    def __init_subclass__(cls, tag='', **rest): super().__init_subclass__(**rest); seen.append((cls.__name__, tag))
def mark(cls): cls.marked = 'yes'; return cls
@mark
class Box(Loud, Base, tag='t'):
    named = Named()
    def name(self): return 'box'
    @functools.cached_property
    def cached(self): return object()
box = Box(2)
Box.added = lambda self: 'added'
answer = [seen, look(box), box.loud, box.cached is box.cached, Box.marked]`,
        {
          Shape,
          look: (box: any) => [box.shout(), box.loud, box.named, box.marked, box.added(), box.name()],
        },
      ),
      [['named', ['Box', 't']], ['BOX', true, 'described', 'yes', 'added', 'box'], true, true, 'yes'],
    );
  });

  test('keeps attributes in Python as they are, and shares them with JavaScript', () => {
    assert.deepEqual(
      run(
        `
class Box(Shape):
    def __init__(self):
        super().__init__(1)
        self.items = []
        self.ratio = 1.0
        self.size = 9
box = Box()
touch(box)
items = box.items
answer = [box.items is items, type(box.ratio).__name__, items, box.size, box.fresh, 'size' in vars(box), sorted(vars(box))]
box.fresh = 6
answer += [look(box)]
del box.ratio
answer += [hasattr(box, 'ratio'), look(box)[1]]`,
        {
          Shape,
          touch: (box: any) => {
            box.items.append(box.ratio + 1);
            box.fresh = 5;
          },
          look: (box: any) => [box.fresh, box.ratio],
        },
      ),
      [true, 'float', [2], 9, 5, false, ['items', 'ratio'], [6, 1], false, null],
    );
  });

  test('an emitter of events with bound methods', () => {
    assert.deepEqual(
      run(`
class Log(EventEmitter):
    def __init__(self):
        super().__init__()
        self.lines = []
        self.on('line', self.note)
    def note(self, text): self.lines.append(text)
    def emit(self, name, *args):
        self.lines.append('emits ' + name)
        return super().emit(name, *args)
log = Log()
log.emit('line', 'a')
log.off('line', log.note)
log.emit('line', 'b')
answer = [log.lines, log.listenerCount('line'), isinstance(log, EventEmitter)]`),
      [['emits line', 'a', 'emits line'], 0, true],
    );
  });

  test('of a collection is one', () => {
    assert.deepEqual(
      run(`
import collections.abc as abc
class Table(js.Map):
    def get(self, key, default=None):
        value = super().get(key)
        return default if value is None else value
class Stack(js.Array):
    def last(self): return self[-1]
class Bytes(js.Uint8Array): pass
table, stack, data = Table([['a', 1]]), Stack(1, 2, 3), Bytes(2)
table['b'] = 2
stack.push(4)
data[1] = 7
answer = [isinstance(table, abc.MutableMapping), table.get('c', 9), dict(table.items()), len(table), stack.last(), list(stack),
          isinstance(stack, abc.MutableSequence), list(stack[1:3]), bytes(memoryview(data)) == bytes([0, 7]), isinstance(table, js.Map)]`),
      [true, 9, { a: 1, b: 2 }, 2, 4, [1, 2, 3, 4], true, [2, 3], true, true],
    );
  });

  test('what goes wrong says so', () => {
    const fails = (code: string, names: Record<string, unknown> = {}) => {
      try {
        run(code, names);
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
      return 'nothing';
    };
    assert.match(
      fails('class Both(js.Map, js.Set): pass'),
      /^TypeError: class Both extends the JavaScript classes Map and Set/,
    );
    assert.match(
      fails('class Box(Shape):\n    def __init__(self): self.area(); super().__init__(1)\nBox()', { Shape }),
      /^TypeError: this object has its JavaScript side already/,
    );
    class Picky {
      constructor() {
        throw new RangeError('no');
      }
    }
    assert.match(fails('class Box(Picky): pass\nBox()', { Picky }), /^RangeError: no/);
    assert.match(fails('class Box(Shape): pass\nBox(1).nothing', { Shape }), /^AttributeError/);
  });

  test('errors are exceptions and JavaScript errors', () => {
    const scope = py.scope();
    scope.exec(`
from caduceus import js, JsError
class Refused(js.RangeError):
    def __init__(self, what, code=7):
        super().__init__(what + '!')
        self.code = code
def fail(): raise Refused('no')
def attempt(f):
    try: f()
    except Refused as error: return [error.code, error.message, str(error), isinstance(error, js.Error), type(error) is Refused]
`);
    let thrown: any;
    assert.throws(scope.eval('fail') as () => void, (error) => {
      thrown = error;
      return error instanceof RangeError && error.message === 'no!' && error.constructor.name === 'Refused';
    });
    const attempt = scope.eval('attempt') as (f: () => void) => unknown;
    const answer = attempt(() => {
      throw thrown;
    });
    assert.deepEqual(py.as(answer, Array), [7, 'no!', 'RangeError: no!', true, true]);
  });
});
