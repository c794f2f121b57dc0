import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, BridgeError, py } from 'caduceus';

test('at(key) reads, assigns, deletes and asks for an item', () => {
  const d = py.dict({ a: 1 });
  assert.equal(d[at('a')], 1);
  d[at('b')] = 2;
  assert.equal(at('b') in d, true);
  assert.equal(delete d[at('a')], true);
  assert.equal(at('a') in d, false);
  assert.equal(String(d), "{'b': 2}");
});

test('a missing item is what Python raises, on reading and on deleting', () => {
  const d = py.dict();
  assert.throws(() => d[at('a')], { name: 'KeyError', message: "'a'" });
  assert.throws(() => delete d[at('a')], { name: 'KeyError' });
  assert.throws(() => py.list([1])[at(5)], { name: 'IndexError' });
  assert.throws(() => py.builtins.object()[at(0)], { name: 'TypeError' });
});

test('keys of every type find the item of that type', () => {
  const d = py`{1: 'int', 1.5: 'float', None: 'none', 'x': 'str', (1, 2): 'tuple', b'b': 'bytes', 2**70: 'big'}`;
  assert.equal(d[at(1)], 'int');
  assert.equal(d[at(1.5)], 'float');
  assert.equal(d[at(null)], 'none');
  assert.equal(d[at(true)], 'int');
  assert.equal(d[at('x')], 'str');
  assert.equal(d[at(1, 2)], 'tuple');
  assert.equal(d[at(py.tuple([1, 2]))], 'tuple');
  assert.equal(d[at(py.bytes('b'))], 'bytes');
  assert.equal(d[at(2n ** 70n)], 'big');
});

test('a proxy is a key by itself', () => {
  const key = py.builtins.object();
  const d = py.dict();
  d[at(key)] = 'found';
  assert.equal(d[at(key)], 'found');
  assert.equal(at(py.builtins.object()) in d, false);
});

test('several keys make a tuple, slices in it included', () => {
  const recorder = py.def`
    class Recorder:
        def __getitem__(self, key): return repr(key)
        def __setitem__(self, key, value): self.last = repr((key, value))
        def __delitem__(self, key): self.last = repr(key)
  `();
  assert.equal(recorder[at(py.slice(1, 3), 0)], '(slice(1, 3, None), 0)');
  assert.equal(recorder[at(py.slice(null, null, -1))], 'slice(None, None, -1)');
  assert.equal(recorder[at([1, 2])], '[1, 2]');
  assert.equal(recorder[at(py.builtins.Ellipsis, null)], '(Ellipsis, None)');
  recorder[at(1, 2)] = { a: [1] };
  assert.equal(recorder.last, "((1, 2), {'a': [1]})");
  delete recorder[at(py.slice(2))];
  assert.equal(recorder.last, 'slice(None, 2, None)');
});

test('slices read, assign and delete parts of a list', () => {
  const list = py.list([0, 1, 2, 3, 4, 5]);
  assert.equal(String(list[at(py.slice(1, 3))]), '[1, 2]');
  list[at(py.slice(0, 2))] = ['a'];
  assert.equal(String(list), "['a', 2, 3, 4, 5]");
  delete list[at(py.slice(1, null, 2))];
  assert.equal(String(list), "['a', 3, 5]");
  assert.equal(list[at(-1)], 5);
});

test('compound assignment reads and writes once each', () => {
  const d = py.dict({ x: 1, s: 'a', deep: { list: [1, { n: 10 }] } });
  d[at('x')] += 1;
  d[at('s')] += 'b';
  d[at('x')]++;
  d[at('deep')][at('list')][at(1)][at('n')] -= 3;
  assert.equal(d[at('x')], 3);
  assert.equal(d[at('s')], 'ab');
  assert.equal(d[at('deep')][at('list')][at(1)][at('n')], 7);
  d[at('x')] ??= 99;
  assert.equal(d[at('x')], 3);
});

test('nested items in one expression do not disturb each other', () => {
  const d = py.dict({ k: 'target', target: 5 });
  assert.equal(d[at(d[at('k')])], 5);
  d[at(d[at('k')])] = d[at('target')] + d[at(d[at('k')])];
  assert.equal(d[at('target')], 10);
});

test('a key of at may be kept and used again', () => {
  const key = at('a', 1);
  const first = py.dict();
  const second = py.dict();
  first[key] = 1;
  second[key] = 2;
  assert.equal(first[key] + second[key], 3);
});

test('0 and -0 are equal keys in Python, and NaN is itself', () => {
  const d = py.dict();
  d[at(0)] = 'zero';
  assert.equal(d[at(-0)], 'zero');
  const recorder = py.def`
    class Shown:
        def __getitem__(self, key): return repr(key)
  `();
  assert.equal(recorder[at(-0)], '-0.0');
  assert.equal(recorder[at(0)], '0');
  assert.equal(recorder[at(Number.NaN)], 'nan');
});

test('an unhashable key is what Python raises', () => {
  assert.throws(() => py.dict()[at([1])], { name: 'TypeError', message: /unhashable/ });
  assert.throws(() => at({}) in py.dict(), { name: 'TypeError', message: /unhashable/ });
});

test('in asks __contains__', () => {
  assert.equal(at(3) in py.list([1, 2, 3]), true);
  assert.equal(at('ell') in py.str('hello'), true);
  assert.equal(at(3) in py.set([1]), false);
  assert.throws(() => at(1) in py.builtins.object(), { name: 'TypeError' });
});

test('py.item, py.setItem and py.delItem do the same by name', () => {
  const d = py.dict();
  py.setItem(d, 'a', [1]);
  assert.equal(py.item(d, 'a').length, 1);
  py.delItem(d, 'a');
  assert.throws(() => py.item(d, 'a'), { name: 'KeyError' });
  assert.throws(() => py.delItem(d, 'a'), { name: 'KeyError' });
  assert.equal(py.item(py.list([1, 2]), -1), 2);
  assert.equal(py.item(py.list([1, 2, 3]), py.slice(1)).length, 1);
});

test('items of types: subscripting a class', () => {
  assert.equal(String(py.builtins.list[at(py.builtins.int)]), 'list[int]');
  assert.equal(
    String(py.item(py.builtins.dict, py.tuple([py.builtins.str, py.builtins.int]))),
    'dict[str, int]',
  );
});

test('functions of py on what is no Python object say what to do', () => {
  const calls = [
    () => py.item({ a: 1 }, 'a'),
    () => py.setItem([1], 0, 2),
    () => py.delItem(null, 0),
    () => py.attr(5, 'x'),
    () => py.setAttr('text', 'x', 1),
    () => py.hasAttr(undefined, 'x'),
  ];
  for (const call of calls) {
    assert.throws(call, (error: BridgeError) => error instanceof BridgeError && error.code === 'NOT_PYTHON');
  }
});

test('py.attr reads any attribute, py.setAttr assigns, py.hasAttr asks', () => {
  const namespace = py.import('types').SimpleNamespace();
  for (const name of [
    'as',
    'del',
    'in',
    'is',
    'with',
    'then',
    'constructor',
    'toString',
    'class',
    'ordinary',
    '__proto__',
  ]) {
    assert.equal(py.hasAttr(namespace, `${name}_missing`), false);
    py.setAttr(namespace, name, `value of ${name}`);
    assert.equal(py.attr(namespace, name), `value of ${name}`);
    assert.equal(py.hasAttr(namespace, name), true);
  }
  assert.throws(() => py.attr(namespace, 'missing'), { name: 'AttributeError', message: /missing/ });
});

test('keyword-named attributes stay ours on proxies and Python’s through py.attr', () => {
  const namespace = py`type('N', (), {'as': 1, 'in': 2, 'is': 3, 'del': 4, 'with': 5})`();
  for (const name of ['as', 'in', 'is', 'del']) assert.equal(typeof namespace[name], 'function', name);
  assert.equal(py.attr(namespace, 'as') + py.attr(namespace, 'in'), 3);
});

test('.is is identity, .in containment both ways, .del deletes an item', () => {
  const list = py.list([1, 2]);
  const same = py`lambda x: x`(list);
  assert.equal(list.is(same), true);
  assert.equal(list.is(py.list([1, 2])), false);
  assert.equal(py.int(2).in(list), true);
  assert.equal(list.in(2), true, 'a container is asked about its item');
  assert.equal(list.in([2]), false);
  const d = py.dict({ a: 1, b: 2 });
  d.del('a');
  assert.equal(String(d), "{'b': 2}");
  assert.throws(() => d.del('a'), { name: 'KeyError' });
});
