import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { type BridgeError, PythonError, py } from 'caduceus';
import { runProgram } from '../support/program.ts';

function caught(run: () => unknown): PythonError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof PythonError, inspect(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

py.exec(`
  class Plain(Exception): pass
  class NeedsArguments(Exception):
      def __init__(self, a, b): super().__init__(a, b); self.a = a
  class BadText(Exception):
      def __str__(self): raise ValueError('no text')
  def raising(error): raise error
  def outer(): return inner()
  def inner(): return 1 / 0
  def chained():
      try: 1 / 0
      except ZeroDivisionError as error: raise KeyError('second') from error
  def in_context():
      try: 1 / 0
      except ZeroDivisionError: raise KeyError('second')
  def suppressed():
      try: 1 / 0
      except ZeroDivisionError: raise KeyError('second') from None
`);
const { main } = py;

test('name, message and value are those of the exception', () => {
  const error = caught(() => py.builtins.int('seven'));
  assert.equal(error.name, 'ValueError');
  assert.match(error.message, /invalid literal for int.*'seven'/);
  assert.equal(error.value instanceof py.builtins.ValueError, true);
  assert.equal(error.value.args[0], error.message);
  assert.ok(error instanceof Error);
  assert.equal(String(error), `ValueError: ${error.message}`);
});

test('the name of a type outside builtins and __main__ has its module', () => {
  assert.equal(caught(() => py.import('json').loads('{')).name, 'json.decoder.JSONDecodeError');
  assert.equal(caught(() => main.raising(main.Plain('x'))).name, 'Plain');
});

test('value and frames are accessors of the prototype', () => {
  const error = caught(() => main.outer());
  assert.equal(Object.hasOwn(error, 'value'), false);
  assert.equal(Object.hasOwn(error, 'frames'), false);
  for (const name of ['value', 'frames']) {
    assert.equal(typeof Object.getOwnPropertyDescriptor(PythonError.prototype, name)?.get, 'function');
  }
  assert.deepEqual(Object.keys(error), []);
});

test('frames go from the outermost to the innermost', () => {
  const { frames } = caught(() => main.outer());
  assert.deepEqual(
    frames.map((frame) => frame.function),
    ['outer', 'inner'],
  );
  assert.deepEqual(Object.keys(frames[0] ?? {}).sort(), ['file', 'function', 'line']);
  assert.equal(typeof frames[0]?.line, 'number');
});

test('traceback is the text that Python prints', () => {
  const { traceback } = caught(() => main.chained());
  assert.match(traceback, /^Traceback \(most recent call last\):/);
  assert.match(traceback, /ZeroDivisionError: division by zero/);
  assert.match(traceback, /The above exception was the direct cause of the following exception:/);
  assert.match(traceback, /KeyError: 'second'$/);
});

test('the stack shows both sides: Python’s frames, then JavaScript’s', () => {
  function fromJavaScript(): unknown {
    return main.outer();
  }
  const { stack = '' } = caught(fromJavaScript);
  const lines = stack.split('\n');
  assert.equal(lines[0], 'ZeroDivisionError: division by zero');
  const [inner, outer, script] = ['inner (', 'outer (', 'fromJavaScript'].map((text) =>
    lines.findIndex((line) => line.includes(text)),
  ) as [number, number, number];
  assert.ok(inner > 0 && outer > inner && script > outer, stack);
});

test('the stack has JavaScript’s frames as far as Error.stackTraceLimit says, and changes no limit', () => {
  const descend = (depth: number): unknown => (depth > 0 ? descend(depth - 1) : main.outer());
  const scriptFrames = (): number => {
    const { stack = '' } = caught(() => descend(40));
    assert.ok(!stack.includes('/dist/'), stack);
    return stack.split('\n').filter((line) => line.includes('descend')).length;
  };
  const limit = Error.stackTraceLimit;
  const counts: number[] = [];
  try {
    for (const some of [0, 10, 30]) {
      Error.stackTraceLimit = some;
      counts.push(scriptFrames());
      assert.equal(Error.stackTraceLimit, some);
    }
  } finally {
    Error.stackTraceLimit = limit;
  }
  const [none = -1, few = -1, many = -1] = counts;
  assert.equal(none, 0);
  assert.deepEqual([few, many], [10, 30]); // none of ours among them
  const { stack = '' } = caught(() => {
    throw new PythonError(py.builtins.ValueError('made'));
  });
  assert.ok(stack.includes('python-error.test') && !stack.includes('/dist/'), stack);
});

test('after 250 exceptions in one turn the stack says that JavaScript’s frames are missing, and how to get them', async () => {
  const stackOfLast = (count: number): string => {
    for (let i = 1; i < count; i++) caught(() => main.outer());
    return caught(() => main.outer()).stack ?? '';
  };
  await null;
  assert.match(stackOfLast(250), /python-error\.test/);
  const hot = stackOfLast(2);
  assert.match(hot, /^ZeroDivisionError: division by zero\n {4}at inner \(.*\n {4}at outer \(/);
  assert.match(
    hot,
    /at JavaScript \(not recorded after 250 exceptions .*Error\.stackTraceLimit is not 10\)$/s,
  );
  assert.doesNotMatch(hot, /python-error\.test/);
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 11;
  assert.match(stackOfLast(350), /python-error\.test/);
  Error.stackTraceLimit = limit;
  await null; // a turn of microtasks is one
  assert.match(stackOfLast(1), /python-error\.test/);
});

test('the stack can be assigned and described, and goes along in a clone, as on any error', () => {
  const error = caught(() => main.outer());
  const { stack } = structuredClone(error);
  assert.match(stack ?? '', /at inner \(/);
  assert.equal(stack, error.stack);
  error.stack = 'mine';
  assert.equal(error.stack, 'mine');
  assert.equal(typeof inspect(PythonError.prototype), 'string');
  assert.equal(Object.create(PythonError.prototype).stack, undefined);
});

test('exceptions come over where the program has frozen Error', async () => {
  const frozen = await runProgram(`
    Object.freeze(Error);
    try { py.builtins.int('seven'); } catch (error) { console.log(error.name, error.stack.split('\\n').length > 1); }
  `);
  assert.deepEqual([frozen.stdout, frozen.status], ['ValueError true\n', 0], frozen.stderr);
});

test('cause is the error of __cause__, or of __context__ unless that is suppressed', () => {
  const direct = caught(() => main.chained());
  assert.ok(direct.cause instanceof PythonError);
  assert.equal(direct.cause.name, 'ZeroDivisionError');
  assert.equal(direct.cause.value, direct.value.__cause__);
  assert.equal((caught(() => main.in_context()).cause as PythonError).name, 'ZeroDivisionError');
  const without = caught(() => main.suppressed());
  assert.equal(without.cause, undefined);
  assert.equal('cause' in without, false);
  assert.match(
    inspect(direct),
    /\[cause\]: .*ZeroDivisionError\]?: division by zero\n *at chained \(<py.exec>:\d+\)\n}/,
  );
  assert.match(
    inspect({ nested: new Error('x', { cause: caught(() => main.chained()) }) }, { depth: 5 }),
    /division by zero/,
  );
});

test('a cyclic chain of causes ends', () => {
  py.exec(`
    def cyclic():
        a, b = ValueError('a'), ValueError('b')
        a.__context__, b.__context__ = b, a
        raise a
  `);
  const error = caught(() => main.cyclic());
  assert.equal((error.cause as PythonError).message, 'b');
  assert.equal(((error.cause as PythonError).cause as PythonError) === error, true);
  assert.match(inspect(error), /ValueError: a[\s\S]*ValueError\]?: b[\s\S]*Circular/);
  assert.match(error.traceback, /ValueError: a/);
});

test('a JavaScript error as a cause comes back as itself', () => {
  const mine = new RangeError('mine');
  const error = caught(() =>
    py.def`
      def wraps(fn):
          try: fn()
          except Exception as error: raise ValueError('wrapped') from error
    `(() => {
      throw mine;
    }),
  );
  assert.equal(error.cause, mine);
});

test('is asks isinstance, of a class or of several', () => {
  const error = caught(() => main.outer());
  const { ZeroDivisionError, ArithmeticError, ValueError, KeyError } = py.builtins;
  assert.equal(error.is(ZeroDivisionError), true);
  assert.equal(error.is(ArithmeticError), true);
  assert.equal(error.is(ValueError), false);
  assert.equal(error.is(py.tuple([ValueError, ArithmeticError])), true);
  assert.equal(error.is([ValueError, ArithmeticError]), true);
  assert.equal(error.is([ValueError, KeyError]), false);
  assert.equal(error.is(py.import('builtins').OSError), false);
});

test('is of what is no class says so', () => {
  const error = caught(() => main.outer());
  for (const wrong of [Error, 'ValueError', null, undefined, {}, [Error]]) {
    assert.throws(
      () => error.is(wrong),
      (refusal: BridgeError) => refusal.code === 'WRONG_ARGUMENT' || (refusal as Error).name === 'TypeError',
    );
  }
});

test('the same exception is the same error', () => {
  const exception = py.builtins.ValueError('one');
  const [first, second] = [caught(() => main.raising(exception)), caught(() => main.raising(exception))];
  assert.equal(first, second);
  assert.equal(first.value, exception);
});

test('no frame’s locals are kept alive by an error', async () => {
  py.exec(`
    import weakref
    class Big: pass
    refs = []
    def keeps():
        big = Big()
        refs.append(weakref.ref(big))
        deeper(big)
    def deeper(argument):
        try: raise KeyError('first')
        except KeyError: raise ValueError('with locals')
  `);
  const error = caught(() => main.keeps());
  await new Promise((resolve) => setImmediate(resolve));
  py.import('gc').collect();
  assert.equal(py`refs[0]()`, null);
  assert.equal(error.frames.length, 2);
});

test('thrown again through JavaScript into Python it is the same exception, traceback included', () => {
  const exception = py.builtins.ValueError('same');
  const result = py.def`
    import traceback
    def catches(fn, raising, original):
        try:
            fn(raising, original)
        except ValueError as error:
            names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
            return [error is original, 'raising' in names, 'catches' in names]
  `(
    (raising: any, original: unknown) => {
      try {
        raising(original);
      } catch (error) {
        assert.ok(error instanceof PythonError);
        throw error;
      }
    },
    main.raising,
    exception,
  );
  assert.deepEqual([...result], [true, true, true]);
});

test('a JavaScript error through Python comes back as itself', () => {
  const through = py.def`def through(fn): return [fn(x) for x in (1,)]`;
  const frozen = Object.freeze(new Error('frozen'));
  const own = new (class Own extends Error {})('own');
  for (const thrown of [
    new TypeError('a'),
    frozen,
    own,
    { plain: 'object' },
    'text',
    5,
    0,
    null,
    undefined,
    Symbol('s'),
    2n,
  ]) {
    let back: unknown = 'nothing was thrown';
    try {
      through(() => {
        throw thrown;
      });
    } catch (error) {
      back = error;
    }
    assert.equal(back, thrown);
  }
});

test('throw new PythonError(exception) in a callback raises that exception', () => {
  const exception = main.Plain('made in JavaScript');
  const seen = py.def`
    def sees(fn):
        try: fn()
        except Exception as error: return error
  `(() => {
    throw new PythonError(exception);
  });
  assert.equal(seen, exception);
  const error = new PythonError(exception);
  assert.equal(error.name, 'Plain');
  assert.equal(error.message, 'made in JavaScript');
  assert.deepEqual(error.frames.length > 0, true, 'it has been raised');
  assert.match(new PythonError(py.builtins.ValueError('fresh')).stack ?? '', /ValueError: fresh/);
});

test('a subclass of PythonError raises its exception, and comes back as itself', () => {
  class Mine extends PythonError {}
  const mine = new Mine(py.builtins.KeyError('k'));
  assert.equal(
    caught(() =>
      py.def`def calls(fn): fn()`(() => {
        throw mine;
      }),
    ),
    mine,
  );
});

test('new PythonError of what is no exception says so', () => {
  for (const wrong of ['text', new Error('x'), null, undefined, py.list([]), 5]) {
    assert.throws(() => new PythonError(wrong), { code: 'WRONG_ARGUMENT' });
  }
});

test('an exception class is raised like an instance', () => {
  assert.throws(
    () =>
      py.def`def calls(fn): fn()`(() => {
        throw py.builtins.ValueError('a proxy was thrown');
      }),
    { name: 'ValueError', message: 'a proxy was thrown' },
  );
});

test('an exception whose text cannot be made, or whose constructor needs arguments, still arrives', () => {
  const bad = caught(() => main.raising(main.BadText()));
  assert.equal(bad.name, 'BadText');
  assert.match(bad.message, /cannot be made.*ValueError/);
  assert.match(inspect(bad), /BadText/);
  assert.equal(typeof bad.traceback, 'string');
  assert.equal(caught(() => main.raising(main.NeedsArguments(1, 2))).value.a, 1);
});

test('SystemExit and KeyboardInterrupt can be caught', () => {
  const exit = caught(() => py.import('sys').exit(3));
  assert.equal(exit.name, 'SystemExit');
  assert.equal(exit.value.code, 3);
  assert.equal(caught(() => main.raising(py.builtins.KeyboardInterrupt())).name, 'KeyboardInterrupt');
  assert.equal(caught(() => main.raising(py.builtins.BaseException('base'))).name, 'BaseException');
});

test('an exception group tells its exceptions', () => {
  const group = caught(() =>
    main.raising(py.builtins.ExceptionGroup('several', [py.builtins.ValueError('one')])),
  );
  assert.equal(group.name, 'ExceptionGroup');
  assert.equal(String(group.value.exceptions[0]), 'one');
  assert.match(group.traceback, /ValueError: one/);
});

test('an infinite recursion is a RecursionError, and Python works on', () => {
  py.exec('def endless(): return endless()');
  assert.equal(caught(() => main.endless()).name, 'RecursionError');
  assert.equal(py`1 + 1`, 2);
});

test('recursion through both languages ends in an error on one of them', () => {
  const call = py.def`def call(fn): return fn()`;
  const recurse = (): unknown => call(recurse);
  assert.throws(
    recurse,
    (error: Error) =>
      /RecursionError|RangeError|STACK_EXHAUSTED/.test(`${error.name} ${(error as BridgeError).code}`) ||
      error instanceof RangeError,
  );
  assert.equal(py`1 + 1`, 2);
});

test('inspecting an error shows its stack, and JSON and Object.keys nothing of Python', () => {
  const error = caught(() => main.outer());
  assert.match(inspect(error), /ZeroDivisionError: division by zero/);
  assert.equal(JSON.stringify(error), '{}');
});

const suggests = py`__import__('sys').version_info >= (3, 12)`
  ? {}
  : { skip: 'Python 3.11 makes no suggestions here' };

test('AttributeErrors and NameErrors keep Python’s suggestions in the traceback', suggests, () => {
  const error = caught(() => py.attr(py.import('math'), 'sqrtt'));
  assert.match(error.message, /sqrtt/);
  assert.match(error.traceback, /sqrt\b/);
});

test('a chain of causes of any length arrives', () => {
  py.exec(`
    def long_chain(n):
        error = ValueError(0)
        for i in range(1, n):
            following = ValueError(i)
            following.__cause__ = error
            error = following
        raise error
  `);
  let error: unknown = caught(() => main.long_chain(2000));
  let length = 0;
  for (; error instanceof PythonError; error = error.cause) length++;
  assert.equal(length, 2000);
});
