import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BridgeError, py } from 'caduceus';

const code = (expected: string, says?: RegExp) => (error: BridgeError) => {
  assert.equal(error.code, expected, String(error));
  if (says) assert.match(error.message, says);
  return true;
};

test('py.attach runs a function and answers with its result', () => {
  const list = py.list([1, 2, 3]);
  const sum = py.attach(() => {
    let total = 0;
    for (let i = 0; i < list.length; i++) total += list[i];
    return total;
  });
  assert.equal(sum, 6);
});

test('what is thrown inside comes out as itself, and the scope has ended', () => {
  const mine = new Error('mine');
  assert.throws(
    () =>
      py.attach(() => {
        throw mine;
      }),
    (error) => error === mine,
  );
  assert.throws(() => py.attach(() => py`1 / 0`), { name: 'ZeroDivisionError' });
  assert.equal(py`1`, 1);
});

test('attach is re-entrant', () => {
  assert.equal(
    py.attach(() => py.attach(() => py.attach(() => py`1 + 1`) + py`1`) + py`1`),
    4,
  );
});

test('fifty scopes in one another end innermost first', () => {
  const scopes = Array.from({ length: 50 }, () => py.attach());
  assert.equal(py`1`, 1);
  for (const scope of scopes.reverse()) {
    scope[Symbol.dispose]();
    assert.equal(py`2`, 2);
  }
  scopes[0]?.[Symbol.dispose]();
});

test('a scope that ends with an outer one says so when it is ended itself', () => {
  const outer = py.attach();
  const inner = py.attach();
  outer[Symbol.dispose]();
  assert.throws(() => inner[Symbol.dispose](), code('WRONG_SCOPE', /attach\.test.*:\d+/));
  assert.equal(py`1`, 1);
  inner[Symbol.dispose]();
});

test('using opens a scope for a block', () => {
  {
    using _ = py.attach();
    assert.equal(py`1`, 1);
  }
  assert.equal(py`1`, 1);
});

test('returning a promise is an error that names the place', async () => {
  assert.throws(() => py.attach(async () => 1), code('ATTACH_ACROSS_AWAIT', /attach\.test.*:\d+/));
  const thenable = {
    // biome-ignore lint/suspicious/noThenProperty: that is the test
    then(resolve: (value: number) => void) {
      resolve(1);
    },
  };
  assert.throws(() => py.attach(() => thenable), code('ATTACH_ACROSS_AWAIT'));
  assert.throws(
    () =>
      py.attach(async () => {
        throw new Error('its own rejection is not left unhandled');
      }),
    code('ATTACH_ACROSS_AWAIT'),
  );
  await new Promise((resolve) => setImmediate(resolve));
});

test('returning a Python object is fine, with an attribute then or without', () => {
  assert.equal(py.attach(() => py.list([1])).length, 1);
  py.exec('class Then:\n    def then(self, *args): return 5');
  assert.equal(py.attach(() => py.main.Then()).then(), 5);
});

test('crossing an await inside a scope is an error that names where it was opened', async () => {
  async function crossing(): Promise<void> {
    const scope = py.attach();
    await null;
    assert.equal(py`1`, 1, 'Python works on, attached by each operation');
    scope[Symbol.dispose]();
  }
  await assert.rejects(crossing(), code('ATTACH_ACROSS_AWAIT', /attach\.test.*:\d+/));
  assert.equal(py`1`, 1);
});

test('a scope that was forgotten keeps no other thread from running', async () => {
  void py.attach();
  py.exec(`
    import threading
    ran = threading.Event()
    threading.Thread(target=ran.set).start()
  `);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(py.main.ran.wait(5), true);
});

test('scopes that overlap across awaits do not end each other', async () => {
  const use = async (n: number) => {
    for (let i = 0; i < 20; i++) {
      py.attach(() => assert.equal(py`${n} + ${i}`, n + i));
      await null;
    }
  };
  await Promise.all([use(1), use(2), use(3)]);
});

test('callbacks inside attach run, attach again and throw', () => {
  const call = py.def`def call(fn, x): return fn(x)`;
  py.attach(() => {
    assert.equal(
      call((x: number) => py.attach(() => py`${x} * 2`), 21),
      42,
    );
    assert.throws(
      () =>
        call(() => {
          throw new RangeError('inside');
        }, 1),
      RangeError,
    );
    assert.equal(py`1`, 1);
  });
});

test('a scope left open inside a callback ends with the callback', () => {
  const call = py.def`def call(fn): fn(); return sum(range(10))`;
  let scope: ReturnType<typeof py.attach> | undefined;
  const result = call(() => {
    scope = py.attach();
  });
  assert.equal(result, 45);
  assert.equal(py`1`, 1);
  assert.throws(() => scope?.[Symbol.dispose](), code('WRONG_SCOPE', /attach\.test/));
});

test('py.detach lets other threads run, and Python works again afterwards', () => {
  py.exec(`
    import threading
    passed = []
    def start():
        thread = threading.Thread(target=lambda: passed.append(1))
        thread.start()
        return thread
  `);
  py.attach(() => {
    py.main.start();
    const until = Date.now() + 50;
    const result = py.detach(() => {
      while (Date.now() < until);
      return 'result';
    });
    assert.equal(result, 'result');
    assert.equal(py`len(passed)`, 1);
  });
});

test('touching Python inside detach is an error, and the scope survives it', () => {
  const list = py.list([1]);
  py.attach(() => {
    for (const use of [
      () => list.length,
      () => list[0],
      () => py`1`,
      () => py.import('math'),
      () => py.attach(() => 1),
      () => list.append(2),
      () => String(list),
      () => [...list],
      () => {
        list[0] = 2;
      },
      () => Object.keys(list),
    ]) {
      assert.throws(() => py.detach(use), code('DETACHED', /py\.detach/), String(use));
    }
    assert.equal(list.length, 1);
  });
});

test('what is thrown inside detach comes out as itself, attached again', () => {
  const mine = new Error('mine');
  py.attach(() => {
    assert.throws(
      () =>
        py.detach(() => {
          throw mine;
        }),
      (error) => error === mine,
    );
    assert.equal(py`1`, 1);
  });
});

test('detach within detach, and outside an attach, just runs', () => {
  assert.equal(
    py.detach(() => 5),
    5,
  );
  py.attach(() => {
    py.detach(() => {
      assert.equal(
        py.detach(() => 6),
        6,
      );
      assert.throws(() => py`1`, code('DETACHED'));
    });
    assert.equal(py`7`, 7);
  });
});

test('detach inside a callback lets threads run there as well', () => {
  const call = py.def`def call(fn): return fn()`;
  assert.equal(
    call(() => py.attach(() => py.detach(() => 8) + py`1`)),
    9,
  );
});

test('returning a promise out of detach is an error that names the place', () => {
  py.attach(() => {
    assert.throws(
      () => py.detach(async () => 1),
      code('ATTACH_ACROSS_AWAIT', /detach.*attach\.test.*:\d+|attach\.test.*:\d+/),
    );
    assert.equal(py`1`, 1);
  });
});

test('attach and detach with what is no function say so', () => {
  assert.throws(() => py.attach(5 as never), code('WRONG_ARGUMENT'));
  assert.throws(() => py.detach(undefined as never), code('WRONG_ARGUMENT'));
  assert.equal(py`1`, 1);
});
