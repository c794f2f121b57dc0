import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, py } from 'caduceus';

const numbers = () => py.list([5, 3, 8]);

test('a sequence has length and integer indices', () => {
  const list = numbers();
  assert.equal(list.length, 3);
  assert.equal(list[0], 5);
  assert.equal(list[2], 8);
  assert.equal(list[3], undefined);
  assert.equal(list[-1], undefined, 'as on an array: py.item and .at count from the end');
  assert.equal(list.at(-1), 8);
  assert.equal(0 in list, true);
  assert.equal(3 in list, false);
  list[1] = 30;
  assert.equal(String(list), '[5, 30, 8]');
  delete list[0];
  assert.equal(String(list), '[30, 8]');
  assert.throws(
    () => {
      list[7] = 1;
    },
    { name: 'IndexError' },
  );
});

test('a property key that only looks like an index is none', () => {
  const list = numbers();
  for (const key of ['01', '1.0', '-0', ' 1', '1e0', '+1']) assert.equal(list[key], undefined, key);
});

test('every read-only method of Array works on a list and answers as on an array', () => {
  const list = numbers();
  const array = [5, 3, 8];
  const calls: ((it: any) => unknown)[] = [
    (it) => it.at(1),
    (it) => it.concat([1], 2),
    (it) => [...it.entries()],
    (it) => it.every((x: number) => x > 2),
    (it) => it.filter((x: number) => x > 4),
    (it) => it.find((x: number) => x < 5),
    (it) => it.findIndex((x: number) => x === 8),
    (it) => it.findLast((x: number) => x > 4),
    (it) => it.findLastIndex((x: number) => x > 4),
    (it) => it.flatMap((x: number) => [x, x]),
    (it) => it.includes(3),
    (it) => it.indexOf(8),
    (it) => it.join('-'),
    (it) => [...it.keys()],
    (it) => it.lastIndexOf(5),
    (it) => it.map((x: number, index: number) => x * index),
    (it) => it.reduce((sum: number, x: number) => sum + x),
    (it) => it.reduceRight((sum: string, x: number) => sum + x, ''),
    (it) => it.slice(1),
    (it) => it.some((x: number) => x > 7),
    (it) => it.toReversed(),
    (it) => it.toSorted((a: number, b: number) => a - b),
    (it) => it.toSpliced(1, 1),
    (it) => [...it.values()],
    (it) => {
      const seen: unknown[] = [];
      it.forEach((x: unknown, index: unknown) => {
        seen.push([x, index]);
      });
      return seen;
    },
  ];
  for (const call of calls) assert.deepEqual(call(list), call(array), String(call));
});

test('tuples, ranges, strings and deques are sequences too', () => {
  assert.equal(py.tuple([1, 2]).length, 2);
  assert.deepEqual(
    py.builtins.range(3).map((x: number) => x * 2),
    [0, 2, 4],
  );
  assert.equal(py.str('abc')[1], 'b');
  assert.equal(py.str('abc').length, 3);
  assert.deepEqual(py.import('collections').deque([1, 2]).toReversed(), [2, 1]);
  assert.equal(py.bytes('ab')[0], 97);
});

test('a type’s own index, count and sort stay Python’s', () => {
  const list = numbers();
  assert.equal(list.index(8), 2);
  assert.equal(list.count(3), 1);
  list.sort();
  assert.equal(String(list), '[3, 5, 8]');
  assert.equal(list.pop(), 8);
  assert.equal(list.reverse(), null);
});

test('a Sequence of one’s own keeps attributes that are named like Array’s methods', () => {
  py.exec(`
    from collections.abc import Sequence
    class Track(Sequence):
        def __init__(self, items): self.items = items; self.map = 'a map of the track'
        def __getitem__(self, index): return self.items[index]
        def __len__(self): return len(self.items)
        def filter(self, how): return 'filtered by ' + how
        @property
        def length(self): return '3 km'
  `);
  const track = py.main.Track([1, 2]);
  assert.equal(track.map, 'a map of the track');
  assert.equal(track.filter('hand'), 'filtered by hand');
  assert.equal(track.length, '3 km');
  assert.equal(track[1], 2);
  assert.equal(track.join('+'), '1+2', 'length is asked of Python even so');
  assert.deepEqual([...track], [1, 2]);
});

test('an instance attribute set later hides the method of the same name on that instance alone', () => {
  py.exec('class Named(list): pass');
  const [first, second] = [py.main.Named([1]), py.main.Named([2])];
  assert.equal(typeof first.find, 'function');
  first.find = 'found';
  assert.equal(first.find, 'found');
  assert.equal(
    second.find((x: number) => x === 2),
    2,
  );
  delete first.find;
  assert.equal(typeof first.find, 'function');
});

test('what has only __getitem__ has indices, and length with __len__', () => {
  py.exec(`
    class Old:
        def __getitem__(self, index):
            if index > 2: raise IndexError(index)
            return index * 10
    class OldSized(Old):
        def __len__(self): return 3
  `);
  const old = py.main.Old();
  assert.equal(old[2], 20);
  assert.equal(old[3], undefined);
  assert.equal(old.length, undefined);
  assert.equal(old.map, undefined, 'no Sequence');
  assert.equal(py.main.OldSized().length, 3);
  assert.deepEqual([...old], [0, 10, 20], 'iteration is Python’s');
  py.exec('class OldWritable(Old):\n    def __setitem__(self, i, v): self.seen = (i, v)');
  const writable = py.main.OldWritable();
  writable[1] = 'x';
  assert.deepEqual([...writable.seen], [1, 'x']);
});

test('what __getitem__ raises besides IndexError is thrown', () => {
  py.exec('class Bad:\n    def __getitem__(self, i): raise ValueError(i)');
  assert.throws(() => py.main.Bad()[0], { name: 'ValueError' });
});

test('Array.from, spread, destructuring and rest run over a sequence', () => {
  const [first, ...rest] = numbers();
  assert.deepEqual([first, rest], [5, [3, 8]]);
  assert.deepEqual(
    Array.from(numbers(), (x) => Number(x) + 1),
    [6, 4, 9],
  );
  assert.equal(Math.max(...numbers()), 8);
});

test('Object.keys of a list are its indices, and Array.isArray is false', () => {
  assert.deepEqual(Object.keys(numbers()), ['0', '1', '2']);
  assert.deepEqual(Object.values(numbers()), [5, 3, 8]);
  assert.equal(Array.isArray(numbers()), false);
});

test('concat takes arrays and sequences alike', () => {
  assert.deepEqual(numbers().concat(py.tuple([1]), [2], 3), [5, 3, 8, 1, 2, 3]);
  assert.deepEqual(numbers().concat('text'), [5, 3, 8, 'text']);
});

test('flat flattens arrays, and leaves what is taken by reference', () => {
  const nested = py.list([[1], [2]]);
  assert.equal(nested.flat().length, 2);
  assert.deepEqual(nested.as(Array).flat(), [1, 2]);
});

test('items that are containers are the same proxy each time', () => {
  const nested = py.list([[1], { a: 1 }]);
  assert.equal(nested[0], nested[at(0)]);
  assert.equal(nested.indexOf(nested[1]), 1);
  assert.equal(nested.includes(nested[1]), true);
});
