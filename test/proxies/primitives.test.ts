import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BridgeError, py } from 'caduceus';

const { Fraction } = py.import('fractions');
const { Decimal } = py.import('decimal');
const { date, timedelta } = py.import('datetime');

test('String(x), a template and concat are str(x)', () => {
  assert.equal(String(Fraction(1, 3)), '1/3');
  assert.equal(`${date(2024, 1, 2)}`, '2024-01-02');
  assert.equal(Fraction(1, 3).toString(), '1/3');
  assert.equal(['a', Fraction(1, 2)].join(' '), 'a 1/2');
  assert.equal(String(py.builtins.ValueError('text')), 'text');
  assert.equal(String(py.list(['a'])), "['a']");
});

test('a __str__ that raises is thrown', () => {
  py.exec('class NoText:\n    def __str__(self): raise ValueError("no text")');
  assert.throws(() => String(py.main.NoText()), { name: 'ValueError', message: 'no text' });
});

test('Number(x) is __float__ or __index__, and NaN without', () => {
  assert.equal(Number(Fraction(1, 4)), 0.25);
  assert.equal(Number(Decimal('2.5')), 2.5);
  assert.equal(+py.float(3), 3);
  py.exec('class Index:\n    def __index__(self): return 7');
  assert.equal(Number(py.main.Index()), 7);
  assert.ok(Number.isNaN(Number(py.builtins.object())));
  assert.ok(Number.isNaN(Number(py.import('types'))));
  assert.equal(Math.max(Fraction(3, 2), 1), 1.5);
});

test('arithmetic other than + uses the numbers', () => {
  assert.equal(Fraction(1, 2) * 4, 2);
  assert.equal(Fraction(1, 2) - 1, -0.5);
  assert.equal(-Fraction(1, 2), -0.5);
  assert.equal(2 ** py.int(3), 8);
});

test('comparison of numbers, and of what has none, by its text', () => {
  assert.equal(Fraction(1, 2) < 1, true);
  assert.equal(Fraction(3, 2) > Fraction(5, 4), true);
  assert.equal(py.int(3) >= 3, true);
  assert.equal(Decimal('0.1') < Decimal('0.2'), true);
});

test('comparison of what Python orders but JavaScript cannot is never a silent false', () => {
  const [early, late] = [date(2023, 1, 1), date(2024, 1, 1)];
  const refused = { name: 'BridgeError', code: 'NOT_A_NUMBER', message: /date.*py\.ops\.lt/ };
  assert.throws(() => early < late, refused);
  assert.throws(() => early - late, refused);
  assert.throws(() => Number(py.list([1])), { code: 'NOT_A_NUMBER', message: /list/ });
  assert.equal(py.ops.lt(early, late), true);
  assert.equal(py.ops.gt(timedelta(2), timedelta(1)), true);
  assert.equal(py.ops.eq(py.list([1]), py.list([1])), true);
});

test('+ on a type with __add__ throws and names py.ops.add', () => {
  for (const object of [Fraction(1, 2), py.list([1]), date(2024, 1, 1), py.str('a'), py.int(1)]) {
    assert.throws(
      () => object + 1,
      (error: BridgeError) =>
        error instanceof TypeError &&
        error instanceof BridgeError &&
        error.code === 'NOT_ADDABLE' &&
        /py\.ops\.add/.test(error.message),
    );
    assert.throws(() => `text${1}` + object, /py\.ops\.add/);
  }
  assert.equal(String(py.ops.add(Fraction(1, 2), 1)), '3/2');
});

test('+ on a type without __add__ joins texts as on any object', () => {
  assert.equal(py.main + '', String(py.main));
});

test('truth is Python’s through py.as and an if is JavaScript’s', () => {
  assert.equal(py.as(py.list([]), Boolean), false);
  assert.equal(py.as(py.list([1]), Boolean), true);
  assert.equal(py.as(Fraction(0), Boolean), false);
  assert.equal(py.dict().as(Boolean), false);
  assert.equal(py.ops.truth(py.set([])), false);
  assert.ok(py.list([]), 'every object is true in JavaScript');
  py.exec('class NoTruth:\n    def __bool__(self): raise ValueError("neither")');
  assert.throws(() => py.as(py.main.NoTruth(), Boolean), { name: 'ValueError' });
});

test('hash is Python’s', () => {
  assert.equal(py.builtins.hash(Fraction(1, 2)), py.builtins.hash(0.5));
  assert.throws(() => py.builtins.hash(py.list([])), { name: 'TypeError' });
});

test('=== and Object.is are identity, == with a primitive refuses what has __add__', () => {
  const list = py.list([1]);
  const other = py.list([1]);
  assert.equal(list === other, false);
  assert.equal(Object.is(list, py`lambda x: x`(list)), true);
  // biome-ignore lint/suspicious/noDoubleEquals: that is the test
  assert.throws(() => list == 1, /py\.ops\.add/);
});

test('valueOf is the object itself, toLocaleString its text', () => {
  const half = Fraction(1, 2);
  assert.equal(half.valueOf(), half);
  assert.equal(half.toLocaleString(), '1/2');
});

test('a member borrowed for another object says what is wrong', () => {
  const borrowed = py.list([]).toString;
  assert.throws(
    () => borrowed.call({}),
    (error: BridgeError) => error instanceof BridgeError && error.code === 'NOT_PYTHON',
  );
});
