import assert from 'node:assert';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { py } from 'caduceus';

test('node’s deep equality is that of the stored data', () => {
  const { SimpleNamespace } = py.import('types');
  const object = SimpleNamespace();
  object.a = 1;
  const other = SimpleNamespace();
  other.a = 1;
  assert.deepStrictEqual(object, other);
  assert.deepEqual(object, other);
  other.a = 2;
  assert.notDeepStrictEqual(object, other);
  assert.notDeepEqual(object, other);
  assert.equal(isDeepStrictEqual(py.list([1, [2]]), py.list([1, [2]])), true);
  assert.equal(isDeepStrictEqual(py.list([1, [2]]), py.list([1, [3]])), false);
  assert.equal(isDeepStrictEqual(py.dict({ a: [1] }), py.dict({ a: [1] })), true);
  assert.equal(isDeepStrictEqual(py.dict({ a: [1] }), py.dict({ a: [2] })), false);
});

test('deepEqual of a dict and an object literal compares the items', () => {
  assert.deepEqual(py.dict({ a: 1 }), { a: 1 });
  assert.notDeepEqual(py.dict({ a: 1 }), { a: 2 });
});

test('a failing assertion shows the reprs', () => {
  assert.throws(
    () => assert.deepStrictEqual(py.list([1, 2]), py.list([1, 3])),
    (error: Error) => error instanceof assert.AssertionError,
  );
  assert.throws(() => assert.strictEqual(py.list([1]), py.list([1])), assert.AssertionError);
});

test('what keeps its state where JavaScript sees none is equal to itself alone', () => {
  assert.notDeepStrictEqual(py.set([1]), py.set([2]));
  assert.notDeepStrictEqual(py.import('json'), py.import('math'));
  assert.notDeepStrictEqual(py.import('fractions').Fraction(1, 2), py.import('fractions').Fraction(1, 3));
  const day = py.import('datetime').date(2024, 1, 1);
  assert.deepStrictEqual({ day }, { day });
  assert.notDeepEqual(day, py.import('datetime').date(2024, 1, 2));
  assert.notDeepStrictEqual(py.builtins.ValueError('a'), py.builtins.ValueError('b'));
  assert.notDeepStrictEqual(py.str('a'), py.str('b'));
  assert.notDeepStrictEqual(py.import('datetime').date(2024, 1, 1), py.import('datetime').date(2024, 1, 2));
});
