import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BridgeError, type BridgeErrorCode, kw, PythonError, py, start } from 'caduceus';

function refused(run: () => unknown, code: BridgeErrorCode, says: RegExp): void {
  assert.throws(run, (error: BridgeError) => {
    assert.ok(error instanceof BridgeError, String(error));
    assert.ok(error instanceof Error);
    assert.ok(!(error instanceof PythonError));
    assert.equal(error.code, code);
    assert.match(error.message, says);
    assert.equal(error.name, 'BridgeError');
    assert.match(error.message, /\.$/, 'what to do is a sentence');
    return true;
  });
}

test('WRONG_ARGUMENT: what a function of ours cannot take', () => {
  refused(() => py.import(''), 'WRONG_ARGUMENT', /name/);
  refused(() => py.builtins.print(kw({ a: 1 }), 1), 'WRONG_ARGUMENT', /last argument/);
  refused(() => py.eval(3 as never), 'WRONG_ARGUMENT', /source/i);
});

test('NOT_PYTHON: a function that works on Python objects was given another', () => {
  refused(() => py.attr({}, 'x'), 'NOT_PYTHON', /py\.attr\(object, 'x'\).*not a Python object/);
  refused(() => py.item(undefined, 'x'), 'NOT_PYTHON', /undefined/);
});

test('NOT_CONVERTIBLE: a conversion that does not exist', () => {
  refused(() => py.list([]).as(RegExp), 'NOT_CONVERTIBLE', /RegExp/);
  refused(() => py.as(5, undefined as never), 'NOT_CONVERTIBLE', /undefined/);
});

test('NOT_PLAIN_DATA: JSON.stringify of what is not data', () => {
  refused(() => JSON.stringify(py.builtins.object()), 'NOT_PLAIN_DATA', /plain data/);
});

test('NOT_ADDABLE: + on a type with __add__', () => {
  refused(() => py.list([1]) + 1, 'NOT_ADDABLE', /py\.ops\.add/);
});

test('RELEASED: a use after dispose says where it was released', () => {
  const list = py.list([1]);
  list[Symbol.dispose]();
  for (const use of [
    () => list.length,
    () => list[0],
    () => list.append(1),
    () => py.builtins.len(list),
    () => py`${list}`,
    () => [...list],
    () => String(list),
    () => Object.keys(list),
    () => 'x' in list,
    () => list.as(Array),
    () => {
      list.x = 1;
    },
    () => delete list.x,
    () => JSON.stringify(list),
  ]) {
    refused(use, 'RELEASED', /bridge-error\.test/);
  }
  const fn = py`type('F', (), {'__call__': lambda self: 1})()`;
  fn[Symbol.dispose]();
  refused(() => fn(), 'RELEASED', /bridge-error\.test/);
});

test('ALREADY_STARTED: other options than those of the first call', () => {
  void py.builtins;
  refused(() => start({ python: '3.99' }), 'ALREADY_STARTED', /bridge-error\.test.*:\d+/);
  start();
});

test('DETACHED: Python inside py.detach', () => {
  py.attach(() => py.detach(() => refused(() => py`1`, 'DETACHED', /py\.detach/)));
});

test('ATTACH_ACROSS_AWAIT: a promise out of py.attach', () => {
  refused(() => py.attach(async () => 1), 'ATTACH_ACROSS_AWAIT', /bridge-error\.test.*:\d+/);
});

test('STACK_EXHAUSTED or RangeError: calls without a stack to run on', () => {
  const call = py.def`def call(fn): return fn()`;
  let deepest: unknown;
  const recurse = (): unknown => {
    try {
      return call(recurse);
    } catch (error) {
      deepest ??= error;
      throw error;
    }
  };
  assert.throws(recurse);
  assert.ok(
    deepest instanceof RangeError || (deepest as Error).name === 'RecursionError',
    `${(deepest as Error).name}: ${(deepest as Error).message}`,
  );
});

test('a BridgeError that JavaScript expects as a TypeError or RangeError is both', () => {
  try {
    py.attr(null, 'x');
    assert.fail();
  } catch (error) {
    assert.ok(error instanceof BridgeError && (error as unknown) instanceof TypeError);
  }
});

test('a BridgeError goes through Python and comes back as itself', () => {
  let first: unknown;
  assert.throws(
    () =>
      py.def`def calls(fn): fn()`(() => {
        try {
          py.attr(null, 'x');
        } catch (error) {
          first = error;
          throw error;
        }
      }),
    (error) => error === first,
  );
});
