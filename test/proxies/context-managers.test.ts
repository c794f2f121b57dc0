import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PythonError, py } from 'caduceus';

py.exec(`
  import contextlib
  class Manager:
      def __init__(self, swallow=False): self.log = []; self.swallow = swallow
      def __enter__(self): self.log.append('enter'); return [1, 2]
      def __exit__(self, kind, error, traceback):
          self.log.append(f'exit {kind and kind.__name__} {error}')
          self.error = error
          return self.swallow
`);
const { Manager } = py.main;
const logOf = (manager: any) => manager.log.as(Array);

test('with(fn) enters, calls with what entering gave, exits and answers with the result', () => {
  const manager = Manager();
  assert.equal(
    manager.with((list: any) => list[1] + 40),
    42,
  );
  assert.deepEqual(logOf(manager), ['enter', 'exit None None']);
});

test('a Python error inside is handed over as itself and thrown on', () => {
  const manager = Manager();
  let inside: unknown;
  assert.throws(
    () =>
      manager.with(() => {
        try {
          py.builtins.int('x');
        } catch (error) {
          inside = error;
          throw error;
        }
      }),
    (error) => error === inside,
  );
  assert.equal((inside as PythonError).value, manager.error);
  assert.match(logOf(manager)[1], /^exit ValueError/);
});

test('a JavaScript error inside is handed over and thrown on as itself', () => {
  const manager = Manager();
  const mine = new RangeError('mine');
  assert.throws(
    () =>
      manager.with(() => {
        throw mine;
      }),
    (error) => error === mine,
  );
  assert.match(logOf(manager)[1], /RangeError: mine/);
  for (const thrown of [null, undefined, 'text', 5]) {
    const other = Manager();
    let caught: unknown = 'nothing';
    try {
      other.with(() => {
        throw thrown;
      });
    } catch (error) {
      caught = error;
    }
    assert.equal(caught, thrown);
    assert.notEqual(logOf(other)[1], 'exit None None', `throw ${thrown} is an error for the manager`);
  }
});

test('an error that the manager swallows leaves undefined', () => {
  const manager = Manager(true);
  assert.equal(
    manager.with(() => {
      throw new Error('swallowed');
    }),
    undefined,
  );
  const { suppress } = py.import('contextlib');
  assert.equal(
    suppress(py.builtins.ZeroDivisionError).with(() => py`1 / 0`),
    undefined,
  );
  assert.throws(() => suppress(py.builtins.KeyError).with(() => py`1 / 0`), { name: 'ZeroDivisionError' });
});

test('with an async function it exits when the promise has settled', async () => {
  const manager = Manager();
  const result = manager.with(async (list: any) => {
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(logOf(manager), ['enter']);
    return list[0];
  });
  assert.deepEqual(logOf(manager), ['enter']);
  assert.equal(await result, 1);
  assert.deepEqual(logOf(manager), ['enter', 'exit None None']);
});

test('an async function’s error is handed over, thrown on or swallowed', async () => {
  const mine = new Error('mine');
  const manager = Manager();
  await assert.rejects(
    manager.with(async () => {
      throw mine;
    }),
    (error) => error === mine,
  );
  assert.match(logOf(manager)[1], /mine/);
  assert.equal(
    await Manager(true).with(async () => {
      throw mine;
    }),
    undefined,
  );
});

test('any thenable counts as the promise of an async function', async () => {
  const manager = Manager();
  const thenable = {
    // biome-ignore lint/suspicious/noThenProperty: that is the test
    then(resolve: (value: unknown) => void) {
      setImmediate(() => resolve('later'));
    },
  };
  const result = manager.with(() => thenable);
  assert.deepEqual(logOf(manager), ['enter']);
  assert.equal(await result, 'later');
  assert.deepEqual(logOf(manager), ['enter', 'exit None None']);
});

test('an __enter__ that raises is thrown, and nothing is exited', () => {
  py.exec(`
    class CannotEnter(Manager):
        def __enter__(self): raise ValueError('not in')
  `);
  const manager = py.main.CannotEnter();
  let called = false;
  assert.throws(() => manager.with(() => (called = true)), { name: 'ValueError', message: 'not in' });
  assert.equal(called, false);
  assert.deepEqual(logOf(manager), []);
});

test('an __exit__ that raises replaces the error, which becomes its context', () => {
  const cm = py.def`
    @contextlib.contextmanager
    def replacing():
        try:
            yield 1
        except Exception as error:
            raise KeyError('replaced')
  `();
  assert.throws(
    () => cm.with(() => py`1 / 0`),
    (error: PythonError) =>
      error.name === 'KeyError' && (error.cause as PythonError).name === 'ZeroDivisionError',
  );
});

test('a generator-based context manager sees the error where it waits', () => {
  const cm = py.def`
    @contextlib.contextmanager
    def catching(log):
        try:
            yield 'value'
        except ValueError as error:
            log.append(str(error))
  `;
  const log = py.list();
  cm(log).with((value: string) => {
    assert.equal(value, 'value');
    throw new PythonError(py.builtins.ValueError('seen'));
  });
  assert.equal(String(log), "['seen']");
});

test('with() without a function enters, and exits without an error at the end of the block', () => {
  const manager = Manager();
  {
    const entered = manager.with();
    assert.equal(entered.length, 2);
    assert.equal(entered[0], 1);
    assert.deepEqual(
      entered.map((x: number) => x * 2),
      [2, 4],
    );
    assert.deepEqual(logOf(manager), ['enter']);
    entered[Symbol.dispose]();
  }
  assert.deepEqual(logOf(manager), ['enter', 'exit None None']);
});

test('using works on with() of a file, which is closed afterwards', () => {
  let file: any;
  {
    using open = py.builtins.open('/dev/null').with();
    file = open;
    assert.equal(open.closed, false);
    assert.equal(open.read(), '');
  }
  assert.equal(file.closed, true);
});

test('what with() gave is the Python value where entering gives a text or a number', () => {
  const { exists } = py.import('os.path');
  let path = '';
  {
    using folder = py.import('tempfile').TemporaryDirectory().with();
    path = String(folder);
    assert.equal(`${folder}`, path);
    assert.equal(exists(folder), true);
    assert.equal(folder.endswith('/'), false);
  }
  assert.equal(exists(path), false);
  using five = py.import('contextlib').nullcontext(5).with();
  assert.equal(Number(five) + 1, 6);
  using none = py.import('contextlib').nullcontext().with();
  assert.equal(py`${none} is None`, true);
});

test('disposing what with() gave twice exits once', () => {
  const manager = Manager();
  const entered = manager.with();
  entered[Symbol.dispose]();
  entered[Symbol.dispose]();
  assert.deepEqual(logOf(manager), ['enter', 'exit None None']);
});

test('what with() gave is usable as an argument and as itself', () => {
  py.exec(`
    class Itself(Manager):
        def __enter__(self): super().__enter__(); return self
  `);
  const manager = py.main.Itself();
  const entered = manager.with();
  assert.equal(py`${entered} is ${manager}`, true);
  assert.equal(entered.swallow, false);
  entered.swallow = true;
  assert.equal(manager.swallow, true);
  assert.ok(entered instanceof py.main.Itself);
  entered[Symbol.dispose]();
});

test('disposing a context manager itself never calls __exit__', () => {
  const manager = Manager();
  const { log } = manager;
  manager[Symbol.dispose]();
  assert.deepEqual(log.as(Array), []);
  {
    using _ = Manager();
  }
});

test('what is no context manager has no with', () => {
  assert.equal(py.list([]).with, undefined);
});

test('one with an attribute called with keeps ours, and Python’s through py.attr', () => {
  const thing = py`type('T', (), {'with': 'attribute'})()`;
  assert.equal(thing.with, undefined);
  assert.equal(py.attr(thing, 'with'), 'attribute');
});
