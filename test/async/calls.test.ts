import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BridgeError, kw, PythonError, py } from 'caduceus';

py.exec(`
  import threading, time
  def where(): return threading.current_thread().name
  def echo(*args, **kwargs): return [args, kwargs]
  def both(a, b=2): return (a, b)
  def kind(x): return type(x).__name__
  class Greeter:
      def __init__(self, word): self.word = word
      def greet(self, name, end='!'): return f'{self.word} {name}{end}'
      def __call__(self, x): return x + 1
      @property
      def broken(self): raise ValueError('no')
`);
const { where, echo, kind, Greeter } = py.main;

test('py.async calls on a named Python thread and answers with a promise', async () => {
  const promise = py.async(where);
  assert.ok(promise instanceof Promise);
  assert.match(await promise, /^caduceus-pool-\d+$/);
  assert.equal(where(), 'MainThread');
});

test('fn.async is the short form: positional arguments, kw as the last one', async () => {
  assert.equal(await py.builtins.sum.async([1, 2, 3]), 6);
  assert.equal(await py.builtins.sum.async([1, 2, 3], kw({ start: 10 })), 16);
  assert.deepEqual((await echo.async(1, kw({ a: 2, b: undefined }))).as(Array), [[1], { a: 2 }]);
  assert.equal(await py.async(py.builtins.sum, [[1, 2]], { kwargs: { start: 5 } }), 8);
});

test('methods, instances with __call__ and classes are called so too', async () => {
  const greeter = Greeter('hello');
  assert.equal(await greeter.greet.async('you'), 'hello you!');
  assert.equal(await greeter.greet.async('you', kw({ end: '?' })), 'hello you?');
  assert.equal(await py.async(greeter.greet, ['me']), 'hello me!');
  assert.equal(await greeter.async(41), 42);
  assert.equal((await Greeter.async('hi')).word, 'hi');
});

test('every scalar crosses as in a synchronous call', async () => {
  const values = [
    0,
    -0,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 31,
    2 ** 53 - 1,
    -(2 ** 53 - 1),
    2 ** 53,
    2n ** 63n,
    -5n,
    true,
    false,
    null,
    undefined,
    '',
    'a',
    'é',
    '€',
    'a\0b',
    '🐍',
    '\ud800',
    'x'.repeat(253),
    'y'.repeat(254),
    `${'z'.repeat(253)}🐍`,
    'é'.repeat(5000),
  ];
  const same = py.eval('lambda x: x');
  for (const value of values) {
    assert.deepEqual(await same.async(value), same(value));
    assert.equal(await kind.async(value), kind(value));
  }
  assert.ok(Object.is(await same.async(-0), -0));
  for (const code of ['2**53', '-2**63', '10**30', 'b"ab"', '(1).__class__', 'True', '1e308 * 10']) {
    const fn = py.eval(`lambda: ${code}`);
    assert.deepEqual(await fn.async(), fn());
  }
});

test('arguments are given: plain data is copied when the call is made, and getters run then', async () => {
  const data = {
    list: [1],
    get now() {
      return this.list.length;
    },
  };
  const promise = echo.async(data);
  data.list.push(2);
  assert.deepEqual((await promise).as(Array), [[{ list: [1], now: 1 }], {}]);
  const list = py.list([1]);
  assert.equal(await py.eval('lambda x: x').async(list), list);
});

test('results are taken: the same object is the same proxy', async () => {
  const list = py.list([1]);
  py.main.kept = list;
  assert.equal(await py.eval('lambda: kept').async(), list);
  const made = await py.eval('lambda: [1, [2]]').async();
  assert.equal(String(made), '[1, [2]]');
});

test('an error rejects as a synchronous call would throw it', async () => {
  const fail = py.eval('lambda: 1 / 0');
  await assert.rejects(fail.async(), (error) => {
    assert.ok(error instanceof PythonError);
    assert.equal(error.name, 'ZeroDivisionError');
    assert.ok(error.is(py.builtins.ZeroDivisionError));
    assert.match(error.traceback, /ZeroDivisionError/);
    return true;
  });
  const mine = new RangeError('mine');
  const call = py.eval('lambda f: f()');
  await assert.rejects(
    call.async(() => {
      throw mine;
    }),
    (error) => error === mine,
  );
  await assert.rejects(
    call.async(() => {
      throw null;
    }),
    (error) => error === null,
  );
  const original = await fail.async().catch((error: PythonError) => error);
  const again = await call
    .async(() => {
      throw original;
    })
    .catch((error: unknown) => error);
  assert.equal((again as PythonError).value, original.value);
});

test('a callback runs on the thread of JavaScript, which it does not block', async () => {
  const seen: unknown[] = [];
  const work = py.eval('lambda f: [f(i) for i in range(3)]');
  const promise = work.async((i: number) => {
    seen.push(i, where());
    return i * 2;
  });
  assert.deepEqual(seen, []);
  assert.equal(String(await promise), '[0, 2, 4]');
  assert.deepEqual(seen, [0, 'MainThread', 1, 'MainThread', 2, 'MainThread']);
});

test('what is wrong with a call rejects, with a code', async () => {
  const wrong: [unknown[], string][] = [
    [[undefined], 'NOT_PYTHON'],
    [[() => 1], 'NOT_PYTHON'],
    [[py.list([1])], 'NOT_PYTHON'],
    [[where, 5], 'WRONG_ARGUMENT'],
    [[where, { 0: 1 }], 'WRONG_ARGUMENT'],
    [[echo, [kw({ a: 1 })]], 'WRONG_ARGUMENT'],
    [[where, [], null], 'WRONG_ARGUMENT'],
    [[where, [], { timeout: -1 }], 'WRONG_ARGUMENT'],
    [[where, [], { timeout: Number.NaN }], 'WRONG_ARGUMENT'],
    [[where, [], { timeout: '5' }], 'WRONG_ARGUMENT'],
    [[where, [], { signal: {} }], 'WRONG_ARGUMENT'],
    [[where, [], { kwargs: 5 }], 'WRONG_ARGUMENT'],
  ];
  for (const [args, code] of wrong) {
    const promise = (py.async as (...args: unknown[]) => Promise<unknown>)(...args);
    await assert.rejects(
      promise,
      (error) => error instanceof BridgeError && error.code === code,
      String(args),
    );
  }
  await assert.rejects(
    echo.async({
      get x() {
        throw new Error('getter');
      },
    }),
    /getter/,
  );
  await assert.rejects(py.main.both.async(), { name: 'TypeError' });
  await assert.rejects(py.main.both.async(1, kw({ c: 1 })), { name: 'TypeError' });
  using gone = Greeter('x');
  gone[Symbol.dispose]();
  await assert.rejects(gone.async(1), { code: 'RELEASED' });
  await assert.rejects(echo.async(gone), { code: 'RELEASED' });
});

test('what is disposed while a call is on its way is there until the call has ended', async () => {
  const drop = py.eval('lambda x: (__import__("time").sleep(0.05), x.word)[1]');
  const callable = py.eval(
    'type("Slow", (), {"__call__": lambda self, x: (__import__("time").sleep(0.05), x.word, self.word), "word": "me"})()',
  );
  const argument = Greeter('there');
  const [first, second] = [drop.async(argument), callable.async(argument)];
  argument[Symbol.dispose]();
  callable[Symbol.dispose]();
  assert.equal(await first, 'there');
  assert.equal(String(await second), "(None, 'there', 'me')");
});

test('more blocking calls than cores run at once', async () => {
  py.exec('barrier = threading.Barrier(12)');
  const waits = Array.from({ length: 12 }, () => py.async(py.eval('barrier.wait'), [30]));
  const order = await Promise.all(waits);
  assert.deepEqual(
    [...order].sort((a, b) => a - b),
    Array.from({ length: 12 }, (_, i) => i),
  );
});

test('10,000 calls in flight all come back, each with its own answer', async () => {
  const square = py.eval('lambda x: x * x');
  const results = await Promise.all(Array.from({ length: 10_000 }, (_, i) => square.async(i)));
  assert.ok(results.every((result, i) => result === i * i));
});

test('threading.local, current_thread and excepthook see an ordinary thread', async () => {
  py.exec(`
    local = threading.local()
    def remember():
        local.count = getattr(local, 'count', 0) + 1
        me = threading.current_thread()
        return isinstance(me, threading.Thread) and me is not threading.main_thread() and me.daemon and me.ident == threading.get_ident()
  `);
  assert.equal(await py.main.remember.async(), true);
});
