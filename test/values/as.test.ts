import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BridgeError, py } from 'caduceus';

py.exec`
  import collections, dataclasses, datetime, decimal, enum, fractions, types
  Point = collections.namedtuple("Point", "x y")
  class Color(enum.Enum):
      red = "r"
  class Level(enum.IntEnum):
      low = 1
  class Loud(str):
      def __str__(self): return "LOUD"
  @dataclasses.dataclass
  class Leaf:
      name: str
      tags: set = dataclasses.field(default_factory=set)
  @dataclasses.dataclass
  class Tree:
      leaf: Leaf
      parent: object = None
  class Plain:
      def __init__(self): self.a, self.inner = 1, Point(1, 2)
  class Slots:
      __slots__ = ("x", "y")
      def __init__(self): self.x = 1
`;

const as = (source: string, target: unknown): unknown => py.as(py.eval(source), target as ObjectConstructor);

const objects: [source: string, expected: unknown][] = [
  ['{"a": [1, {"b": None}]}', { a: [1, { b: null }] }],
  ['collections.OrderedDict(b=1, a=collections.OrderedDict(c=[2]))', { b: 1, a: { c: [2] } }],
  ['collections.defaultdict(list, a=[1])', { a: [1] }],
  ['collections.Counter("aab")', { a: 2, b: 1 }],
  ['types.MappingProxyType({"a": 1})', { a: 1 }],
  ['collections.ChainMap({"a": 1}, {"b": 2})', { a: 1, b: 2 }],
  ['Point(1, Point(2, [3]))', { x: 1, y: { x: 2, y: [3] } }],
  ['Leaf("n", {1})', { name: 'n', tags: new Set([1]) }],
  ['Tree(Leaf("n"))', { leaf: { name: 'n', tags: new Set() }, parent: null }],
  ['Plain()', { a: 1, inner: { x: 1, y: 2 } }],
  ['Slots()', { x: 1 }],
  ['[("a", 1), ["b", 2]]', { a: 1, b: 2 }],
  ['{"a": 1}.items()', { a: 1 }],
  ['{1: "one", 2.5: "x", Level.low: "kept"}', { 1: 'kept', 2.5: 'x' }],
  [
    '{"d": collections.deque([1, 2]), "r": range(2), "f": frozenset({1})}',
    { d: [1, 2], r: [0, 1], f: new Set([1]) },
  ],
  [
    '{"e": Color.red, "l": Level.low, "s": Loud("quiet"), "b": bytearray(b"a")}',
    { e: 'r', l: 1, s: 'quiet', b: new Uint8Array([97]) },
  ],
  [
    '{"k": {"a": 1}.keys(), "v": {"a": []}.values(), "i": {"a": []}.items()}',
    { k: ['a'], v: [[]], i: [['a', []]] },
  ],
  ['{"inner": {1: 2}}', { inner: new Map([[1, 2]]) }],
  ['{"__proto__": 1}', JSON.parse('{"__proto__": 1}')],
  ['{}', {}],
];
for (const [source, expected] of objects) {
  test(`${source} as Object`, () => assert.deepEqual(as(source, Object), expected));
}

const lists: [source: string, expected: unknown[]][] = [
  ['[1, (2, [3]), {"a": {4}}]', [1, [2, [3]], { a: new Set([4]) }]],
  ['(1, 2)', [1, 2]],
  ['range(3)', [0, 1, 2]],
  ['{3}', [3]],
  ['frozenset({3})', [3]],
  ['collections.deque([1, 2], maxlen=2)', [1, 2]],
  ['(x * x for x in range(3))', [0, 1, 4]],
  ['Point(1, 2)', [1, 2]],
  ['bytearray(b"ab")', [97, 98]],
  ['b"ab"', [97, 98]],
  ['memoryview(b"ab")', [97, 98]],
  ['{"a": 1}', ['a']],
  ['{"a": []}.items()', [['a', []]]],
  ['Color', ['r']],
  ['"añ😀"', ['a', 'ñ', '😀']],
  ['__import__("array").array("d", [1, 2])', [1, 2]],
];
for (const [source, expected] of lists) {
  test(`${source} as Array`, () => assert.deepEqual(as(source, Array), expected));
}

test('Map keeps keys of every type, and order', () => {
  assert.deepEqual(
    as('{1: [1], "a": {"x": (1,)}, (1, 2): 3}', Map),
    new Map<unknown, unknown>([
      [1, [1]],
      ['a', { x: [1] }],
      [[1, 2], 3],
    ]),
  );
  assert.deepEqual(
    as('collections.Counter("ab")', Map),
    new Map([
      ['a', 1],
      ['b', 1],
    ]),
  );
  assert.deepEqual(
    as('Point(1, 2)', Map),
    new Map([
      ['x', 1],
      ['y', 2],
    ]),
  );
  assert.deepEqual(as('[(1, 2)]', Map), new Map([[1, 2]]));
});

test('Set is of sets and of anything iterable', () => {
  assert.deepEqual(as('{1, "a"}', Set), new Set([1, 'a']));
  assert.deepEqual(as('[1, 1, 2]', Set), new Set([1, 2]));
  assert.deepEqual(as('frozenset({frozenset({1})})', Set), new Set([new Set([1])]));
  assert.deepEqual(as('{"a": 1}.keys()', Set), new Set(['a']));
});

test('shared references and cycles are kept, through dataclasses as well', () => {
  py.exec`
    tree = Tree(Leaf("n"))
    tree.parent = tree
    twice = [collections.OrderedDict(a=1)] * 2
  `;
  const tree = as('tree', Object) as { parent: { parent: unknown } };
  assert.equal(tree.parent.parent, tree.parent);
  const twice = as('twice', Array) as unknown[];
  assert.equal(twice[0], twice[1]);
});

test('what is no data stays a proxy inside of the copy', () => {
  const copy = as('{"f": len, "d": datetime.date(2024, 1, 1), "o": object()}', Object) as Record<
    string,
    unknown
  >;
  assert.equal(copy.f, py.builtins.len);
  assert.equal(py.attr(copy.d, 'year'), 2024);
});

test('Date is of datetimes, dates and seconds', () => {
  const time = (source: string) => (as(source, Date) as Date).toISOString();
  assert.equal(
    time('datetime.datetime(2024, 1, 2, 3, 4, 5, 678900, tzinfo=datetime.timezone.utc)'),
    '2024-01-02T03:04:05.678Z',
  );
  assert.equal(
    time('datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))'),
    '2024-01-01T22:00:00.000Z',
  );
  assert.equal(time('datetime.date(2024, 2, 29)'), '2024-02-29T00:00:00.000Z');
  assert.equal(time('1.5'), '1970-01-01T00:00:01.500Z');
  const local = as('datetime.datetime(2024, 5, 6, 7, 8)', Date) as Date;
  assert.equal(local.getTime(), new Date(2024, 4, 6, 7, 8).getTime());
  const given = new Date(1234567890123);
  assert.equal((py.as(py.eval('lambda d: d')(given), Date) as Date).getTime(), given.getTime());
  assert.throws(() => as('"monday"', Date), { name: 'TypeError', message: /not a date.*expected datetime/ });
});

test('BigInt is exact, and loses no fraction', () => {
  assert.equal(as('2**100', BigInt), 2n ** 100n);
  assert.equal(as('5', BigInt), 5n);
  assert.equal(as('Level.low', BigInt), 1n);
  assert.equal(as('True', BigInt), 1n);
  assert.equal(as('"12"', BigInt), 12n);
  assert.equal(as('decimal.Decimal(10) ** 20', BigInt), 10n ** 20n);
  assert.equal(as('2.0', BigInt), 2n);
  assert.throws(() => as('1.5', BigInt), { name: 'ValueError', message: /1\.5 is not an integer/ });
  assert.throws(() => as('fractions.Fraction(1, 2)', BigInt), { name: 'ValueError' });
  assert.throws(() => as('None', BigInt), { name: 'TypeError' });
});

test('Number, String and Boolean are Python’s', () => {
  assert.equal(as('decimal.Decimal("1.5")', Number), 1.5);
  assert.equal(as('fractions.Fraction(1, 4)', Number), 0.25);
  assert.equal(as('2**60', Number), 2 ** 60);
  assert.equal(as('Level.low', Number), 1);
  assert.throws(() => as('object()', Number), { name: 'TypeError' });
  assert.equal(as('[1, None]', String), '[1, None]');
  assert.equal(as('Loud("x")', String), 'LOUD');
  assert.equal(as('None', String), 'None');
  assert.equal(as('[]', Boolean), false);
  assert.equal(as('Level.low', Boolean), true);
  assert.equal(as('None', Boolean), false);
});

test('proxies have as themselves, and py.as takes JavaScript’s values too', () => {
  assert.deepEqual(py.list([1]).as(Array), [1]);
  assert.deepEqual(py.as({ a: 1 }, Map), new Map([['a', 1]]));
  assert.deepEqual(py.as([1, 1], Set), new Set([1]));
  assert.equal(py.as('x', String), 'x');
});

test('keys that cannot name a property say what to do', () => {
  assert.throws(() => as('{(1, 2): 3}', Object), { name: 'TypeError', message: /\(1, 2\).*use \.as\(Map\)/ });
  assert.throws(() => as('{None: 3}', Object), { name: 'TypeError' });
});

test('what has no such contents says what is taken', () => {
  assert.throws(() => as('5', Object), { name: 'TypeError', message: /int has no named data/ });
  assert.throws(() => as('[1, 2]', Object), {
    name: 'TypeError',
    message: /list has no named data.*lists of pairs/,
  });
  assert.throws(() => as('5', Array), { name: 'TypeError', message: /not iterable/ });
  assert.throws(() => as('None', Map), { name: 'TypeError' });
});

test('an unknown target is an error that lists the known ones', () => {
  for (const target of [RegExp, class {}, 'Array', null, undefined, 5, {}]) {
    assert.throws(
      () => as('[1]', target),
      (error: unknown) =>
        error instanceof BridgeError &&
        error.code === 'NOT_CONVERTIBLE' &&
        /Use Array, Object/.test(error.message),
    );
  }
});

test('typed arrays take numbers and nothing that is none', () => {
  assert.deepEqual(
    as('[1, True, 2.5, decimal.Decimal("0.5")]', Float64Array),
    new Float64Array([1, 1, 2.5, 0.5]),
  );
  for (const source of ['[None]', '["a"]', '[1j]', '[[1]]']) {
    assert.throws(() => as(source, Float64Array), { name: 'TypeError' }, source);
  }
});
