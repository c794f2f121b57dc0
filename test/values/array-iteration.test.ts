import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { py } from 'caduceus';

/** Evaluates a lambda of an array that Python takes by reference, and of what else it needs. */
const on = (array: readonly unknown[], code: string, ...more: unknown[]): unknown =>
  py.eval(`lambda a, *more: ${code}`)(py.ref(array), ...more);

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Python code that goes through `a`, and at the item 10 does something to it. */
function during(
  change: string,
): (array: unknown, change?: () => unknown) => { as(target: unknown): number[] } {
  py.exec(`
def go_through(a, change=None):
    seen = []
    for item in a:
        seen.append(item)
        if item == 10: ${change}
    return seen
`);
  return py.main.go_through;
}

test('Python iterates over every item of an array, of whatever kind, in order', () => {
  assert.equal(on(numbers(1000), 'list(a) == list(range(1000))'), true);
  assert.equal(on([], 'list(a) == []'), true);
  const date = new Date(0);
  const mixed = [
    1.5,
    'text',
    true,
    null,
    undefined,
    2n ** 70n,
    [1],
    { a: 1 },
    () => 7,
    date,
    Symbol.iterator,
  ];
  assert.equal(
    on(
      [...mixed, ...mixed],
      '(lambda s: s[:6] == [1.5, "text", True, None, None, 2**70] and s[6][0] == 1 and s[7]["a"] == 1 and s[8]() == 7 and len(s) == 22)(list(a))',
    ),
    true,
  );
  assert.deepEqual((on(mixed, 'list(a)') as Iterable<unknown>)[Symbol.iterator]().next().value, 1.5);
});

test('what happens to an array meanwhile is seen: items are added, taken away, replaced', () => {
  const appends = during('a.append(-1)');
  assert.deepEqual(appends(py.ref(numbers(40))).as(Array), [...numbers(40), -1]);
  const shortens = during('a.length = 13');
  assert.deepEqual(shortens(py.ref(numbers(40))).as(Array), numbers(13));
  const replaces = during('a[12] = -1');
  assert.equal(replaces(py.ref(numbers(40))).as(Array)[12], -1);
  const array = numbers(40);
  const calls = during('change()');
  assert.deepEqual(calls(py.ref(array), () => void array.splice(11, 20)).as(Array), [
    ...numbers(11),
    ...numbers(40).slice(31),
  ]);
});

test('an iterator that has ended stays so', () => {
  const array = numbers(5);
  assert.equal(on(array, '(i := iter(a), list(i), a.append(5), list(i))[-1] == []'), true);
});

test('JavaScript that runs between two items, by itself, is seen', async () => {
  const array = numbers(40);
  const iterator = py.builtins.iter(py.ref(array));
  const { next } = py.builtins;
  for (let i = 0; i < 20; i++) assert.equal(next(iterator), i);
  array[20] = -1;
  assert.equal(next(iterator), -1);
  await turn();
  array.length = 21;
  assert.equal(next(iterator, 'ended'), 'ended');
});

test('no getter, trap or promise is met before its item is asked for', () => {
  const asked: string[] = [];
  const array: unknown[] = numbers(40);
  const note = (what: string) => asked.push(what);
  Object.defineProperty(array, 20, { get: () => note('getter') });
  array[25] = new Proxy({}, { has: () => note('trap') > 0 });
  array[30] = {
    // biome-ignore lint/suspicious/noThenProperty: what the test is about
    get then() {
      return note('then');
    },
  };
  const take = (count: number) =>
    on(array, 'len([next(i) for i in [iter(a)] for _ in range(more[0])])', count);
  assert.equal(take(20), 20);
  assert.deepEqual(asked, []);
  assert.equal(take(21), 21);
  assert.deepEqual(asked, ['getter']);
  assert.equal(take(30), 30);
  assert.deepEqual(asked, ['getter', 'getter']);
});

test('a getter that throws, throws at its item, and the iterator goes on there', () => {
  const array: unknown[] = numbers(20);
  Object.defineProperty(array, 10, {
    get: () => {
      throw new RangeError('no item');
    },
  });
  assert.throws(() => on(array, 'list(a)'), { name: 'RangeError', message: 'no item' });
  assert.equal(on(array, '[next(i) for i in [iter(a)] for _ in range(10)] == list(range(10))'), true);
});

test('holes are None, and arrays that iterate in their own way do so', () => {
  // biome-ignore lint/suspicious/noSparseArray: what the test is about
  assert.deepEqual((on([1, , 3], 'list(a)') as { as(target: unknown): unknown }).as(Array), [1, null, 3]);
  class Doubled extends Array<number> {
    override [Symbol.iterator]() {
      return this.map((item) => 2 * item).values();
    }
  }
  assert.equal(on(Doubled.from([1, 2, 3]), 'list(a) == [2, 4, 6]'), true);
  assert.equal(on(new Proxy([1, 2, 3], {}), 'list(a) == [1, 2, 3]'), true);
});

test('an iterator of Python goes to JavaScript as what can be iterated over', () => {
  const iterator = on(numbers(5), 'iter(a)') as Iterable<number>;
  assert.deepEqual([...iterator], numbers(5));
});

test("threads of Python's own iterate, alone and several by one iterator, and see what they change", async () => {
  py.exec(`
import threading
def collect(iterator, into):
    for item in iterator: into.append(item)
def in_threads(a, count):
    found, iterator = [], iter(a)
    threads = [threading.Thread(target=collect, args=(iterator, found)) for _ in range(count)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return found
def changing(a, into):
    for item in a:
        into.append(item)
        if item == 10: a[12] = -1
        if item == 20: a.append(1000)
  `);
  const { in_threads: inThreads, changing } = py.main;
  for (const count of [1, 4]) {
    const found: number[] = (await inThreads.async(py.ref(numbers(500)), count)).as(Array);
    assert.deepEqual(
      found.sort((a, b) => a - b),
      numbers(500),
    );
  }
  const seen = py.list([]);
  await changing.async(py.ref(numbers(40)), seen);
  assert.deepEqual(seen.as(Array), [...numbers(12), -1, ...numbers(40).slice(13), 1000]);
});

test('a thread of Python sees within moments what JavaScript does to an array that nobody tells it of', async () => {
  py.exec(`
import time
def slowly(a, flags):
    seen = []
    for item in a:
        seen.append(item)
        if item == 20:
            flags.append(1)
            while len(flags) < 2: time.sleep(0.001)
        if item == 30: time.sleep(0.05)
    return seen
  `);
  const array = numbers(60);
  const flags = py.list([]);
  const answer = py.main.slowly.async(py.ref(array), flags);
  while (flags.length < 1) await wait(1);
  array[21] = -1;
  flags.append(2);
  const seen: number[] = (await answer).as(Array);
  assert.equal(seen[21], -1);
  assert.equal(seen.length, 60);
});
