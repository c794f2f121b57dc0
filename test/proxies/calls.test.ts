import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BridgeError, kw, PythonError, py } from 'caduceus';

const show = py.def`
  def show(*args, **kwargs):
      return repr((args, kwargs))
`;

test('positional and keyword arguments reach Python', () => {
  assert.equal(show(), '((), {})');
  assert.equal(show(1, 'a', null, true), "((1, 'a', None, True), {})");
  assert.equal(show(1, kw({ b: [2, 3], a: { c: 'd' } })), "((1,), {'b': [2, 3], 'a': {'c': 'd'}})");
  assert.equal(show(kw({})), '((), {})');
});

test('undefined is None as a positional argument and left out as a keyword', () => {
  assert.equal(show(undefined, 1, kw({ a: undefined, b: null })), "((None, 1), {'b': None})");
});

test('a plain object is an ordinary positional argument', () => {
  assert.equal(show({ a: 1 }), "(({'a': 1},), {})");
});

test('kw of anything without names is refused where it is written', () => {
  for (const wrong of [new Map([['a', 1]]), [1], 'ab', 5, null, undefined]) {
    assert.throws(() => kw(wrong as object), {
      code: 'WRONG_ARGUMENT',
      message: /^kw\(…\): the keyword arguments are /,
    });
  }
  assert.equal(show(kw(py.dict({ a: 1 }))), "((), {'a': 1})");
});

test('kw anywhere but last is refused, and says so', () => {
  const wrong = (call: () => unknown) =>
    assert.throws(
      call,
      (error: BridgeError) => error instanceof BridgeError && error.code === 'WRONG_ARGUMENT',
    );
  wrong(() => show(kw({ a: 1 }), 2));
  wrong(() => show(kw({ a: 1 }), kw({ b: 2 })));
  wrong(() => show({ a: kw({ a: 1 }) }));
  wrong(() => show([kw({ a: 1 })]));
});

test('a keyword that the function does not know is what Python raises', () => {
  assert.throws(() => py.builtins.sorted([1], kw({ reversed: true })), {
    name: 'TypeError',
    message: /reversed/,
  });
  assert.throws(() => py.builtins.len(), { name: 'TypeError' });
  assert.throws(() => py.builtins.len([], []), { name: 'TypeError' });
});

test('keyword names of every kind arrive as they are', () => {
  assert.equal(
    show(kw({ class: 1, 'two words': 2, größe: 3 })),
    "((), {'class': 1, 'two words': 2, 'größe': 3})",
  );
});

test('keyword arguments are the same in place and through the encoder', () => {
  const values = [2n ** 70n, -0, 'ü', true, null];
  assert.equal(
    show(undefined, ...values.slice(0, 2), kw({ b: 'ü', a: null })),
    "((None, 1180591620717411303424, -0.0), {'b': 'ü', 'a': None})",
  );
  // One more than native calls take in place.
  assert.equal(show(1, 2, 3, 4, kw({ b: 5, a: 6 })), "((1, 2, 3, 4), {'b': 5, 'a': 6})");
  assert.equal(show(kw({ a: 1, b: undefined, c: [] })), "((), {'a': 1, 'c': []})");
  let asked = 0;
  const given = kw({
    get a() {
      return ++asked;
    },
    b: [0],
  });
  assert.equal(show(given), "((), {'a': 1, 'b': [0]})");
});

test('ever new keyword names go on working', () => {
  for (let i = 0; i < 1500; i++) assert.equal(show(kw({ [`k${i}`]: i })), `((), {'k${i}': ${i}})`);
  assert.equal(show(kw({ k1400: 'b', k2: 'a' })), "((), {'k1400': 'b', 'k2': 'a'})");
});

test('keyword arguments reach classes and methods', () => {
  assert.equal(String(py.import('datetime').date(kw({ year: 2024, month: 2, day: 29 }))), '2024-02-29');
  assert.equal(String(new (py.import('datetime').timedelta)(kw({ hours: 2 }))), '2:00:00');
  assert.equal(py.str('a{x}').format(kw({ x: 1 })), 'a1');
});

test('a hundred and a thousand arguments arrive in order', () => {
  const count = py.def`def total(*numbers): return [len(numbers), numbers[-1]]`;
  for (const many of [9, 10, 11, 12, 100, 1000]) {
    const numbers = Array.from({ length: many }, (_, index) => index);
    assert.deepEqual([...count(...numbers)], [many, many - 1]);
  }
});

test('classes are instantiated with new and without', () => {
  const Fraction = py.import('fractions').Fraction;
  assert.equal(String(new Fraction(1, 3)), '1/3');
  assert.equal(String(Fraction(1, 3)), '1/3');
  assert.equal(String(Reflect.construct(Fraction, [2, 4])), '1/2');
});

test('new on a class whose instances come over as values still answers with an object', () => {
  const made = new py.builtins.int('12');
  assert.equal(typeof made, 'object');
  assert.equal(String(made), '12');
  assert.equal(py.builtins.int('12'), 12);
});

test('typeof is function for what can be called and object for what cannot', () => {
  py.exec('class WithCall:\n    def __call__(self, x): return x * 2');
  assert.equal(typeof py.builtins.len, 'function');
  assert.equal(typeof py.builtins.int, 'function');
  assert.equal(typeof py.str('a').upper, 'function');
  assert.equal(typeof py.main.WithCall(), 'function');
  assert.equal(py.main.WithCall()(21), 42);
  assert.equal(typeof py.list([1]), 'object');
  assert.equal(typeof py.builtins, 'object');
});

test('name and length tell the truth', () => {
  const f = py.def`def three(a, b, c, d=4, *rest, e): pass`;
  assert.equal(f.name, 'three');
  assert.equal(f.length, 3);
  assert.equal(py.builtins.len.name, 'len');
  assert.equal(py.builtins.len.length, 1);
  assert.equal(py.import('fractions').Fraction.name, 'Fraction');
  assert.equal(
    py.def`class Two:
    def __init__(self, a, b): pass
  `.length,
    2,
  );
  assert.equal(py`lambda: 0`.name, '<lambda>');
  assert.equal(py`lambda: 0`.length, 0);
});

test('a Python attribute called name or length wins over the function’s own', () => {
  const f = py.def`
    def f(a): pass
    f.name = 'given'
    f.length = 12
    def g(): return f
  `();
  assert.equal(f.name, 'given');
  assert.equal(f.length, 12);
});

test('call, apply and bind of Function.prototype work on Python callables', () => {
  assert.equal(show.call(null, 1, 2), '((1, 2), {})');
  assert.equal(show.apply(null, [1, kw({ a: 2 })]), "((1,), {'a': 2})");
  assert.equal(show.bind(null, 1)(2), '((1, 2), {})');
  assert.equal(Reflect.apply(show, undefined, [3]), '((3,), {})');
  assert.equal(Function.prototype.call.call(show, null, 1), '((1,), {})');
  assert.ok(show instanceof Function);
  assert.deepEqual([3, 4].map(py.def`def double(x, *rest): return x * 2`), [6, 8]);
});

test('instanceof a Python class is isinstance', () => {
  const { Sequence } = py.import('collections.abc');
  const OrderedDict = py.import('collections').OrderedDict;
  assert.ok(OrderedDict() instanceof OrderedDict);
  assert.ok(OrderedDict() instanceof py.builtins.dict);
  assert.ok(!(py.dict() instanceof OrderedDict));
  assert.ok(py.list([]) instanceof Sequence, 'by registration');
  assert.ok(!(py.set([]) instanceof Sequence));
  assert.ok(py.builtins.int instanceof py.builtins.type);
});

test('instanceof on values that came over, and on what is no Python object', () => {
  assert.ok(py.int(3) instanceof py.builtins.int);
  const three: any = 3;
  assert.ok(three instanceof py.builtins.int, 'what came over as a value is what it stands for');
  assert.ok(!(three instanceof py.builtins.str));
  assert.ok(!({} instanceof py.builtins.dict));
  const nothing: any = null;
  assert.ok(!(nothing instanceof py.builtins.dict));
});

test('instanceof runs __instancecheck__, and what it raises is thrown', () => {
  py.exec(`
    class Meta(type):
        def __instancecheck__(cls, instance):
            if instance == 'raise': raise ValueError('asked')
            return True
    class Anything(metaclass=Meta): pass
  `);
  assert.ok(py.list([]) instanceof py.main.Anything);
  assert.throws(() => py.str('raise') instanceof py.main.Anything, { name: 'ValueError' });
});

test('calling what is not callable is a TypeError that says so', () => {
  assert.throws(() => py.list([1])(), TypeError);
  assert.throws(() => py.builtins.no_such_function(), TypeError);
  assert.throws(() => new (py.list([1]))(), TypeError);
});

test('a bound method knows its object, and a method of the class takes it', () => {
  const list = py.list([3, 1, 2]);
  const { append } = list;
  append(9);
  assert.equal(list.length, 4);
  py.builtins.list.append(list, 10);
  assert.equal(list.length, 5);
});

test('an exception’s class can be called, and its instances are objects', () => {
  const error = py.builtins.ValueError('a', 2);
  assert.ok(!(error instanceof PythonError));
  assert.deepEqual([...error.args], ['a', 2]);
});

test('decorators, partials, staticmethods, classmethods and lambdas are called alike', () => {
  py.exec(`
    import functools
    class Kinds:
        @staticmethod
        def static(x): return ('static', x)
        @classmethod
        def of(cls, x): return (cls.__name__, x)
        @functools.lru_cache
        def cached(self, x): return ('cached', x)
    partial = functools.partial(int, base=2)
  `);
  const { Kinds, partial } = py.main;
  assert.deepEqual([...Kinds.static(1)], ['static', 1]);
  assert.deepEqual([...Kinds.of(2)], ['Kinds', 2]);
  assert.deepEqual([...Kinds().cached(3)], ['cached', 3]);
  assert.equal(partial('101'), 5);
});
