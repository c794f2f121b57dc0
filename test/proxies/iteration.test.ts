import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PythonError, py } from 'caduceus';

py.exec(`
  log = []
  def counting(n):
      for i in range(n):
          log.append(i)
          yield i
      return 'the end'
  def echo():
      received = []
      while True:
          try:
              got = yield len(received)
          except ValueError as error:
              received.append('error ' + str(error))
          else:
              received.append(got)
              if got == 'stop': return received
  def guarded():
      try:
          yield 1
          yield 2
      finally:
          log.append('closed')
`);
const { counting, echo, guarded, log } = py.main;
const logged = () => {
  const entries = log.as(Array);
  log.clear();
  return entries;
};

test('iteration takes one item at a time, when it is asked for', () => {
  const seen: number[] = [];
  for (const i of counting(1e9)) {
    seen.push(i);
    if (i === 2) break;
  }
  assert.deepEqual(seen, [0, 1, 2]);
  assert.deepEqual(logged(), [0, 1, 2]);
});

test('leaving a loop over a generator closes it, as a loop over a JavaScript generator does', () => {
  for (const i of guarded()) {
    assert.equal(i, 1);
    break;
  }
  assert.deepEqual(logged(), ['closed']);
  assert.throws(() => {
    for (const _ of guarded()) throw new Error('left by a throw');
  }, /left by a throw/);
  assert.deepEqual(logged(), ['closed']);
});

test('leaving a loop over another iterator leaves it where it is', () => {
  const iterator = py.builtins.iter([1, 2, 3]);
  for (const item of iterator) {
    assert.equal(item, 1);
    break;
  }
  assert.deepEqual([...iterator], [2, 3]);
});

test('an exception in the middle of an iteration is thrown by the loop', () => {
  const seen: unknown[] = [];
  assert.throws(
    () => {
      for (const item of py`(10 / (2 - i) for i in range(9))`) seen.push(item);
    },
    { name: 'ZeroDivisionError' },
  );
  assert.deepEqual(seen, [5, 10]);
});

test('iterators of Python have next and are iterable', () => {
  const iterator = py.builtins.iter(['a']);
  assert.equal(iterator[Symbol.iterator]().next().value, 'a');
  assert.deepEqual({ ...iterator.next() }, { done: true, value: undefined });
  assert.deepEqual([...py.builtins.zip([1, 2], ['a', 'b'])].map(String), ["(1, 'a')", "(2, 'b')"]);
  assert.deepEqual([...py.import('itertools').islice(py.import('itertools').count(5), 3)], [5, 6, 7]);
});

test('what is not iterable in Python is not iterable', () => {
  assert.throws(() => [...py.builtins.object()], TypeError);
  assert.throws(() => [...py.int(5)], TypeError);
  py.exec('class Not:\n    __iter__ = None\n    def __getitem__(self, i): return i');
  assert.throws(() => [...py.main.Not()], TypeError);
  const match = py.import('re').match('a', 'a');
  assert.equal(match[0], 'a');
  assert.throws(() => [...match], TypeError);
});

test('an __iter__ that raises is thrown when the loop begins', () => {
  py.exec('class Raises:\n    def __iter__(self): raise ValueError("no")');
  assert.throws(() => [...py.main.Raises()], { name: 'ValueError' });
});

test('None as an item is null and does not end the iteration', () => {
  assert.deepEqual([...py.list([1, null, 2])], [1, null, 2]);
});

test('a generator’s next sends, and its return value is the last value', () => {
  const it = echo();
  assert.deepEqual({ ...it.next() }, { done: false, value: 0 });
  assert.deepEqual({ ...it.next('a') }, { done: false, value: 1 });
  assert.deepEqual({ ...it.next({ b: [1] }) }, { done: false, value: 2 });
  const last = it.next('stop');
  assert.equal(last.done, true);
  assert.equal(String(last.value), "['a', {'b': [1]}, 'stop']");
  assert.deepEqual({ ...it.next() }, { done: true, value: undefined });
});

test('a generator’s throw raises inside it', () => {
  const it = echo();
  it.next();
  assert.equal(it.throw(py.builtins.ValueError('thrown in')).value, 1);
  assert.equal(String(it.next('stop').value), "['error thrown in', 'stop']");
  const other = echo();
  other.next();
  const error = new TypeError('of JavaScript');
  assert.throws(
    () => other.throw(error),
    (thrown) => thrown === error,
  );
});

test('a generator’s return closes it and answers with the value given', () => {
  const it = guarded();
  it.next();
  assert.deepEqual({ ...it.return('mine') }, { done: true, value: 'mine' });
  assert.deepEqual(logged(), ['closed']);
  assert.equal(it.next().done, true);
});

test('a generator that yields while it is closed is a RuntimeError, and one that raises that error', () => {
  py.exec(`
    def stubborn():
        try: yield 1
        except GeneratorExit: yield 2
    def failing():
        try: yield 1
        finally: raise ValueError('while closing')
  `);
  const it = py.main.stubborn();
  it.next();
  assert.throws(() => it.return(), { name: 'RuntimeError' });
  const other = py.main.failing();
  other.next();
  assert.throws(() => other.return(), { name: 'ValueError', message: 'while closing' });
  assert.throws(
    () => {
      for (const _ of py.main.failing()) break;
    },
    { name: 'ValueError' },
  );
});

test('yield* delegates to a Python generator and takes its return value', () => {
  function* outer(): Generator<unknown, unknown, unknown> {
    const result = yield* py.main.echo();
    return `result ${result}`;
  }
  const it = outer();
  it.next();
  it.next('x');
  assert.deepEqual(it.next('stop'), { done: true, value: "result ['x', 'stop']" });
});

test('a Python generator given to Python stays the generator', () => {
  assert.equal(py.builtins.sum(counting(4)), 6);
  logged();
  assert.equal(py`${counting(2)}.gi_running`, false);
  logged();
});

test('a generator’s own send, close and throw of Python are attributes', () => {
  const it = echo();
  assert.equal(it.send(null), 0);
  assert.equal(it.send('a'), 1);
  it.close();
  assert.equal(it.gi_frame, null);
});

test('a JavaScript callback in the middle of a generator may use the same Python', () => {
  const doubled = py.builtins.map((x: number) => py`${x} * 2`, counting(3));
  assert.deepEqual([...doubled], [0, 2, 4]);
  logged();
});

test('a StopIteration raised inside a generator is a RuntimeError, never a silent end', () => {
  py.exec('def stops():\n    yield 1\n    raise StopIteration("hidden")');
  assert.throws(
    () => [...py.main.stops()],
    (error: PythonError) => error.name === 'RuntimeError',
  );
});

test('a generator’s return value is seen by next, whatever it is', () => {
  py.exec(`
    def returning(value):
        return value
        yield
  `);
  const { returning } = py.main;
  const list = py.list([1]);
  for (const value of [1, 'text', true, list, 2n ** 70n]) {
    assert.deepEqual({ ...returning(value).next() }, { done: true, value });
    assert.deepEqual({ ...returning(value)[Symbol.iterator]().next() }, { done: true, value });
  }
  assert.deepEqual([...returning(5)], []);
});

test('an object whose __iter__ is a generator function is closed with the loop, too', () => {
  py.exec(`
    class Lines:
        def __iter__(self):
            try:
                yield 'a'
                yield 'b'
            finally:
                log.append('closed')
  `);
  for (const line of py.main.Lines()) {
    assert.equal(line, 'a');
    break;
  }
  assert.deepEqual(logged(), ['closed']);
});
