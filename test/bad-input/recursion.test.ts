import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomes, runChild } from './child.ts';

const type = (members: string): string => `const x = py.eval('type("R", (), {${members}})()');`;
const deep = 'let deep = []; for (let i = 0; i < 1e5; i++) deep = [deep]; const held = py.list(deep);';

test('endless recursion in Python’s special methods is a RecursionError', () => {
  const told = outcomes({
    repr: `${type('"__repr__": lambda self: repr(self)')} String(x)`,
    getattr: `${type('"__getattr__": lambda self, name: getattr(self, name + "x")')} x.any`,
    getattribute: `${type('"__getattribute__": lambda self, name: getattr(self, name)')} x.any`,
    len: `${type('"__len__": lambda self: len(self)')} py.builtins.len(x)`,
    hash: `${type('"__hash__": lambda self: hash(self)')} py.builtins.hash(x)`,
    iter: `${type('"__iter__": lambda self: iter(self)')} [...x]`,
    call: `${type('"__call__": lambda self: self()')} x()`,
    bool: `${type('"__bool__": lambda self: bool(self)')} x.as(Boolean)`,
    eq: `${type('"__eq__": lambda self, other: self == other, "__hash__": None')} py.ops.eq(x, 1)`,
    str: 'throw new PythonError(py.eval(\'type("E", (Exception,), {"__str__": lambda self: str(self)})()\'))',
  });
  const { str, ...others } = told;
  assert.equal(str, 'E: <its message needs too deep a recursion>');
  for (const [name, error] of Object.entries(others)) assert.match(error, /^RecursionError: /, name);
});

test('inspecting such an object shows that its repr failed', () => {
  const { shown } = outcomes({
    shown: `${type('"__repr__": lambda self: repr(self)')} return process.getBuiltinModule?.('util').inspect(x) ?? x[Symbol.for('nodejs.util.inspect.custom')]()`,
  });
  assert.match(shown, /its repr failed with RecursionError/);
});

test('endless recursion from one language to the other and back is an error, and both go on', () => {
  const told = outcomes({
    calls: "const down = (f) => f(down); py.exec('def up(f): return f(up)'); py.main.up(down);",
    getters:
      "const read = py.eval('lambda o: o.deeper'); class Deep { get deeper() { return read(this); } } read(new Deep());",
    iterators:
      'class Deep { *[Symbol.iterator]() { yield* py.builtins.list(this); } } py.builtins.list(new Deep());',
    own: "const f = () => { py.eval('1'); return f() + 1; }; f();",
    sort: 'const key = (x) => py.builtins.sorted([x], kw({ key }))[0]; key(1);',
  });
  for (const [name, error] of Object.entries(told)) {
    assert.match(error, /^(RecursionError|RangeError|BridgeError): /, name);
    assert.match(error, /recursion|stack/i, name);
  }
});

test('repr, == and json of a list of 100,000 levels are RecursionErrors, JSON.stringify is a RangeError', () => {
  const told = outcomes({
    repr: `${deep} String(held)`,
    equal: `${deep} py.ops.eq(held, py.list(deep))`,
    json: `${deep} py.import('json').dumps(held)`,
    stringify: `${deep} JSON.stringify(held)`,
  });
  assert.match(told.repr, /^RecursionError/);
  assert.match(told.equal, /^RecursionError/);
  assert.match(told.json, /^RecursionError/);
  assert.match(told.stringify, /^RangeError/);
});

test('releasing structures of 100,000 levels does not exhaust the stack', () => {
  const { stdout } = runChild(`
    ${deep}
    deep = undefined;
    held[Symbol.dispose]();
    let o = {};
    for (let i = 0; i < 1e5; i++) o = { o };
    let other = py.dict(o);
    other = undefined;
    gc();
    await new Promise((r) => setTimeout(r, 20));
    console.log(py.import('gc').collect() >= 0);
  `);
  assert.match(stdout, /true/);
});

test('a use of Python that an exhausted stack cut short leaves nothing to the next one', () => {
  const { stdout } = runChild(`
    py.exec('def call(f, *a): return f(*a)');
    const { call } = py.main;
    const show = py.eval('lambda *a, **k: repr(a) + repr(k)');
    const uses = [
      (go) => call(go, [1, { a: 2 }], 'x'),
      (go) => py.builtins.list(new (class { *[Symbol.iterator]() { yield* py.builtins.list(this) } })),
      (go) => py.builtins.list({ get a() { go(); return [1]; }, b: [1] }),
      (go) => py.builtins.sorted([3, 1], kw({ key: () => go() })),
    ];
    let wrong = 0;
    for (let depth = 0; depth < 120; depth++) {
      const use = uses[depth % uses.length];
      const go = () => use(go);
      const deeper = (n) => (n === 0 ? go() : deeper(n - 1));
      try { deeper(depth); } catch {}
      if (show([1], { a: [2] }, kw({ k: { z: 1 } })) !== "([1], {'a': [2]}){'k': {'z': 1}}") wrong++;
    }
    console.log(wrong);
  `);
  assert.equal(stdout.trim(), '0');
});
