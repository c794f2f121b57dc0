import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PythonError, py } from 'caduceus';

const same = py.eval('lambda x: x');

test('the same Python object is the same proxy, from wherever it comes', () => {
  py.exec`held = {"list": []}; again = held["list"]`;
  const list = py.eval('held["list"]');
  assert.equal(py.eval('again'), list);
  assert.equal(py.main.again, list);
  assert.equal(py.eval('held').list, list);
  assert.equal([...py.eval('[again]')][0], list);
  assert.equal(same(list), list);
  py.eval('lambda f: f(again)')((x: unknown) => assert.equal(x, list));
});

test('a proxy comes back to Python as the object itself, also inside data', () => {
  const list = py.list([1]);
  assert.equal(py.eval('lambda a, b: a is b[0] and b[1]["k"] is a')(list, [list, { k: list }]), true);
});

test('an object that is twice in copied data is one proxy, as it was none before', () => {
  const data = py.eval('(lambda x: [x, [x], {"k": (x,)}, object(), x])(object())').as(Array);
  for (const again of [data[1][0], data[2].k[0], data[4]]) assert.equal(again, data[0]);
  assert.notEqual(data[3], data[0]);
  const given: any[] = [];
  py.eval('lambda f: (lambda x: f([x, [x], [[1], x]]))(object())')(py.ref((x: any) => void given.push(...x)));
  assert.equal(given[1][0], given[0]);
  assert.deepEqual(given[2], [[1], given[0]]);
});

test('held values are the same object too', () => {
  const big = py.int(10n ** 20n);
  assert.equal(py.eval('lambda a, b: a is b')(big, [big][0]), true);
});

test('methods are equal in Python, where each look makes a new one', () => {
  const list = py.list([1]);
  assert.equal(py.ops.eq(list.append, list.append), true);
});

test('a JavaScript error that passes through Python comes home ===', () => {
  for (const thrown of [
    new TypeError('t'),
    new (class Own extends Error {})('o'),
    { plain: 1 },
    [1],
    'text',
    7,
    null,
    undefined,
    Symbol('s'),
    2n ** 70n,
    () => 1,
  ]) {
    try {
      py.eval('lambda f: f()')(() => {
        throw thrown;
      });
      assert.fail('nothing was thrown');
    } catch (caught) {
      assert.equal(caught, thrown);
    }
  }
});

test('it comes home === also when Python caught it, kept it and raised it again', () => {
  const error = new RangeError('r');
  py.exec`
    kept = []
    def keep(f):
        try:
            f()
        except Exception as e:
            kept.append(e)
        return kept[-1]
    def again():
        raise kept[-1]
  `;
  const kept = py.eval('keep')(() => {
    throw error;
  });
  assert.equal(kept, error);
  assert.throws(py.eval('again'), (e) => e === error);
});

test('a Python exception that passes through JavaScript is the same in Python', () => {
  const check = py.def`
    def check(call):
        error = ValueError("v")
        def fail():
            raise error
        try:
            call(fail)
        except ValueError as caught:
            return caught is error
  `;
  assert.equal(
    check((f: () => void) => f()),
    true,
  );
  assert.equal(
    check((f: () => void) => {
      try {
        f();
      } catch (error) {
        assert.ok(error instanceof PythonError);
        throw new PythonError(error.value);
      }
    }),
    true,
  );
});

test('one exception is one PythonError', () => {
  py.exec`
    kept = KeyError("k")
    def fail():
        raise kept
  `;
  const caught: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    try {
      py.eval('fail()');
    } catch (error) {
      caught.push(error);
    }
  }
  assert.equal(caught[0], caught[1]);
  assert.ok(caught[0] instanceof PythonError);
  assert.equal(caught[0].value, py.eval('kept'));
});

test('a PythonError that is given is its exception', () => {
  const error = new PythonError(py.builtins.ValueError('v'));
  assert.equal(py.eval('lambda e: isinstance(e, ValueError) and e.args')(error).as(Array)[0], 'v');
  assert.equal(py.eval('lambda e: e')(error), error.value);
});

test('one JavaScript error is one exception in Python while that lives', () => {
  py.exec`
    import gc
    exceptions = []
    def keeping(f):
        try:
            f()
        except Exception as error:
            exceptions.append(error)
            raise
    def raise_again():
        raise exceptions[0]
  `;
  const mine = new RangeError('mine');
  const fail = (error: unknown) => () => {
    throw error;
  };
  assert.throws(
    () => py.main.keeping(fail(mine)),
    (home) => home === mine,
  );
  // From another call, and from a Python exception that went through JavaScript.
  assert.throws(
    () => py.main.keeping(fail(mine)),
    (home) => home === mine,
  );
  assert.throws(
    () => py.main.keeping(() => py.main.raise_again()),
    (home) => home === mine,
  );
  assert.deepEqual(py.eval('[len(exceptions), len(set(map(id, exceptions)))]').as(Array), [3, 1]);
  assert.equal(py.eval('exceptions[0].value'), mine);
  // Another error is another exception, and so is each thing thrown that has no identity.
  for (const other of [new RangeError('mine'), 'text', 'text', null]) {
    assert.throws(
      () => py.main.keeping(fail(other)),
      (home) => home === other,
    );
  }
  assert.deepEqual(py.eval('[len(exceptions), len(set(map(id, exceptions)))]').as(Array), [7, 5]);
  py.exec`
    from caduceus import _errors
    assert len(_errors._living) >= 5
    exceptions.clear()
    gc.collect()
  `;
  assert.equal(py.eval('len(_errors._living)'), 0);
});

test('JavaScript objects can be referenced weakly from Python', () => {
  const object = { a: 1 };
  const dies = py.def`
    def dies(make):
        import gc, weakref
        gone = []
        held = make()
        reference = weakref.ref(held, lambda _: gone.append(True))
        proxy = weakref.proxy(held)
        alive = [reference() is held, proxy == held or True, weakref.getweakrefcount(held) >= 1, len(gone)]
        del held
        gc.collect()
        return [*alive, reference() is None, gone]
  `;
  for (const make of [() => py.ref({ a: 1 }), () => () => 1, () => new Uint8Array(2), () => new Map()]) {
    assert.deepEqual(dies(make).as(Array), [true, true, true, 0, true, [true]]);
  }
  // One that JavaScript keeps alive is alive as long as Python holds it, and the same object comes again after it.
  assert.deepEqual(dies(() => py.ref(object)).as(Array), [true, true, true, 0, true, [true]]);
  assert.equal(same(py.ref(object)), object);
});
