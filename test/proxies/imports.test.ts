import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, BridgeError, PythonError, py } from 'caduceus';

test('py.import of a dotted name is the submodule, not its parent', () => {
  const path = py.import('os.path');
  assert.equal(path.join('a', 'b'), 'a/b');
  assert.equal(py.import('xml.etree.ElementTree').__name__, 'xml.etree.ElementTree');
  assert.equal(py.import('os.path'), path);
});

test('an unknown module is a ModuleNotFoundError that names the closest modules', () => {
  assert.throws(
    () => py.import('jsno'),
    (error: PythonError) => {
      assert.ok(error instanceof PythonError);
      assert.equal(error.name, 'ModuleNotFoundError');
      assert.ok(error.is(py.builtins.ImportError));
      assert.match(error.message, /No module named 'jsno'/);
      assert.match(error.message, /did you mean .*json/i);
      assert.equal(error.value.name, 'jsno');
      return true;
    },
  );
});

test('an unknown submodule names the closest modules of its package', () => {
  assert.throws(() => py.import('json.decodr'), /No module named 'json.decodr'.*json\.decoder/is);
  assert.throws(() => py.import('jsom.decoder'), /No module named 'jsom'.*json/is);
});

test('a module that is there but imports a missing one keeps the error of its own import', () => {
  py.exec(`
    import sys, types, importlib.abc, importlib.machinery
    class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, name, path, target=None):
            if name == 'broken_by_import':
                return importlib.machinery.ModuleSpec(name, self)
        def create_module(self, spec): return None
        def exec_module(self, module): import jsno_inner
    sys.meta_path.append(_Finder())
  `);
  assert.throws(
    () => py.import('broken_by_import'),
    (error: PythonError) => error.message === "No module named 'jsno_inner'",
  );
});

test('a module name that is no text is refused before Python sees it', () => {
  for (const name of ['', 7, null, undefined]) {
    assert.throws(
      () => py.import(name as string),
      (error: BridgeError) => error instanceof BridgeError && error.code === 'WRONG_ARGUMENT',
    );
  }
});

test('a module that raises when it runs is that error', () => {
  py.exec(`
    import sys, importlib.abc, importlib.machinery
    class _Raising(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, name, path, target=None):
            if name == 'raising_module':
                return importlib.machinery.ModuleSpec(name, self)
        def create_module(self, spec): return None
        def exec_module(self, module): raise ValueError('while running')
    sys.meta_path.append(_Raising())
  `);
  assert.throws(() => py.import('raising_module'), { name: 'ValueError', message: 'while running' });
});

test('attributes are read, assigned, deleted and asked for as properties', () => {
  const namespace = py.import('types').SimpleNamespace();
  assert.equal('x' in namespace, false);
  assert.equal(namespace.x, undefined);
  namespace.x = 5;
  assert.equal('x' in namespace, true);
  assert.equal(namespace.x, 5);
  namespace.x += 2;
  assert.equal(namespace.x, 7);
  assert.equal(delete namespace.x, true);
  assert.equal('x' in namespace, false);
  assert.throws(() => delete namespace.x, { name: 'AttributeError' });
});

test('what cannot be assigned is what Python raises', () => {
  assert.throws(
    () => {
      py.builtins.object().x = 1;
    },
    { name: 'AttributeError' },
  );
  assert.throws(
    () => {
      py.builtins.int.x = 1;
    },
    { name: 'TypeError' },
  );
});

test('an assigned plain object is copied, a proxy is stored as itself', () => {
  const namespace = py.import('types').SimpleNamespace();
  const given = { list: [1, 2] };
  namespace.data = given;
  given.list.push(3);
  assert.equal(py`len(${namespace}.data['list'])`, 2);
  const list = py.list([1]);
  namespace.list = list;
  assert.equal(namespace.list, list);
});

test('py.main, py.builtins and py.ops are the modules of that name', () => {
  py.exec('shown_in_main = 41');
  assert.equal(py.main.shown_in_main, 41);
  py.main.assigned_in_main = 5;
  assert.equal(py`assigned_in_main + 1`, 6);
  assert.equal(py.builtins.len([1, 2, 3]), 3);
  assert.equal(py.ops.add(2, 3), 5);
  assert.equal(py.main, py.import('__main__'));
  assert.equal(py.builtins, py.import('builtins'));
});

test('a name of many shapes reaches Python whole: unicode, dunder, with spaces, very long', () => {
  const namespace = py.import('types').SimpleNamespace();
  for (const name of ['größe', '变量', '__dunder__', 'two words', '😀', 'x'.repeat(10_000), '$']) {
    namespace[name] = name.length;
    assert.equal(namespace[name], name.length, name.slice(0, 20));
    assert.equal(py.attr(namespace, name), name.length);
  }
  assert.equal(at('x') !== undefined, true);
});
