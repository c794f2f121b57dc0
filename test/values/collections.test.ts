// JavaScript's arrays, maps, sets and typed arrays behave in Python as lists, dicts, sets and sequences do.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PythonError, py } from 'caduceus';

const prepare = `
  import bisect, copy, json, pickle
  from collections import abc
  def then(*steps): return steps[-1]
  def match(value):
      match value:
          case [x, y]: return x + y
          case {"a": x}: return x
  def put(o, part, values): o[part] = values
  def drop(o, part): del o[part]
`;
const scope = py.scope();
scope.exec(prepare);

/** What a Python expression of `o` is for a JavaScript object, as repr shows it. */
function of(object: object, code: string): string {
  return String(scope.eval(`lambda o: repr((${code}))`)(py.ref(object)));
}

function check(make: () => object, rows: Record<string, string>): void {
  for (const [code, expected] of Object.entries(rows)) assert.equal(of(make(), code), expected, code);
}

test('arrays are mutable sequences', () => {
  check(() => [3, 1, 2], {
    'isinstance(o, abc.MutableSequence)': 'True',
    'list(o), sorted(o), [*o], list(reversed(o)), list(enumerate(o))[2]':
      '([3, 1, 2], [1, 2, 3], [3, 1, 2], [2, 1, 3], (2, 2))',
    'o == [3, 1, 2], o != [3, 1, 2], o == [3, 1], o == copy.copy(o), o == (3, 1, 2), [3, 1, 2] == o':
      '(True, False, False, True, False, True)',
    'list(o[1:]), list(o[::-1]), list(o[-2:5]), list(o[2:1]), list(o[::2])':
      '([1, 2], [2, 1, 3], [1, 2], [], [3, 2])',
    'then(put(o, slice(1, 2), [7, 8, 9]), list(o))': '[3, 7, 8, 9, 2]',
    'then(put(o, slice(None, None, 2), "ab"), list(o))': "['a', 1, 'b']",
    'then(drop(o, slice(0, 2)), list(o))': '[2]',
    'then(drop(o, slice(None, None, 2)), list(o))': '[1]',
    'then(o.append(9), o.insert(0, 7), o.extend([5]), o.remove(1), list(o))': '[7, 3, 2, 9, 5]',
    'o.pop(), o.pop(0), list(o)': '(2, 3, [1])',
    'o.index(1), o.count(1), o.count(8)': '(1, 1, 0)',
    'o.sort(), list(o)': '(None, [1, 2, 3])',
    'then(o.sort(key=lambda x: -x), list(o))': '[3, 2, 1]',
    'then(o.sort(lambda a, b: b - a), list(o))': '[3, 2, 1]',
    'then(o.sort(reverse=True), o.reverse(), list(o))': '[1, 2, 3]',
    'list(o + [4]), list([4] + o), list(o * 2), list(2 * o)':
      '([3, 1, 2, 4], [4, 3, 1, 2], [3, 1, 2, 3, 1, 2], [3, 1, 2, 3, 1, 2])',
    'then(o.__iadd__([4]), list(o))': '[3, 1, 2, 4]',
    'then(o.clear(), (len(o), bool(o)))': '(0, False)',
    'match(o[:2])': '4',
    'json.dumps({"a": o}, default=list)': `'{"a": [3, 1, 2]}'`,
    'bisect.bisect(o[1:], 1)': '1',
    'hasattr(o, "keys"), o.indexOf(1), o.map(lambda x: x + 1)[0]': '(False, 1, 4)',
  });
});

test('what a program put into an array or onto a class of its own wins over Python’s methods', () => {
  class Own extends Array {
    override pop(): string {
      return 'own';
    }
  }
  assert.equal(of(Own.of(1), 'o.pop()'), "'own'");
  assert.equal(of(Object.assign([1], { append: () => 'mine' }), 'o.append(1)'), "'mine'");
});

test('maps are mutable mappings', () => {
  check(
    () =>
      new Map<unknown, unknown>([
        ['a', 1],
        ['b', 2],
      ]),
    {
      'isinstance(o, abc.MutableMapping)': 'True',
      'dict(o), {**o}, list(o), len(o)': "({'a': 1, 'b': 2}, {'a': 1, 'b': 2}, ['a', 'b'], 2)",
      'list(o.items()), list(o.keys()), list(o.values()), ("a", 1) in o.items()':
        "([('a', 1), ('b', 2)], ['a', 'b'], [1, 2], True)",
      'o.get("a"), o.get("z"), o.get("z", 5)': '(1, None, 5)',
      'o.pop("a"), o.pop("a", 0), o.setdefault("c", 3), len(o)': '(1, 0, 3, 2)',
      'then(o.update({"c": 3}, d=4), list(o))': "['a', 'b', 'c', 'd']",
      'o == {"a": 1, "b": 2}, o == {}, o | {"c": 1}': "(True, False, {'a': 1, 'b': 2, 'c': 1})",
      'match(o), o.has("a"), o.size': '(1, True, 2)',
      'then(o.clear(), (len(o), bool(o)))': '(0, False)',
      'copy.deepcopy(o) == o': 'True',
    },
  );
  assert.throws(() => of(new Map(), 'o.pop("z")'), { name: 'KeyError' });
});

test('sets are mutable sets', () => {
  check(() => new Set([1, 2]), {
    'isinstance(o, abc.MutableSet)': 'True',
    'o == {1, 2}, {1, 2} == o, o == {1}, o <= {1, 2, 3}, o < {1, 2}, o.isdisjoint({3})':
      '(True, True, False, True, False, True)',
    'o | {3}, o & {2}, o - {1}, {2, 3} - o, o ^ {2, 3}': '({1, 2, 3}, {2}, {2}, {3}, {1, 3})',
    'then(o.add(3), o.discard(1), o.discard(9), sorted(o))': '[2, 3]',
    'then(o.remove(1), sorted(o))': '[2]',
    'then(o.__ior__({5}), sorted(o))': '[1, 2, 5]',
    'copy.copy(o) == o': 'True',
  });
  assert.throws(() => of(new Set(), 'o.remove(1)'), { name: 'KeyError' });
});

test('typed arrays are sequences of a fixed length', () => {
  check(() => Uint8Array.of(3, 1, 2), {
    'isinstance(o, abc.Sequence), isinstance(o, abc.MutableSequence)': '(True, False)',
    'o == [3, 1, 2], list(o[1:]), list(o[::-1]), bytes(o[1:])': "(True, [1, 2], [2, 1, 3], b'\\x01\\x02')",
    'then(put(o, slice(0, 2), [8, 9]), list(o))': '[8, 9, 2]',
    'o.index(2), o.count(1), bisect.bisect(o[1:], 1)': '(2, 1, 1)',
  });
  assert.throws(() => of(Uint8Array.of(1), 'drop(o, slice(0, 1))'), {
    name: 'TypeError',
    message: /fixed length/,
  });
  assert.throws(() => of(Uint8Array.of(1), 'put(o, slice(0, 1), [1, 2])'), { name: 'ValueError' });
});

test('collections cannot be hashed, nor pickled', () => {
  for (const object of [[], new Map(), new Set(), new Uint8Array()]) {
    assert.throws(() => of(object, 'hash(o)'), { name: 'TypeError', message: /unhashable/ });
    assert.throws(() => of(object, 'pickle.dumps(o)'), PythonError);
  }
});

test('a plain object is a mapping where one is asked for', () => {
  check(() => ({ a: 1, b: 2 }), {
    'dict(o), {**o}, (lambda **k: k)(**o)': "({'a': 1, 'b': 2}, {'a': 1, 'b': 2}, {'a': 1, 'b': 2})",
  });
  assert.equal(of({ keys: 5 }, 'o.keys'), '5');
});

test('bad input is refused as Python does it', () => {
  assert.throws(() => of([1, 2, 3], 'put(o, slice(None, None, 2), [1])'), { name: 'ValueError' });
  for (const value of ['5', 'None'])
    assert.throws(() => of([1], `put(o, slice(0, 1), ${value})`), { name: 'TypeError', message: /iterable/ });
  assert.throws(() => of([1], 'o + 1'), { name: 'TypeError' });
  assert.throws(() => of([], 'o.pop()'), { name: 'IndexError' });
  assert.throws(() => of([1], 'o.index(5)'), { name: 'ValueError' });
  assert.throws(() => of([1], 'o < [2]'), { name: 'TypeError' });
});
