import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kw, py } from 'caduceus';

const typeName = py.eval('lambda x: type(x).__name__');
const isProxy = (value: unknown) => typeof value === 'object' && value !== null && 'append' in value;

test('what a callback receives is taken: a reference, never a copy', () => {
  const list = py.list([1]);
  const call = py.eval('lambda f, x: f(x)');
  call((x: unknown) => {
    assert.equal(x, list);
    py.attr(x, 'append')(2);
  }, list);
  assert.equal(list.length, 2);
  call((x: unknown) => assert.equal(isProxy(x), true), [1, 2]);
  call((x: unknown) => assert.equal(x, 5), 5);
});

test('what a callback returns is given: plain data is copied', () => {
  const data = { list: [1] };
  const result = py.eval('lambda f: f()')(() => data);
  data.list.push(2);
  assert.equal(String(result), "{'list': [1]}");
  assert.equal(typeName(py.eval('lambda f: f()')(() => new Date(0))), 'datetime');
  assert.equal(
    py.eval('lambda f: f() is None')(() => undefined),
    true,
  );
  const list = [1];
  assert.equal(
    py.eval('lambda f: f()')(() => py.ref(list)),
    list,
  );
});

test('keyword arguments for a callback become a trailing object whose values are taken', () => {
  const seen: unknown[] = [];
  py.eval('lambda f: f(1, a=[1], b=2)')((...args: unknown[]) => void seen.push(...args));
  assert.equal(seen.length, 2);
  const options = seen[1] as { a: unknown; b: number };
  assert.equal(isProxy(options.a), true);
  assert.equal(options.b, 2);
});

test('a callback ignores surplus arguments, as JavaScript functions do', () => {
  assert.deepEqual(
    py
      .eval('lambda f: list(map(f, [1, 2]))')((x: number) => x * 2)
      .as(Array),
    [2, 4],
  );
  assert.equal(
    py.eval('lambda f: f(1, 2, 3)')((x: number) => x),
    1,
  );
});

/** An instance is a reference in Python; its methods are taken from it. */
class Target {
  seen: unknown[] = [];
  list = [1, 2];
  when = new Date(0);
  note(...values: unknown[]): number[] {
    this.seen.push(...values);
    return this.list;
  }
  run(f: (...args: unknown[]) => unknown, ...args: unknown[]): unknown {
    return f(...args);
  }
}

test('a method that Python took from an object is a call: arguments given, result taken', () => {
  const target = new Target();
  const result = py.eval('lambda t: t.note([1, (2,)], {"k": {3}})')(target);
  assert.deepEqual(target.seen, [[1, [2]], { k: new Set([3]) }]);
  assert.equal(result, target.list);
});

test('attributes and items that Python reads are taken, those that it assigns are given', () => {
  const target = new Target();
  assert.equal(py.eval('lambda t: t.list')(target), target.list);
  assert.equal(py.eval('lambda t: t.when')(target), target.when);
  py.exec`
    data = {"x": [1]}
    def assign(t):
        t.data = data
        t["more"] = data["x"]
  `;
  py.eval('assign')(target);
  assert.deepEqual((target as unknown as { data: unknown }).data, { x: [1] });
  assert.deepEqual((target as unknown as { more: unknown }).more, [1]);
});

test('a Python function that was given is a callback: it takes, ignores surplus arguments and gives', () => {
  const target = new Target();
  const list = [5];
  const returned = py.eval('lambda t, l: t.run(lambda x: x, l, "surplus")')(target, py.ref(list));
  assert.equal(returned, list);
  // What it returns is copied on its way to run, and run's result is that copy, taken.
  target.run = (f) => {
    const made = f([1], 'surplus') as unknown[];
    assert.ok(Array.isArray(made));
    made.push(3);
    return made;
  };
  assert.equal(py.eval('lambda t: len(t.run(lambda x: [x, x]))')(target), 3);
});

test('a Python callback receives JavaScript data by reference', () => {
  const inner = { a: [1] };
  const target = new Target();
  target.run = (f) => f(inner);
  assert.equal(py.eval('lambda t: t.run(lambda x: type(x).__name__)')(target), 'JsObject');
  py.eval('lambda t: t.run(lambda x: x.a.push(2))')(target);
  assert.deepEqual(inner, { a: [1, 2] });
});

test('bound methods, builtins and classes serve as Python callbacks', () => {
  const run = (code: string, ...args: unknown[]) => {
    const target = new Target();
    target.run = (f) => f(...args);
    return py.eval(`lambda t: t.run(${code})`)(target);
  };
  assert.equal(run('str', 5), '5');
  assert.equal(run('len', 'abc'), 3);
  assert.equal(run('"-".join', py.list(['a', 'b'])), 'a-b');
  assert.equal(run('lambda *a: len(a)', 1, 2, 3), 3);
  assert.equal(run('lambda: 7', 1, 2), 7);
  assert.equal(run('type("C", (), {"__call__": lambda self, x: x + 1})()', 1, 2), 2);
});

test('a Python function that JavaScript took stays a call, also after it was given', () => {
  const f = py.eval('lambda x: [x]');
  const target = new Target();
  py.eval('lambda t, f: t.note(f)')(target, f);
  assert.equal(target.seen[0], f);
  assert.throws(() => f(1, 2), { name: 'TypeError' });
});

test('too few arguments for a Python callback are its TypeError', () => {
  const target = new Target();
  target.run = (f) => f();
  assert.throws(() => py.eval('lambda t: t.run(lambda x: x)')(target), {
    name: 'TypeError',
    message: /missing 1 required/,
  });
});

test('the same function is the same object each time, both ways', () => {
  const f = () => 1;
  assert.equal(py.eval('lambda a, b: a is b')(f, f), true);
  const target = new Target();
  py.exec`
    def callback(): pass
    def twice(t):
        t.note(callback)
        t.note(callback)
  `;
  py.eval('twice')(target);
  assert.equal(target.seen[0], target.seen[1]);
  assert.equal(py.eval('lambda x: x is callback')(target.seen[0]), true);
});

test('callbacks nest in both directions', () => {
  const down = (n: number): number => (n === 0 ? 0 : py.eval('lambda f, n: f(n) + 1')(down, n - 1));
  assert.equal(down(50), 50);
});

test('sorted with a JavaScript key, reduce, map and filter work as with Python’s', () => {
  assert.deepEqual(py.builtins.sorted(['bb', 'a', 'ccc'], kw({ key: (s: string) => -s.length })).as(Array), [
    'ccc',
    'bb',
    'a',
  ]);
  assert.equal(
    py.import('functools').reduce((a: number, b: number) => a * b, [1, 2, 3, 4]),
    24,
  );
  assert.deepEqual(py.builtins.list(py.builtins.filter((x: number) => x > 1, [1, 2, 3])).as(Array), [2, 3]);
});
