import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';

test('a template is a Python expression whose values are bound', () => {
  assert.equal(py`1 + 2`, 3);
  assert.equal(py`sum(x * x for x in ${[1, 2, 3]})`, 14);
  assert.equal(py`${'a'} + ${'b'}`, 'ab');
  assert.equal(py`len(${[1, [2, 3]]}[1])`, 2);
});

test('values are never pasted as text', () => {
  for (const text of [
    "' + 1 + '",
    '__import__("os")',
    '\\',
    '"""',
    '\n',
    '#',
    '${x}',
    '_caduceus_1',
    '{',
    '\0',
  ]) {
    assert.equal(py`${text}`, text);
    assert.equal(py`(${text} + "!")[:-1]`, text);
  }
});

test('a value inside a string is an error that says so, not the text of an inner name', () => {
  const message = /\$\{value\} stands inside a string/;
  const name = 'you';
  assert.throws(() => py`'hello ${name}'`, { name: 'SyntaxError', message });
  assert.throws(() => py`b'${name}'`, { name: 'SyntaxError', message });
  assert.throws(() => py`f'{1} ${name}'`, { name: 'SyntaxError', message });
  assert.throws(() => py.exec`x = """${name}"""`, { name: 'SyntaxError', message });
  assert.throws(() => py.def`def f(): return '${name}'`, { name: 'SyntaxError', message });
  assert.equal(py`f'hello {${name}}'`, 'hello you');
  assert.equal(py`${name}  # not ${1}`, 'you');
});

test('values are given: plain data is copied, the rest comes by reference', () => {
  const given = { a: [1] };
  const held = py`${given}`;
  given.a.push(2);
  assert.equal(py`len(${held}['a'])`, 1);
  const list = py.list([1]);
  assert.equal(py`${list}`, list);
  const map = new Map([[1, 2]]);
  assert.equal(py`${map}`, map);
  assert.equal(py`${undefined} is None and ${null} is None`, true);
});

test('backslashes in a template are Python’s', () => {
  assert.equal(py`'a\nb'`, 'a\nb');
  assert.equal(py`len('\\')`, 1);
  assert.equal(py`r'\d'`, '\\d');
  assert.equal(py`'\x41\u0042'`, 'AB');
});

test('a backtick and a dollar brace in Python are written with a backslash', () => {
  assert.equal(py`'\`'`, '`');
  assert.equal(py`'\${x}' + ${'!'}`, '${x}!');
  assert.equal(py`'\\' + ${'!'}`, '\\!');
});

test('an expression may have many lines, comments and any indentation', () => {
  assert.equal(
    py`
      [
        1,   # one
      2,
            3
      ][
        ${1}
      ]  # the end
    `,
    2,
  );
  assert.equal(py`  1  `, 1);
  assert.equal(py`1 # comment`, 1);
});

test('a template is compiled once per call site', () => {
  const seen = new Set();
  for (let i = 0; i < 50; i++) {
    // A lambda's code object is made when the template is compiled.
    seen.add(py`(lambda: ${i}).__code__`);
  }
  assert.equal(seen.size, 1);
  const other = py`(lambda: ${1}).__code__`;
  assert.equal(seen.has(other), false, 'another place is another site');
});

test('one site in several scopes runs in each of them', () => {
  const scopes = [1, 2, 3].map((x) => py.scope({ x }));
  const results = scopes.map((scope) => scope.eval`x * ${10}`);
  assert.deepEqual(results, [10, 20, 30]);
  assert.deepEqual(
    scopes.map((scope) => scope.eval`x * ${10}`),
    [10, 20, 30],
  );
});

test('one site used recursively and from a callback of itself keeps its values apart', () => {
  const factorial = (n: number): number => (n < 2 ? 1 : py`${n} * ${factorial}(${n} - 1)`);
  assert.equal(factorial(10), 3628800);
});

test('closures keep the values of their own evaluation', () => {
  const makers = [1, 2, 3].map((n) => py`lambda x: x + ${n}`);
  assert.deepEqual(
    makers.map((add) => add(10)),
    [11, 12, 13],
  );
  const generators = [1, 2].map((n) => py`(${n} * i for i in range(3))`);
  assert.deepEqual(
    generators.map((items) => [...items]),
    [
      [0, 1, 2],
      [0, 2, 4],
    ],
  );
});

test('comprehensions and nested functions see values and globals', () => {
  py.exec('offset = 100');
  assert.deepEqual([...py`[x + offset + ${1} for x in range(2)]`], [101, 102]);
  assert.equal(py`(lambda: [[y + ${1} for y in range(x)] for x in range(3)])()`.length, 3);
  assert.equal(py`(assigned := ${5}) + 1`, 6);
});

test('names are looked up in __main__ when the template runs', () => {
  py.exec('changing = 1');
  const read = () => py`changing`;
  assert.equal(read(), 1);
  py.main.changing = 2;
  assert.equal(read(), 2);
  assert.throws(() => py`no_such_name`, { name: 'NameError' });
});

test('statements in an expression are a SyntaxError', () => {
  assert.throws(() => py`x = 1`, { name: 'SyntaxError' });
  assert.throws(() => py``, { name: 'SyntaxError' });
  for (const outside of [
    () => py`1) + (2`,
    () => py`
      1) + (
      2
    `,
    () => py`yield 1`,
    () => py`(yield ${1})`,
    () => py.eval('1) + (2'),
    () => py.exec`return ${1}`,
    () => py.exec`
      yield ${1}
    `,
  ]) {
    assert.throws(outside, { name: 'SyntaxError' }, String(outside));
  }
});

test('py called as a function, or given no code, says what to write', () => {
  assert.throws(() => (py as unknown as (code: string) => unknown)('1 + 1'), { code: 'WRONG_ARGUMENT' });
  assert.throws(() => py.eval(5 as unknown as string), { code: 'WRONG_ARGUMENT' });
  assert.throws(() => py.exec(null as unknown as string), { code: 'WRONG_ARGUMENT' });
});

test('py.eval and py.exec take texts and templates in __main__', () => {
  py.exec`made_by_template = ${[1, 2]}`;
  assert.equal(py.eval('len(made_by_template)'), 2);
  py.exec('made_by_text = 5');
  assert.equal(py.eval`made_by_text + ${1}`, 6);
  assert.equal(py.eval('  1 + 1  '), 2);
  assert.equal(py.eval('\n  (1 +\n 1)\n'), 2);
  assert.equal(py.eval('1\n+ 1'), 2);
  assert.equal(py.exec('1'), undefined);
});

test('py.exec is dedented', () => {
  py.exec(`
    if True:
        dedented = 1
    also = 2
  `);
  assert.equal(py.main.dedented + py.main.also, 3);
  py.exec`
    for i in range(${3}):
        looped = i
  `;
  assert.equal(py.main.looped, 2);
});

test('strings of several lines in dedented code lose the indentation of the code alone', () => {
  py.exec(`
    text = """
      indented
    """
  `);
  assert.equal(py.main.text, '\n  indented\n');
});

test('statements with values bind names in __main__: imports, functions, classes, loops, with, walrus, match', () => {
  py.exec`
    import collections.abc as imported_abc, os.path
    from math import sqrt as imported_sqrt
    def defined(x): return x + ${1}
    class Defined:
        value = ${2}
        def method(self): return self.value + ${3}
    for loop_index in range(${4}): pass
    if (walrus := ${5}): pass
    match ${[1, 2]}:
        case [first_matched, *rest_matched]: pass
    try:
        raise ValueError(${6})
    except ValueError as error:
        caught = error.args[0]
    a, (b, *c) = ${[1, [2, 3, 4]]}
    with_total = sum(n for n in ${[1, 2]})
    annotated: int = ${7}
    deleted = 1
    del deleted
  `;
  const { main } = py;
  assert.equal(main.defined(1), 2);
  assert.equal(main.Defined().method(), 5);
  assert.deepEqual([main.loop_index, main.walrus, main.first_matched, main.caught], [3, 5, 1, 6]);
  assert.deepEqual([main.a, main.b, main.with_total, main.annotated], [1, 2, 3, 7]);
  assert.equal(main.imported_sqrt(4), 2);
  assert.equal(typeof main.os.path.join, 'function');
  assert.equal(main.deleted, undefined);
  assert.equal(main.n, undefined, 'a comprehension’s name stays its own');
});

test('augmented assignment in statements with values changes the global', () => {
  py.exec('counter = 10');
  const add = (n: number) => py.exec`counter += ${n}`;
  add(1);
  add(2);
  assert.equal(py.main.counter, 13);
});

test('global, nonlocal and future imports in statements with values', () => {
  py.exec`
    def outer():
        x = 1
        def inner():
            nonlocal x
            global set_by_global
            x += ${1}
            set_by_global = x
        inner()
        return x
    outer_result = outer()
  `;
  assert.equal(py.main.outer_result, 2);
  assert.equal(py.main.set_by_global, 2);
  py.exec`
    from __future__ import annotations
    later: NotDefined = ${1}
  `;
  assert.equal(py.main.later, 1);
});

test('a scope has names of its own', () => {
  const scope = py.scope({ x: 1, data: { a: [1] } });
  scope.exec`y = x + ${1}`;
  scope.exec('z = y + 1');
  assert.equal(scope.get('z'), 3);
  assert.equal(scope.eval('x + y + z'), 6);
  scope.set('x', 10);
  assert.equal(scope.eval`x + ${1}`, 11);
  const f = scope.def`def f(n): return n + x`;
  assert.equal(f(1), 11);
  scope.set('x', 20);
  assert.equal(f(1), 21);
  assert.equal(py.main.z, undefined);
  assert.throws(() => scope.get('nothing'), { name: 'NameError' });
  assert.throws(() => scope.eval('made_by_text_nowhere'), { name: 'NameError' });
});

test('a scope’s values are given, and py.def in it does not bind the name', () => {
  const scope = py.scope();
  const list = py.list();
  scope.set('list_', list);
  assert.equal(scope.get('list_'), list);
  assert.equal(scope.eval('len([1])'), 1, 'builtins are there');
  py.scope({ __name__: 'named' }).exec('assert __name__ == "named"');
});
