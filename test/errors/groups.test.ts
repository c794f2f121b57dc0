// Exception groups and AggregateErrors.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PythonError, py } from 'caduceus';

test('an exception group has the errors of its exceptions', () => {
  const mine = new RangeError('mine');
  const scope = py.scope({
    fail: () => {
      throw mine;
    },
  });
  scope.exec(`
def group():
    errors = []
    for f in (fail, lambda: 1 / 0):
        try: f()
        except Exception as error: errors.append(error)
    raise ExceptionGroup('both', errors)
`);
  assert.throws(scope.get('group') as () => void, (error) => {
    assert.ok(error instanceof PythonError && error.name === 'ExceptionGroup');
    const [first, second] = error.errors as [Error, PythonError];
    assert.equal(first, mine);
    assert.ok(second instanceof PythonError && second.is(py.builtins.ZeroDivisionError));
    assert.equal(new PythonError(py.builtins.ValueError('x')).errors, undefined);
    return true;
  });
});

test('an AggregateError is an exception group, and comes back as itself', async () => {
  const inside = [new RangeError('far'), new TypeError('odd')];
  const mine = new AggregateError(inside, 'two');
  const scope = py.scope({
    fail: (error: Error) => {
      throw error;
    },
  });
  scope.exec(`
from caduceus import js
def attempt(error):
    seen = []
    try: fail(error)
    except* js.RangeError as group: seen += [e.message for e in group.exceptions]
    except* js.TypeError as group: seen += [e.message for e in group.exceptions]
    return seen
def tell(error):
    try: fail(error)
    except js.Error as caught: return [type(caught).__name__, caught.message, isinstance(caught, ExceptionGroup), caught]
def through(error): fail(error)
def make(): raise js.AggregateError([js.Error('a'), js.TypeError('b')], 'made')
`);
  const attempt = scope.get('attempt') as (error: Error) => Iterable<string>;
  const tell = scope.get('tell') as (error: Error) => any;
  assert.deepEqual([...attempt(mine)], ['far', 'odd']);
  const told = tell(mine);
  assert.deepEqual([told[0], told[1], told[2], told[3] === mine], ['AggregateError', 'two', true, true]);
  assert.throws(
    () => (scope.get('through') as (error: Error) => void)(mine),
    (error) => error === mine,
  );
  assert.throws(scope.get('make') as () => void, (error) => {
    assert.ok(error instanceof AggregateError && error.message === 'made' && error.errors.length === 2);
    assert.ok(error.errors[1] instanceof TypeError);
    return true;
  });
  const empty = await Promise.any([]).catch((error: Error) => error);
  assert.equal(tell(empty as Error)[2], false);
  const odd = new AggregateError([1, 'x'], 'odd');
  assert.equal(tell(odd)[2], true);
  assert.throws(
    () => attempt(odd),
    (error) => error instanceof PythonError && error.errors?.length === 2,
  );
});
