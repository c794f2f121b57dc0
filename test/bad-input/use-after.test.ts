import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BridgeError, py } from 'caduceus';
import { runChild } from './child.ts';

test('use after dispose is an error that names the place, for every operation', () => {
  const list = py.list([1]);
  list[Symbol.dispose]();
  const uses: (() => unknown)[] = [
    () => list.length,
    () => list[0],
    () => list.append(1),
    () => py.builtins.len(list),
    () => py.builtins.len([list]),
    () => [...list],
    () => String(list),
    () => list.as(Array),
    () => py.as(list, Set),
    () => 0 in list,
    () => py.item(list, 0),
    () => py.setItem(list, 0, 1),
    () => py.attr(list, 'append'),
    () => JSON.stringify(list),
    () => list.as(Float64Array),
  ];
  for (const use of uses) {
    assert.throws(
      use,
      (error: unknown) =>
        error instanceof BridgeError && error.code === 'RELEASED' && /use-after\.test/.test(error.message),
      String(use),
    );
  }
  assert.doesNotThrow(() => list[Symbol.dispose]());
});

test('what is disposed of while Python uses it stays until Python is done', () => {
  const list = py.list([1, 2]);
  const dispose = py.eval('lambda f, l: (f(), len(l))[1]');
  assert.equal(
    dispose(() => list[Symbol.dispose](), list),
    2,
  );
  const callable = py.eval(
    'type("C", (), {"__call__": lambda self, f: (f(), self.__class__.__name__)[1]})()',
  );
  assert.equal(
    callable(() => callable[Symbol.dispose]()),
    'C',
  );
  assert.throws(() => callable(() => 1), { code: 'RELEASED' });
});

test('an object that is not Python’s is refused where one is needed', () => {
  for (const value of [undefined, null, 1, 'text', {}, []]) {
    assert.throws(() => py.attr(value, 'x'), { code: 'NOT_PYTHON' });
    assert.throws(() => py.item(value, 'x'), { code: 'NOT_PYTHON' });
    assert.throws(() => py.setAttr(value, 'x', 1), { code: 'NOT_PYTHON' });
  }
});

test('members of proxies on something else say so', () => {
  const { append } = py.list();
  const list = py.list([1]);
  assert.throws(() => Reflect.get(Object.getPrototypeOf(list), 'toString').call({}), { code: 'NOT_PYTHON' });
  assert.throws(() => Reflect.get(Object.getPrototypeOf(list), Symbol.iterator).call({}), {
    code: 'NOT_PYTHON',
  });
  assert.equal(append.call({}, 1), null);
});

test('after the end of Python every use says so', () => {
  const { stdout } = runChild(`
    const list = py.list([1]);
    const f = py.eval('lambda x: x');
    const view = py.builtins.bytearray(4).as(Uint8Array);
    let error;
    try { py.eval('1/0') } catch (e) { error = e }
    py.close();
    for (const use of [() => list.length, () => f(1), () => py.eval('1'), () => py.list(), () => list.as(Array), () => py\`1\`]) {
      try { use(); console.log('no error from ' + use) } catch (e) { console.log(e.code) }
    }
    console.log(error.name, typeof error.stack, String(view[0]));
    console.log((await import('node:util')).inspect(list).length > 0);
  `);
  assert.deepEqual(stdout.trim().split('\n'), [
    'CLOSED',
    'CLOSED',
    'CLOSED',
    'CLOSED',
    'CLOSED',
    'CLOSED',
    'ZeroDivisionError string 0',
    'true',
  ]);
});

test('a proxy of one copy of the package is no Python object for another, and nothing crashes', () => {
  const { stdout } = runChild(
    `
    import { createRequire } from 'node:module';
    const other = createRequire(import.meta.url)('caduceus');
    const list = py.list([1]);
    console.log(other.py.eval('1 + 1'), other.py === py);
    const seen = other.py.eval('lambda x: x')(list);
    console.log(seen === list);
    try { py.eval('1/0') } catch (error) { console.log(error instanceof other.PythonError || error.name) }
    console.log(py.eval('lambda f: f()')(() => { try { other.py.eval('1/0') } catch (e) { throw e } }));
  `
      .replace("console.log(py.eval('lambda f: f()')", "try { py.eval('lambda f: f()')")
      .replace('throw e } }));', 'throw e } }) } catch (e) { console.log(e.name) }'),
  );
  assert.match(stdout, /^2 (true|false)\n(true|false)\n/);
  assert.match(stdout, /ZeroDivisionError\n$/);
});
