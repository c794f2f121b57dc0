import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PythonError, py } from 'caduceus';

const here = fileURLToPath(import.meta.url);

/** The line of the caller, and which file the traceback must name. */
function lineHere(): number {
  const line = (new Error().stack ?? '').split('\n')[2] ?? '';
  return Number(/:(\d+):\d+\)?$/.exec(line)?.[1]);
}

function caught(run: () => unknown): PythonError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof PythonError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

const fileOf = (path: string) => path.replace(/.*\/test\//, 'test/').replace(/\.(ts|js)$/, '');

test('py.def makes the function, with values bound', () => {
  const greet = py.def`
    def greet(name, *, end=${'!'}):
        """Says hello."""
        return ${'Hello, '} + name + end
  `;
  assert.equal(greet('you'), 'Hello, you!');
  assert.equal(greet.__name__, 'greet');
  assert.equal(greet.__qualname__, 'greet');
  assert.equal(greet.__doc__, 'Says hello.');
  assert.equal(greet.__module__, '__main__');
});

test('py.def makes a class', () => {
  const Point = py.def`
    import math
    class Point:
        def __init__(self, x, y): self.x, self.y = x, y
        def norm(self): return math.hypot(self.x, self.y)
  `;
  assert.equal(new Point(3, 4).norm(), 5);
  assert.equal(Point.__qualname__, 'Point');
  assert.equal(Point.norm.__qualname__, 'Point.norm');
  assert.equal(String(Point), "<class '__main__.Point'>");
});

test('decorators, defaults, annotations, async and generator functions are defined like any', () => {
  const cached = py.def`
    import functools
    @functools.lru_cache(maxsize=${2})
    def double(x: int) -> int: return x * 2
  `;
  assert.equal(cached(4), 8);
  assert.equal(cached.cache_info().maxsize, 2);
  assert.deepEqual(
    [
      ...py.def`
    def gen(n):
      for i in range(n): yield i
  `(3),
    ],
    [0, 1, 2],
  );
  assert.equal(py.import('inspect').iscoroutinefunction(py.def`async def f(): pass`), true);
});

test('a function that calls itself finds itself, and helpers beside it', () => {
  const fib = py.def`
    def one(): return ${1}
    def fib(n): return n if n < 2 else fib(n - one()) + fib(n - 2)
  `;
  assert.equal(fib(12), 144);
});

test('two definitions of one name are two functions', () => {
  const first = py.def`def same(): return 1`;
  const second = py.def`def same(): return 2`;
  assert.equal(first(), 1);
  assert.equal(second(), 2);
  const twice = py.def`
    def same(): return 'first'
    def same(): return 'second'
  `;
  assert.equal(twice(), 'second');
});

test('one site run again makes a new function with its own values', () => {
  const make = (n: number) => py.def`def add(x): return x + ${n}`;
  const [one, two] = [make(1), make(2)];
  assert.deepEqual([one(10), two(10)], [11, 12]);
  assert.notEqual(one, two);
});

test('py.def leaves __main__ as it is', () => {
  py.def`def left_alone(): pass`;
  assert.equal(py.main.left_alone, undefined);
});

test('code that ends with no definition is a SyntaxError', () => {
  assert.throws(() => py.def`x = 1`, { name: 'SyntaxError', message: /ends with a def/ });
  assert.throws(() => py.def``, { name: 'SyntaxError' });
});

test('tracebacks name the caller’s file and line: definitions', () => {
  const line = lineHere() + 1;
  const f = py.def`
    def f(x):
        y = x
        raise ValueError('here')
  `;
  const error = caught(() => f(1));
  const frame = error.frames.at(-1);
  assert.equal(fileOf(frame?.file ?? ''), fileOf(here));
  assert.equal(frame?.line, line + 3);
  assert.equal(frame?.function, 'f');
});

test('tracebacks name the caller’s file and line: expressions', () => {
  const line = lineHere() + 1;
  const error = caught(() => py`1 / 0`);
  assert.equal(error.frames.at(-1)?.line, line);
  assert.equal(fileOf(error.frames.at(-1)?.file ?? ''), fileOf(here));
  const next = lineHere() + 3;
  const other = caught(
    () => py`
      [1,
       2][5]
    `,
  );
  assert.ok(
    [next, next + 1].includes(other.frames.at(-1)?.line ?? 0),
    `${other.frames.at(-1)?.line} is not ${next}`,
  );
});

test('tracebacks name the caller’s file and line: statements with and without values', () => {
  const line = lineHere() + 3;
  const error = caught(
    () => py.exec`
      x = 1
      1 / 0
    `,
  );
  assert.equal(error.frames.at(-1)?.line, line + 1);
  const next = lineHere() + 3;
  const other = caught(
    () => py.exec`
      x = ${1}
      x / 0
    `,
  );
  assert.equal(other.frames.at(-1)?.line, next + 1);
});

test('a SyntaxError names the file and the right line', () => {
  const line = lineHere() + 3;
  const error = caught(
    () => py.exec`
      x = 1
      y = = 2
    `,
  );
  assert.equal(error.name, 'SyntaxError');
  assert.equal(error.value.lineno, line + 1);
  assert.equal(fileOf(error.value.filename), fileOf(here));
  assert.match(error.traceback, /y = = 2/);
});

test('a SyntaxError in a definition and in an expression names the right line', () => {
  const line = lineHere() + 3;
  const error = caught(
    () => py.def`
      def f(x):
          return x +
    `,
  );
  assert.equal(error.value.lineno, line + 1);
  const next = lineHere() + 1;
  const other = caught(() => py`1 +`);
  assert.equal(other.value.lineno, next);
  const third = lineHere() + 3;
  const last = caught(
    () => py`
      [1, 2
       3 4]
    `,
  );
  assert.ok([third, third + 1].includes(last.value.lineno), `${last.value.lineno} is not about ${third}`);
});

test('a SyntaxError that only the compiler sees names the right line', () => {
  const line = lineHere() + 3;
  const error = caught(
    () => py.def`
      def f():
          break
    `,
  );
  assert.equal(error.name, 'SyntaxError');
  assert.equal(error.value.lineno, line + 1);
});

test('the error of a text in py.exec and py.eval names the text’s own line', () => {
  const error = caught(() => py.exec('x = 1\n1 / 0'));
  assert.equal(error.frames.at(-1)?.line, 2);
  const other = caught(() => py.eval('1 +'));
  assert.equal(other.name, 'SyntaxError');
  assert.equal(other.value.lineno, 1);
});

test('annotations are what Python makes of them, not texts', () => {
  const f = py.def`def f(x: int) -> str: pass`;
  assert.equal(py`${f}.__annotations__['x'] is int`, true);
  py.exec('def annotated(x: int): pass');
  assert.equal(py`annotated.__annotations__['x'] is int`, true);
  const later = py.def`
    from __future__ import annotations
    def f(x: NotDefined): pass
  `;
  assert.equal(py`${later}.__annotations__['x']`, 'NotDefined');
});

test('nested functions and classes are named as in a module', () => {
  const make = py.def`
    class Outer:
        class Inner:
            def method(self):
                def local(): pass
                return local
  `;
  assert.equal(make.Inner.__qualname__, 'Outer.Inner');
  assert.equal(make.Inner().method().__qualname__, 'Outer.Inner.method.<locals>.local');
  py.exec`
    class FromExec:
        value = ${1}
        def method(self): pass
  `;
  assert.equal(py.main.FromExec.method.__qualname__, 'FromExec.method');
  py.exec`
    import pickle
    pickled = pickle.loads(pickle.dumps(FromExec())).value + ${1}
  `;
  assert.equal(py.main.pickled, 2);
});

test('py.def called with a text says that it takes a template', () => {
  const text = 'def f(): pass' as unknown as TemplateStringsArray;
  const refusal = { code: 'WRONG_ARGUMENT', message: /py\.def`…`: the code is of type string/ };
  assert.throws(() => py.def(text), refusal);
  assert.throws(() => py.scope().def(text), refusal);
});
