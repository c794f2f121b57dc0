import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { PythonError, py } from 'caduceus';

const make = (members: string, bases = ''): any => py.eval(`type("Hostile", (${bases}), {${members}})()`);

function caught(run: () => unknown): PythonError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof PythonError, String(error));
    return error;
  }
  assert.fail('nothing was thrown');
}

test('an exception whose __str__ raises still tells its type', () => {
  py.exec`
    class Mute(Exception):
        def __str__(self): raise ValueError("no")
        __repr__ = __str__
    def fail(): raise Mute(1)
  `;
  const error = caught(() => py.main.fail());
  assert.equal(error.name, 'Mute');
  assert.match(error.message, /message cannot be made: ValueError/);
  assert.equal(error.value.args[0], 1);
  assert.match(error.stack ?? '', /Mute: <its message/);
  assert.match(error.traceback, /Mute/);
  assert.match(inspect(error), /Mute/);
});

test('an exception whose __init__ needs arguments is raised and caught, and raised again from JavaScript', () => {
  py.exec`
    class Needy(Exception):
        def __init__(self, code, *, reason): self.code, self.reason = code, reason
    def needy(): raise Needy(5, reason="r")
    def through(f):
        try: f()
        except Needy as e: return (e.code, e.reason)
  `;
  const error = caught(() => py.main.needy());
  assert.equal(error.value.code, 5);
  const again = py.main.through(() => {
    throw error;
  });
  assert.deepEqual(again.as(Array), [5, 'r']);
});

test('raising a class that cannot be made, or something that is no exception, is a TypeError', () => {
  py.exec`
    def raise_class(): raise Needy
    def raise_text(): raise "text"
  `;
  assert.equal(caught(() => py.main.raise_class()).name, 'TypeError');
  assert.match(caught(() => py.main.raise_text()).message, /derive from BaseException/);
});

test('an exception that was raised in a circle of causes is told once', () => {
  py.exec`
    def circle():
        a, b = ValueError("a"), KeyError("b")
        a.__cause__, b.__cause__ = b, a
        raise a
  `;
  const error = caught(() => py.main.circle());
  assert.equal((error.cause as PythonError).cause, error);
  assert.match(inspect(error), /ValueError/);
  assert.match(error.traceback, /KeyError/);
});

test('a message of 10 MB, with NUL and lone surrogates, is the message', () => {
  const error = caught(() =>
    py.eval('lambda: (_ for _ in ()).throw(ValueError("\\0\\ud800" + "x" * 10**7))')(),
  );
  assert.equal(error.message.length, 10_000_002);
  assert.equal(error.message.slice(0, 2), '\0\ud800');
});

test('__getattribute__ that returns garbage or raises changes no more than attributes', () => {
  const garbage = make('"__getattribute__": lambda self, name: 42');
  assert.equal(garbage.anything, 42);
  assert.equal(typeof inspect(garbage), 'string');
  assert.equal(typeof String(garbage), 'string');
  assert.deepEqual(Object.keys(garbage), []);
  assert.equal(py.eval('lambda x: x')(garbage), garbage);
  const raising = make('"__getattribute__": lambda self, name: 1 / 0');
  assert.equal(caught(() => raising.anything).name, 'ZeroDivisionError');
  assert.equal(typeof inspect(raising), 'string');
  assert.deepEqual(Object.keys(raising), []);
  assert.deepEqual({ ...raising }, {});
});

test('an AttributeError raised within a property is thrown, not taken for a missing attribute', () => {
  const x = make('"broken": property(lambda self: [].nothing)');
  assert.match(caught(() => x.broken).message, /nothing/);
  assert.equal(x.missing, undefined);
});

test('special methods that return the wrong type are TypeErrors', () => {
  const wrong: [members: string, use: (x: never) => unknown][] = [
    ['"__len__": lambda self: "a"', (x) => py.builtins.len(x)],
    ['"__len__": lambda self: -1', (x) => py.builtins.len(x)],
    ['"__len__": lambda self: 10**30', (x) => py.builtins.len(x)],
    ['"__repr__": lambda self: 5', (x) => py.builtins.repr(x)],
    ['"__str__": lambda self: None', (x) => String(x)],
    ['"__iter__": lambda self: 5', (x) => [...(x as Iterable<unknown>)]],
    ['"__float__": lambda self: "a"', (x) => Number(x)],
    ['"__bool__": lambda self: 2', (x) => py.as(x, Boolean)],
    ['"__hash__": lambda self: "a"', (x) => py.builtins.hash(x)],
    ['"__contains__": lambda self, x: 1 / 0', (x) => py.ops.contains(x, 1)],
    ['"__dir__": lambda self: 5', (x) => py.builtins.dir(x)],
  ];
  for (const [members, use] of wrong) {
    assert.match(
      caught(() => use(make(members) as never)).name,
      /^(Type|Value|Overflow|ZeroDivision)Error$/,
      members,
    );
  }
});

test('looking at an object whose special methods all raise never throws', () => {
  const names =
    '__repr__ __str__ __len__ __dir__ __iter__ __eq__ __bool__ __getattr__ __contains__ __getitem__ __index__';
  const hostile = make(
    names
      .split(' ')
      .map((name) => `"${name}": lambda self, *a: 1 / 0`)
      .join(),
  );
  assert.match(inspect(hostile), /Hostile.*ZeroDivisionError/);
  assert.match(inspect({ in: [hostile] }), /Hostile/);
  assert.deepEqual(Object.keys(hostile), []);
  assert.equal(Object.prototype.toString.call(hostile), '[object Object]');
  assert.equal(typeof hostile.constructor, 'function');
});

test('a generator that throws while it is closed throws that', () => {
  py.exec`
    def stubborn():
        try:
            yield 1
            yield 2
        finally:
            raise ValueError("while closing")
    def immortal():
        while True:
            try: yield 1
            except GeneratorExit: pass
  `;
  assert.equal(
    caught(() => {
      const generator = py.main.stubborn();
      generator.next();
      generator.return();
    }).message,
    'while closing',
  );
  assert.match(
    caught(() => {
      const generator = py.main.immortal();
      generator.next();
      generator.return();
    }).message,
    /ignored GeneratorExit/,
  );
});

test('a generator that is advanced while it runs says so', () => {
  py.exec`
    def reentrant(f):
        yield f()
  `;
  const generator = py.main.reentrant(() => generator.next());
  assert.match(caught(() => generator.next()).message, /already executing/);
});

test('classes with a metaclass, also a hostile one, are classes', () => {
  py.exec`
    class Meta(type):
        made = []
        def __call__(cls, *args, **kwargs):
            Meta.made.append(args)
            return super().__call__()
        def __getattr__(cls, name): return f"meta {name}"
        def __len__(cls): return 3
        def __iter__(cls): return iter("abc")
    class Class(metaclass=Meta): pass
    class Refusing(type):
        def __instancecheck__(cls, x): raise ValueError("instance")
        def __subclasscheck__(cls, x): raise ValueError("subclass")
        def __eq__(cls, other): raise ValueError("eq")
        def __hash__(cls): raise ValueError("hash")
        def __repr__(cls): raise ValueError("repr")
    class Odd(metaclass=Refusing): pass
  `;
  const { Class, Odd } = py.main;
  assert.ok(Class(1, 2) instanceof Class);
  assert.ok(new Class(3) instanceof Class);
  assert.equal(Class.made.length, 2);
  assert.equal(Class.anything, 'meta anything');
  assert.deepEqual([...Class], ['a', 'b', 'c']);
  const odd = Odd();
  assert.equal(py.eval('lambda x: x')(odd), odd);
  assert.equal(caught(() => py.list([]) instanceof Odd).message, 'instance');
  assert.match(inspect(Odd), /its repr failed with ValueError/);
});

test('a class without a __module__ is a class, and its exceptions have a name', () => {
  const { type, tuple, object, Exception } = py.builtins;
  const Plain = type('Plain', tuple([object]), { answer: 42 });
  assert.equal(Plain.name, 'Plain');
  assert.equal(new Plain().answer, 42);
  assert.ok(Plain() instanceof Plain);
  const Failed = type('Failed', tuple([Exception]), {});
  assert.throws(
    () => {
      throw new PythonError(Failed('no'));
    },
    { name: 'Failed', message: 'no' },
  );
  assert.throws(
    () =>
      py.def`
        def fail(kind): raise kind('no')
      `(Failed),
    { name: 'Failed', message: 'no' },
  );
});

test('an object that lies about its class stays what it is', () => {
  const liar = make('"__class__": property(lambda self: int)');
  assert.equal(typeof liar, 'object');
  assert.equal(py.builtins.isinstance(liar, py.builtins.int), true);
  assert.equal(py.eval('lambda x: type(x).__name__')(liar), 'Hostile');
  assert.equal(py.list([liar]).as(Array)[0], liar);
});

test('calling what is not callable and wrong argument counts say which', () => {
  const { len, object } = py.builtins;
  assert.match(caught(() => len()).message, /exactly one argument \(0 given\)/);
  assert.match(caught(() => len(1, 2)).message, /exactly one argument \(2 given\)/);
  assert.throws(() => object()(), TypeError);
  assert.throws(() => new (object())(), TypeError);
  const f = py.eval('lambda a, *, b: 1');
  assert.match(caught(() => f()).message, /missing 1 required positional/);
  assert.match(caught(() => f(1)).message, /missing 1 required keyword-only/);
  assert.match(caught(() => f(1, 2)).message, /takes 1 positional argument but 2 were given/);
});

test('containers that change while they are iterated end in Python’s own error', () => {
  const dict = py.dict({ a: 1, b: 2 });
  assert.match(
    caught(() => {
      for (const key of py.builtins.iter(dict)) py.setItem(dict, `${key}x`, 1);
    }).message,
    /changed size during iteration/,
  );
  const list = py.list([1]);
  let steps = 0;
  for (const x of list) {
    list.append(x);
    if (++steps === 100) break;
  }
  assert.equal(list.length, 101);
});

test('a destructor that raises does not disturb JavaScript', async () => {
  const { stderr } = py.import('sys');
  py.exec`
    import sys
    unraisable = []
    sys.unraisablehook = lambda info: unraisable.append(str(info.exc_value))
    class Grudge:
        def __del__(self): raise ValueError("grudge")
  `;
  let grudge = py.main.Grudge();
  assert.ok(grudge && stderr);
  grudge[Symbol.dispose]();
  grudge = undefined;
  py.import('gc').collect();
  assert.deepEqual(py.main.unraisable.as(Array), ['grudge']);
  py.exec`sys.unraisablehook = sys.__unraisablehook__`;
});
