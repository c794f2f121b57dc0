import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kw, py } from 'caduceus';
import { outcomes, runChild } from './child.ts';

const trapError = new Error('trap');
const traps = Object.fromEntries(
  Reflect.ownKeys(Reflect)
    .filter((name) => typeof name === 'string')
    .map((name) => [
      name,
      () => {
        throw trapError;
      },
    ]),
);
const isTrapError = (error: unknown) => error === trapError;
const same = py.eval('lambda x: x');

test('a Proxy that throws in every trap is an error where it would be copied, never a crash', () => {
  for (const target of [{}, [], class {}, new Map()]) {
    const hostile = new Proxy(target, traps);
    assert.throws(() => same(hostile), isTrapError);
    assert.throws(() => same([hostile]), isTrapError);
    assert.throws(() => same(kw({ x: hostile })), isTrapError);
    assert.throws(() => py.eval('lambda f: f()')(() => hostile), isTrapError);
  }
  assert.throws(() => same(kw(new Proxy({}, traps))), isTrapError);
  assert.equal(same(1), 1);
});

test('given by reference it crosses, and each use throws what the trap threw', () => {
  const hostile = new Proxy({}, traps);
  assert.equal(same(py.ref(hostile)), hostile);
  for (const use of [
    'o.x',
    'o["x"]',
    'len(o)',
    '"x" in o',
    'list(o)',
    'dir(o)',
    'setattr(o, "x", 1)',
    'delattr(o, "x")',
    'o.__setitem__("x", 1)',
  ]) {
    assert.throws(() => py.eval(`lambda o: ${use}`)(py.ref(hostile)), isTrapError, use);
  }
  assert.equal(py.eval('lambda o: o == o and isinstance(hash(o), int)')(py.ref(hostile)), true);
  assert.equal(typeof py.eval('lambda o: repr(o)')(py.ref(hostile)), 'string');
});

test('a revoked Proxy is an error as well', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  const held = py.list([py.ref(proxy)]);
  revoke();
  assert.equal(held[0], proxy);
  assert.throws(() => same(proxy), TypeError);
  assert.throws(() => py.eval('lambda l: l[0].x')(held), TypeError);
  assert.match(py.builtins.repr(held), /Proxy/);
});

test('getters that throw in given data are thrown, and nothing is left behind', () => {
  const bad = {
    a: [1, 2, 3],
    get b(): number {
      throw new RangeError('getter');
    },
  };
  for (let i = 0; i < 3; i++) {
    assert.throws(() => same(bad), RangeError);
    assert.throws(() => same(1, [bad]), RangeError);
    assert.throws(() => py.eval('lambda f: f()')(() => bad), RangeError);
  }
  assert.equal(String(same([[1]])), '[[1]]');
});

test('getters of given data may use Python, which may be given data in turn', () => {
  const data = {
    a: 1,
    get b(): unknown {
      return py.eval('lambda x: x["c"]')({ c: [py.eval('1 + 1')] });
    },
    d: 4,
  };
  assert.equal(String(same(data)), "{'a': 1, 'b': [2], 'd': 4}");
});

test('given data that changes while it is read is read as it then is', () => {
  const list: unknown[] = [
    {
      get shrink(): number {
        list.length = 1;
        return 1;
      },
    },
    2,
    3,
  ];
  assert.equal(String(same(list)), "[{'shrink': 1}]");
  const endless: unknown[] = [];
  for (let i = 0; i < 3; i++) {
    endless.push({
      get grow(): number {
        if (endless.length < 100) endless.push(0);
        return 1;
      },
    });
  }
  assert.ok(same(endless).length > 3);
});

test('throw null and throw undefined: caught in Python, and not', () => {
  const catches = py.def`
    def catches(f):
        try: f()
        except Exception as e: return str(e)
  `;
  const call = py.eval('lambda f: f()');
  for (const thrown of [null, undefined, 0, '', Number.NaN, false]) {
    const f = () => {
      throw thrown;
    };
    assert.match(catches(f), /^JavaScript threw /);
    let caught: unknown = 'nothing';
    try {
      call(f);
    } catch (error) {
      caught = error;
    }
    assert.ok(Object.is(caught, thrown));
  }
});

test('throw null from a getter, an iterator, a constructor and a Python callback’s caller', () => {
  class Bad {
    get x(): never {
      throw null;
    }
    // biome-ignore lint/correctness/useYield: it throws before
    *[Symbol.iterator](): Generator<never> {
      throw undefined;
    }
  }
  class Unmakable {
    constructor() {
      throw null;
    }
  }
  const thrownBy = (code: string, object: unknown) => {
    try {
      py.eval(`lambda o: ${code}`)(object);
    } catch (error) {
      return [error];
    }
    return [];
  };
  assert.deepEqual(thrownBy('o.x', new Bad()), [null]);
  assert.deepEqual(thrownBy('list(o)', new Bad()), [undefined]);
  assert.deepEqual(thrownBy('o()', Unmakable), [null]);
});

test('callbacks that throw in the middle of Python’s own work leave it whole', () => {
  const list = py.list([3, 1, 2]);
  assert.throws(
    () =>
      list.sort(
        kw({
          key: () => {
            throw new Error('key');
          },
        }),
      ),
    /key/,
  );
  assert.deepEqual([...list].sort(), [1, 2, 3]);
});

test('kw where no keyword arguments can be, or twice, says so', () => {
  assert.throws(() => same(kw({ a: 1 }), 2), { code: 'WRONG_ARGUMENT' });
  assert.throws(() => same([kw({ a: 1 })]), { code: 'WRONG_ARGUMENT' });
  assert.throws(() => py.eval('dict')(kw({ a: 1 }), kw({ b: 1 })), { code: 'WRONG_ARGUMENT' });
});

test('a property named then, toJSON or __proto__ of given data is data', () => {
  assert.equal(
    String(same(JSON.parse('{"then": 1, "toJSON": 2, "constructor": 3, "length": 4}'))),
    "{'then': 1, 'toJSON': 2, 'constructor': 3, 'length': 4}",
  );
});

test('an object with a hostile prototype is an error', () => {
  const object = Object.create(Object.create(new Proxy({}, traps)));
  assert.throws(() => same(object), isTrapError);
});

test('ending the process inside of a callback ends it, and sys.exit inside of a call can be caught', () => {
  runChild('py.eval("lambda f: f()")(() => process.exit(7));', { status: 7 });
  const told = outcomes({
    exit: "py.import('sys').exit(3)",
    inside: "py.eval('lambda f: f()')(() => py.import('sys').exit('text'))",
  });
  assert.equal(told.exit, 'SystemExit: 3');
  assert.equal(told.inside, 'SystemExit: text');
});

test('uncaught throw null in a callback ends the process as JavaScript does', () => {
  const { stderr } = runChild('py.eval("lambda f: f()")(() => { throw null; });', { status: 1 });
  assert.match(stderr, /null/);
});
