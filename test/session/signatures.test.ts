// JavaScript functions and classes that are declared for Python: py.signature.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BridgeError, py } from 'caduceus';

py.exec(`
import inspect
def shown(f): return str(inspect.signature(f))
class Unit: pass
`);
const { shown } = py.main;
const inspect = py.import('inspect');
const list = (value: unknown): unknown[] => py.as(value, Array);

describe('a declared function', () => {
  const train = py.signature('data, alpha: float = 1.0, *, fit=True, name=None')(function train(
    ...given: unknown[]
  ) {
    return given.map((one) => (Array.isArray(one) ? [...one] : one));
  });

  test('is what it was, and inspect shows the declaration', () => {
    assert.deepEqual(train(1, 2), [1, 2]);
    assert.equal(shown(train), '(data, alpha: float = 1.0, *, fit=True, name=None)');
    const scope = py.scope({ train, inspect });
    scope.exec(`
import typing
facts = [train.__name__, train.__defaults__, train.__kwdefaults__, typing.get_type_hints(train), inspect.signature(train).bind(1, fit=0).args]
`);
    assert.equal(
      String(scope.get('facts')),
      "['train', (1.0,), {'fit': True, 'name': None}, {'alpha': <class 'float'>}, (1,)]",
    );
  });

  test('binds what it is called with: positional parameters, then the others one by one', () => {
    const scope = py.scope({ train });
    const called = (call: string) => list(scope.eval(call));
    assert.deepEqual(called('train(5)'), [5, 1, true, null]);
    assert.deepEqual(called('train(5, 2)'), [5, 2, true, null]);
    assert.deepEqual(called('train(alpha=3, data=4)'), [4, 3, true, null]);
    assert.deepEqual(called("train(1, name='n', fit=False)"), [1, 1, false, 'n']);
    assert.deepEqual(called('train(*[1], **{"alpha": 9})'), [1, 9, true, null]);
  });

  test('refuses what does not fit, in words of Python', () => {
    const scope = py.scope({ train });
    const refused = (call: string) => {
      try {
        scope.eval(call);
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing was refused';
    };
    assert.match(refused('train()'), /^train\(\) missing 1 required positional argument: 'data'$/);
    assert.match(
      refused('train(1, 2, 3)'),
      /^train\(\) takes from 1 to 2 positional arguments but 3 were given$/,
    );
    assert.match(refused('train(1, beta=2)'), /^train\(\) got an unexpected keyword argument 'beta'/);
    assert.match(refused('train(1, data=2)'), /^train\(\) got multiple values for argument 'data'$/);
  });

  test('takes the others as one object where it takes an object apart, or has *args or **options', () => {
    const scope = py.scope({
      apart: py.signature('a, /, b=2, *, c=3')((a: number, b: number, { c }: { c: number }) => [a, b, c]),
      rest: py.signature('a, *rest, c=3')((a: number, ...rest: unknown[]) => [a, ...rest]),
      open: py.signature('*, c=3, **options')((options: object) => options),
      early: py.signature('a, *, c=3')(({ a }: { a: number }, c: number) => [a, c]),
    });
    assert.deepEqual(list(scope.eval('apart(1, c=9)')), [1, 2, 9]);
    assert.deepEqual(list(scope.eval('apart(1, 4)')), [1, 4, 3]);
    assert.equal(String(scope.eval('rest(1, 5, 6)')), "[1, 5, 6, {'c': 3}]");
    assert.equal(String(scope.eval('open(d=4)')), "{'c': 3, 'd': 4}");
    assert.deepEqual(list(scope.eval('early({"a": 1})')), [1, 3]);
  });

  test('has defaults and annotations of __main__, and leaves undefined to JavaScript', () => {
    const own = py.signature('unit: Unit = Unit, size=undefined')((unit: unknown, size = 7) => [unit, size]);
    assert.deepEqual(list(py`${own}()`), [py.main.Unit, 7]);
    assert.equal(py`inspect.signature(${own}).parameters['unit'].annotation is Unit`, true);
    const returns = py.signature('(a: int, # the first\n b=")") -> str')(
      (a: number, b: string) => `${a}${b}`,
    );
    assert.equal(shown(returns), "(a: int, b=')') -> str");
    assert.equal(py`${returns}(1)`, '1)');
  });

  test('binds with this, as a callback, awaited, and from another thread', () => {
    class Counter {
      total = 1;
      add(by: number, times: number) {
        this.total += by * times;
        return this.total;
      }
    }
    py.signature('by, *, times=2')(Counter.prototype.add);
    const later = py.signature('a, b=2')(async (a: number, b: number) => a + b);
    const scope = py.scope({ counter: new Counter(), later, inspect });
    scope.exec(`
import asyncio, threading
assert counter.add(1) == 3
assert counter.add(by=1, times=3) == 6
bound = counter.add
assert str(inspect.signature(bound)) == '(by, *, times=2)', inspect.signature(bound)
found = []
asyncio.run(asyncio.wait_for(asyncio.to_thread(lambda: found.append(bound(1, times=1))), 10))
assert found == [7], found
async def use(): return await later(b=5, a=1)
`);
    return py.async(scope.get('use')).then((sum) => assert.equal(sum, 6));
  });
});

describe('frameworks', () => {
  test('keep their attributes on functions', () => {
    const scope = py.scope({ marked: () => 1, plain: () => 1 });
    scope.exec(`
marks = ['a list']
marked.__click_params__ = marks
marked.__doc__ = 'Does it.'
assert marked.__click_params__ is marks and not hasattr(plain, '__click_params__')
assert marked.__doc__ == 'Does it.' and plain.__doc__ != marked.__doc__
del marked.__click_params__
assert not hasattr(marked, '__click_params__')
for name in ('__click_params__', '__other__'):
    try: delattr(marked, name)
    except AttributeError as error: assert name in str(error)
    else: assert False
try: marked.__class__ = int
except AttributeError: pass
else: assert False
`);
  });

  test('know what is awaited', () => {
    const scope = py.scope({
      plain: () => 1,
      later: async () => 1,
      steps: async function* () {},
      inspect,
      modern: py`__import__('sys').version_info >= (3, 12)`,
    });
    scope.exec(`
import asyncio, warnings
if modern:
    assert [inspect.iscoroutinefunction(f) for f in (plain, later, steps)] == [False, True, False]
    assert inspect.iscoroutinefunction(later.__call__)
with warnings.catch_warnings(action='ignore') if modern else warnings.catch_warnings():
    assert [asyncio.iscoroutinefunction(f) for f in (plain, later, steps)] == [False, True, False]
`);
  });
});

describe('a declared class', () => {
  class Model {
    static [py.signature] = 'alpha: float = 1.0, *, fit=True';
    readonly given: unknown[];
    constructor(...given: unknown[]) {
      this.given = given;
    }
  }
  class Same extends Model {}
  class Other extends Model {
    constructor(first: number) {
      super(first);
    }
  }

  test('binds what it is constructed with', () => {
    const scope = py.scope({ Model, Same, Other, shown });
    scope.exec(`
import caduceus
assert shown(Model) == shown(Same) == '(alpha: float = 1.0, *, fit=True)', shown(Same)
assert shown(Other) == '(first, /)', shown(Other)
assert list(Model(fit=False).given) == [1.0, False]
assert list(Same(alpha=2).given) == [2, True]
assert list(caduceus.new(Model, 5).given) == list(Model.new(5, True).given) == [5, True]
class Mine(Model):
    def __init__(self, alpha):
        super().__init__(fit=alpha)
class Plain(Model): pass
assert list(Mine(3).given) == [1.0, 3]
assert shown(Mine) == '(alpha)' and shown(Plain) == shown(Model)
assert list(Plain(alpha=8).given) == [8, True]
`);
  });

  test('of Python has coroutine functions for async methods', async () => {
    py.exec(`
import asyncio
class Worker:
    async def start(self, count):
        return await asyncio.create_task(self.work(count))
`);
    const { Worker } = py.main;
    class Doubler extends Worker {
      async work(count: number) {
        return 2 * count;
      }
      static async make() {
        return new Doubler();
      }
    }
    py.signature('count: int')(Doubler.prototype.work);
    assert.equal(await new Doubler().work(4), 8);
    assert.equal(await new Doubler().start.await(4), 8);
    assert.equal(
      await py.main.asyncio.run
        .async(py`(lambda kind: kind.make())`(Doubler))
        .then((one: InstanceType<typeof Doubler>) => one.work(1)),
      2,
    );
    assert.equal(
      py`inspect.iscoroutinefunction(${Doubler}.work) and inspect.iscoroutinefunction(${Doubler}.make)`,
      true,
    );
  });

  test('of Python in turn has its parameters', () => {
    py.exec(`
class Estimator:
    def get_params(self):
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}
`);
    const { Estimator } = py.main;
    class Ridge extends Estimator {
      static [py.signature] = "alpha: dict[str, int] = {'a': 1}, *, kind='plain'";
      constructor(alpha: unknown, { kind }: { kind: string }) {
        super();
        this.alpha = alpha;
        this.kind = kind;
      }
      fit(X: number, weights: unknown) {
        return [X, weights];
      }
      static load(path: string, mode: string) {
        return path + mode;
      }
    }
    py.signature('X, /, *, self=None')(Ridge.prototype.fit);
    py.signature("path: str, mode='r'")(Ridge.load);
    const scope = py.scope({ Ridge, shown });
    scope.exec(`
assert shown(Ridge) == "(alpha: dict[str, int] = {'a': 1}, *, kind='plain')", shown(Ridge)
kind = 'a text of its own'
ridge = Ridge(kind=kind)
assert ridge.get_params()['kind'] is kind
assert list(ridge.fit(1, self=2)) == [1, 2]
assert shown(ridge.fit) == '(X, /, *, self=None)'
assert Ridge.load(path='p') == 'pr' and Ridge.load.__qualname__ == 'Ridge.load'
`);
  });
});

describe('what cannot be declared', () => {
  const wrong = (found: RegExp) => (error: unknown) =>
    error instanceof BridgeError && error.code === 'WRONG_ARGUMENT' && found.test(error.message);

  test('is refused where it is said', () => {
    assert.throws(() => py.signature(1 as never), wrong(/the text is number/));
    assert.throws(() => py.signature('a')({} as never), wrong(/it was given object/));
    assert.throws(() => py.signature('a')(Object.freeze(() => 1)), wrong(/frozen/));
    const known = () => 1;
    py`${known}`;
    assert.throws(() => py.signature('a')(known), wrong(/Python knows known already/));
    class Bad {}
    Object.defineProperty(Bad, py.signature, { value: 3 });
    assert.throws(() => py`${Bad}`, wrong(/the text is number/));
  });

  test('is refused where Python looks at it', () => {
    const shownOf = (text: string) => () => shown(py.signature(text)(function train() {}));
    assert.throws(shownOf('a b'), {
      name: 'SyntaxError',
      message: /^the signature of the JavaScript function train is no list of parameters: \(a b\)/,
    });
    assert.throws(shownOf('a): pass\nimport os #'), { name: 'SyntaxError', message: /train/ });
    assert.throws(shownOf('a=1, b'), { name: 'SyntaxError' });
    assert.throws(shownOf('a, a'), { name: 'SyntaxError' });
    assert.throws(
      shownOf('a=Missing'),
      (error: Error) => error.name === 'NameError' && /Missing/.test(error.message),
    );
  });
});
