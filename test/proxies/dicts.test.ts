import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, py } from 'caduceus';

test('on an exact dict an attribute is the item of that name', () => {
  const d = py.dict({ tea: 3 });
  assert.equal(d.tea, 3);
  assert.equal(d.milk, undefined);
  d.milk = 1;
  assert.equal(d[at('milk')], 1);
  assert.equal('milk' in d, true);
  assert.equal(delete d.milk, true);
  assert.equal('milk' in d, false);
  assert.throws(() => delete d.milk, { name: 'KeyError' });
});

test('a dict’s own methods stay Python’s, also where an item has their name', () => {
  const d = py.dict({ keys: 1, items: 2, get: 3, a: 4 });
  assert.deepEqual([...d.keys()], ['keys', 'items', 'get', 'a']);
  assert.equal(d.get('a'), 4);
  assert.equal(d.get('zzz'), null);
  assert.equal(d.pop('a'), 4);
  assert.equal(d[at('keys')], 1);
});

test('assigning a method’s name sets the item and leaves the method', () => {
  const d = py.dict();
  d.update = 5;
  assert.equal(d[at('update')], 5);
  d.update({ b: 1 });
  assert.equal(d.b, 1);
});

test('items named like what JavaScript asks for are items for at alone', () => {
  const d = py.dict({
    size: 'big',
    has: 'nothing',
    // biome-ignore lint/suspicious/noThenProperty: that is the test
    then: 'later',
    toJSON: 'no',
    constructor: 'c',
    length: 9,
  });
  assert.equal(d.length, 9);
  assert.equal(d.then, undefined);
  assert.equal(typeof d.toJSON, 'function');
  assert.equal(d[at('then')], 'later');
  assert.equal(d[at('constructor')], 'c');
  assert.equal(d[at('size')], 'big');
});

test('a nested dict is read along and assigned', () => {
  const d = py.dict({ a: { b: { c: [10, 20] } } });
  assert.equal(d.a.b.c[1], 20);
  d.a.b.c[1] += 5;
  d.a.b.d = { e: 1 };
  assert.equal(String(d), "{'a': {'b': {'c': [10, 25], 'd': {'e': 1}}}}");
});

test('subclasses of dict keep attributes and items apart', () => {
  const counter = py.import('collections').Counter('hello');
  assert.equal(counter.l, undefined);
  assert.equal(counter[at('l')], 2);
  counter.note = 'attribute';
  assert.equal(py`${counter}.note`, 'attribute');
  assert.equal(at('note') in counter, false);
});

test('a mapping has size, has, forEach and entries, and iterates entries like a Map', () => {
  const d = py.dict({ a: 1, b: [2] });
  assert.equal(d.size, 2);
  assert.equal(d.has('a'), true);
  assert.equal(d.has('z'), false);
  const seen: unknown[] = [];
  d.forEach((value: unknown, key: unknown, mapping: unknown) => {
    seen.push([key, String(value), mapping === d]);
  });
  assert.deepEqual(seen, [
    ['a', '1', true],
    ['b', '[2]', true],
  ]);
  assert.deepEqual(
    [...d].map(([key, value]: [string, unknown]) => `${key}=${value}`),
    ['a=1', 'b=[2]'],
  );
  assert.deepEqual(
    [...d.entries()].map(([key]: [string]) => key),
    ['a', 'b'],
  );
  assert.equal(new Map(d as Iterable<[string, unknown]>).get('a'), 1);
});

test('any Mapping is one: ChainMap, mappingproxy, a class of one’s own', () => {
  const own = py.def`
    from collections.abc import Mapping
    class Squares(Mapping):
        def __getitem__(self, key):
            if key not in (1, 2, 3): raise KeyError(key)
            return key * key
        def __iter__(self): return iter((1, 2, 3))
        def __len__(self): return 3
  `();
  assert.deepEqual(
    [...own],
    [
      [1, 1],
      [2, 4],
      [3, 9],
    ],
  );
  assert.equal(own.size, 3);
  assert.equal(own.has(2), true);
  assert.equal(own.has(7), false);
  assert.deepEqual([...py.import('types').MappingProxyType({ a: 1 })], [['a', 1]]);
  assert.equal(py.import('collections').ChainMap({ a: 1 }, { b: 2 }).size, 2);
});

test('keys of a dict that are no text are reached by at and by iterating', () => {
  const d = py`{1: 'one', (1, 2): 'pair', 'x': 'text'}`;
  assert.equal(d[at(1)], 'one');
  assert.equal(d[1], undefined, 'a property key is a text');
  assert.deepEqual(Object.keys(d), ['x']);
  assert.equal(d.size, 3);
});

test('an item whose name is a number in a text is that item', () => {
  const d = py.dict({ '0': 'zero' });
  assert.equal(d[0], 'zero');
  d[1] = 'one';
  assert.equal(String(d), "{'0': 'zero', '1': 'one'}");
});

test('Object.keys, entries, spread and JSON show a dict’s items', () => {
  const d = py.dict({ a: 1, b: 'x' });
  assert.deepEqual(Object.keys(d), ['a', 'b']);
  assert.deepEqual({ ...d }, { a: 1, b: 'x' });
  assert.deepEqual(Object.entries(d), [
    ['a', 1],
    ['b', 'x'],
  ]);
  assert.equal(JSON.stringify(d), '{"a":1,"b":"x"}');
});

test('a defaultdict makes an item only where Python would', () => {
  const d = py.import('collections').defaultdict(py.builtins.list);
  assert.equal(at('a') in d, false);
  d[at('a')].append(1);
  assert.equal(String(d[at('a')]), '[1]');
  assert.equal(d.size, 1);
});

test('a set has size, has and iterates', () => {
  const s = py.set(['a', 'b']);
  assert.equal(s.size, 2);
  assert.equal(s.has('a'), true);
  assert.deepEqual([...s].sort(), ['a', 'b']);
  assert.deepEqual(new Set(s as Iterable<unknown>), new Set(['a', 'b']));
});

test('a copy has the items that are named like methods, which reading a property hides', () => {
  const d = py.dict({ keys: 2 });
  assert.deepEqual(d.as(Object), { keys: 2 });
  assert.equal(JSON.stringify(d), '{"keys":2}');
  assert.equal(Object.getOwnPropertyDescriptor(d, 'keys')?.value, 2);
});
