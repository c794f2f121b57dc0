import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kw, py } from 'caduceus';

const repr = (value: unknown): string => py.builtins.repr(value);
const typeName = py.eval('lambda x: type(x).__name__');

test('None is null, and null and undefined are None as positional arguments', () => {
  assert.equal(py.eval('None'), null);
  assert.equal(repr(null), 'None');
  assert.equal(repr(undefined), 'None');
  assert.equal(py.eval('lambda *a: repr(a)')(undefined, null, 1), '(None, None, 1)');
});

test('undefined is left out of kw, null is not', () => {
  const names = py.eval('lambda **k: repr(k)');
  assert.equal(names(kw({ a: undefined, b: null, c: 1 })), "{'b': None, 'c': 1}");
});

test('undefined inside given data is None', () => {
  assert.equal(repr([undefined, { a: undefined }]), "[None, {'a': None}]");
});

test('booleans are booleans both ways', () => {
  assert.equal(py.eval('True'), true);
  assert.equal(py.eval('False'), false);
  assert.equal(repr([true, false]), '[True, False]');
});

const ints: [source: string, expected: number | bigint][] = [
  ['0', 0],
  ['-1', -1],
  ['2**31', 2147483648],
  ['-2**31 - 1', -2147483649],
  ['2**32', 4294967296],
  ['2**53 - 1', 9007199254740991],
  ['-(2**53 - 1)', -9007199254740991],
  ['2**53', 9007199254740992n],
  ['2**53 + 1', 9007199254740993n],
  ['-2**53', -9007199254740992n],
  ['2**63 - 1', 9223372036854775807n],
  ['2**63', 9223372036854775808n],
  ['-2**63', -9223372036854775808n],
  ['-2**63 - 1', -9223372036854775809n],
  ['2**64', 18446744073709551616n],
  ['10**30', 10n ** 30n],
  ['-10**30', -(10n ** 30n)],
  ['7 ** 5000', 7n ** 5000n],
];
for (const [source, expected] of ints) {
  test(`the int ${source} is a ${typeof expected}, comes back as an int, and so it does inside data`, () => {
    assert.equal(py.eval(source), expected);
    assert.equal(py.eval(`lambda x: type(x) is int and x == ${source}`)(expected), true);
    assert.deepEqual(py.eval(`[${source}, {'k': ${source}}]`).as(Array), [expected, { k: expected }]);
    assert.equal(py.eval(`lambda x: x == [${source}]`)([expected]), true);
    assert.equal(
      py.eval(`lambda f: f(${source})`)((x: unknown) => x === expected),
      true,
    );
  });
}

const numbers: [value: number, expected: string][] = [
  [0, '0'],
  [-0, '-0.0'],
  [1, '1'],
  [1.5, '1.5'],
  [-2147483649, '-2147483649'],
  [2 ** 53 - 1, '9007199254740991'],
  [2 ** 53, '9007199254740992.0'],
  [-(2 ** 53), '-9007199254740992.0'],
  [1e300, '1e+300'],
  [5e-324, '5e-324'],
  [Number.NaN, 'nan'],
  [Number.POSITIVE_INFINITY, 'inf'],
  [Number.NEGATIVE_INFINITY, '-inf'],
];
for (const [value, expected] of numbers) {
  test(`the number ${Object.is(value, -0) ? '-0' : value} is ${expected} in Python, alone, in data and from a callback`, () => {
    assert.equal(repr(value), expected);
    assert.equal(repr([value]), `[${expected}]`);
    assert.equal(
      py.eval('lambda f: repr(f())')(() => value),
      expected,
    );
    assert.equal(py.eval('lambda **k: repr(k["x"])')(kw({ x: value })), expected);
  });
}

test('floats are numbers, also those without a fraction', () => {
  for (const source of ['1.0', '-0.0', '1e308', 'float("inf")', 'float("nan")', '0.1']) {
    const expected = Number(source.replace(/float\("(.*)"\)/, (_, x) => (x === 'inf' ? 'Infinity' : 'NaN')));
    assert.ok(Object.is(py.eval(source), expected), source);
    assert.ok(Object.is(py.eval(`[${source}]`).as(Array)[0], expected), source);
  }
});

test('a bigint is an int, also a small one', () => {
  assert.equal(
    repr([0n, -1n, 2n ** 64n, -(2n ** 63n)]),
    '[0, -1, 18446744073709551616, -9223372036854775808]',
  );
});

test('an int beyond what a BigInt can hold says what to do', () => {
  assert.throws(() => py.eval('1 << (1 << 30)'), {
    name: 'OverflowError',
    message: /BigInt.*keep it in Python/,
  });
});

test('bytes are a Uint8Array, each time a copy of its own', () => {
  const held = py.eval('[b"\\x00\\xff" * 3]');
  const first = held[0];
  assert.equal(Object.prototype.toString.call(first), '[object Uint8Array]');
  assert.deepEqual([...first], [0, 255, 0, 255, 0, 255]);
  first[0] = 7;
  assert.equal(held[0][0], 0);
  assert.equal(py.isShared(first), false);
  assert.equal(py.eval('b""').length, 0);
});

test('instances of subclasses are proxies and keep their class', () => {
  py.exec`
    import enum, collections
    class Level(enum.IntEnum):
        low = 1
    class Text(str): pass
    class Count(int): pass
    class Ratio(float): pass
    class Raw(bytes): pass
    Point = collections.namedtuple("Point", "x y")
  `;
  const sources = {
    Level: 'Level.low',
    Text: 'Text("a")',
    Count: 'Count(3)',
    Ratio: 'Ratio(0.5)',
    Raw: 'Raw(b"a")',
    OrderedDict: 'collections.OrderedDict(a=1)',
    Point: 'Point(1, 2)',
    frozenset: 'frozenset({1})',
    bytearray: 'bytearray(b"a")',
    complex: '1j',
  };
  for (const [name, source] of Object.entries(sources)) {
    const value = py.eval(source);
    assert.match(typeof value, /object|function/, source);
    assert.equal(typeName(value), name);
    assert.equal(typeName(py.eval(`[${source}]`)[0]), name);
    assert.equal(
      py.eval(`lambda f: f([${source}])`)((x: unknown[]) => typeName(x[0])),
      name,
      'inside given data',
    );
  }
});

test('py.float and its kin say which type is meant and return a proxy', () => {
  assert.equal(typeName(py.float(1)), 'float');
  assert.equal(typeof py.float(1), 'object');
  assert.equal(repr(py.float([1, 2])), '[1.0, 2.0]');
  assert.equal(repr(py.float({ a: [1, { b: 2 }] })), "{'a': [1.0, {'b': 2.0}]}");
  assert.equal(repr(py.float('2.5')), '2.5');
  assert.equal(repr(py.float(new Int8Array([1, 2]))), '[1.0, 2.0]');
  assert.equal(repr(py.float(py.ref([1, [2]]))), '[1.0, [2.0]]');
  assert.equal(repr(py.float(py.tuple([1, py.set([true])]))), '(1.0, {1.0})');
  assert.equal(repr(py.int(3)), '3');
  assert.equal(repr(py.int('ff', 16)), '255');
  assert.equal(repr(py.bytes([1, 2])), "b'\\x01\\x02'");
  assert.equal(repr(py.bytes(new Uint8Array([1, 255]))), "b'\\x01\\xff'");
  assert.equal(repr(py.bytes('é')), "b'\\xc3\\xa9'");
  assert.equal(repr(py.str('a')), "'a'");
  assert.equal(typeof py.str('a'), 'object');
  assert.equal(repr(py.str(12)), "'12'");
  assert.equal(repr(py.list([1, 2])), '[1, 2]');
  assert.equal(repr(py.list('ab')), "['a', 'b']");
  assert.equal(repr(py.dict({ a: 1 })), "{'a': 1}");
  assert.equal(repr(py.dict([['a', 1]])), "{'a': 1}");
  assert.equal(repr(py.dict(new Map<unknown, unknown>([[1, 'x']]))), "{1: 'x'}");
  assert.equal(repr(py.set([1, 1])), '{1}');
  assert.equal(repr(py.set(new Set([2]))), '{2}');
  assert.equal(repr(py.tuple([1, [2]])), '(1, [2])');
  assert.equal(repr(py.tuple('ab')), "('a', 'b')");
  assert.equal(repr(py.list()), '[]');
  assert.equal(repr(py.tuple()), '()');
});

test('a held float stays a float wherever it is given', () => {
  assert.equal(repr(py.float(1)), '1.0');
  assert.equal(repr([py.float(1)]), '[1.0]');
  assert.equal(py.ops.add(py.float(1), 1), 2);
});

test('what a conversion cannot read is the exception that Python raises', () => {
  assert.throws(() => py.int('seven'), { name: 'ValueError' });
  assert.throws(() => py.float('seven'), { name: 'ValueError' });
  assert.throws(() => py.float([null]), { name: 'TypeError' });
  assert.throws(() => py.bytes([256]), { name: 'ValueError' });
  assert.throws(() => py.set([[1]]), { name: 'TypeError' });
});

test('numbers of other realms and boxed numbers are what they are: values and objects', () => {
  assert.equal(typeName(Object(1)), 'JsObject');
  assert.equal(py.eval('lambda x: type(x).__name__')(Symbol.iterator), 'JsObject');
});
