import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { py } from 'caduceus';
import { collectUntil, drained, held } from '../support/held.ts';
import { count, parallelize, parallelizeJoined, Workers } from '../support/parallelize.ts';
import { runProgram } from '../support/program.ts';

// What Python.NET tests of threads, for this bridge: S1 to S16 are its scenarios, A1 to A5 what goes with them.
const workers = new Workers(8);
after(() => workers.close());
const all = (value: unknown) => Array(8).fill(value);

test('S1: Python calls JavaScript, which calls Python, and the answer comes back', async () => {
  const echo = py.def`def echo(x): return x`;
  const there = (x: unknown) => echo(x);
  const go = py.eval('lambda there: lambda i: there([i]) == [i] and there("x") == "x" and there(i) == i');
  assert.equal(go(there)(1), true);
  assert.deepEqual(await parallelize(8, go(there)), all(true));
});

test('S2: a callback is given another callback and calls it', async () => {
  const go = py.eval('lambda outer: lambda i: outer(lambda x: x + i, i) == 2 * i + 1');
  const outer = (inner: (x: number) => number, n: number) => inner(n) + 1;
  assert.deepEqual(await parallelizeJoined(8, go(outer)), all(true));
});

test('S3: five threads make ten calls each, and are joined', async () => {
  const calls: number[] = [];
  const go = py.eval('lambda f: lambda i: sum(f(i * 10 + n) for n in range(10))');
  const sums = await parallelizeJoined(
    5,
    go((n: number) => {
      calls.push(n);
      return n;
    }),
  );
  assert.equal(calls.length, 50);
  assert.deepEqual(sums, [45, 145, 245, 345, 445]);
});

test('S4: a call leaves the reference counts of its arguments as they were', async () => {
  const object = py.list([1]);
  const refs = py.eval('__import__("sys").getrefcount');
  const go = py.eval('lambda f, x: lambda i: [f(x) for _ in range(50)] and None')((x: unknown) => x, object);
  const before = refs(object);
  await parallelize(8, go);
  await collectUntil(() => refs(object) === before);
});

test('S5: what tells the builds apart is a boolean', () => {
  assert.equal(typeof py.info.freeThreaded, 'boolean');
  assert.equal(typeof py.info.gilEnabled, 'boolean');
  assert.equal(
    py.info.freeThreaded,
    py.eval('bool(__import__("sysconfig").get_config_var("Py_GIL_DISABLED"))'),
  );
});

test('S6: the names that the package exports are unique on both sides', async () => {
  const names: string[] = py.eval('list(__import__("caduceus").__all__)').as(Array);
  assert.equal(new Set(names).size, names.length);
  const { createRequire } = await import('node:module');
  const exported = Object.keys(createRequire(import.meta.url)('caduceus'));
  assert.equal(new Set(exported).size, exported.length);
});

test('S7: 8x 200 echoes', async () => {
  const go = py.eval('lambda echo: lambda i: all(echo(i * 1000 + n) == i * 1000 + n for n in range(200))');
  assert.deepEqual(
    await parallelize(
      8,
      go((x: unknown) => x),
    ),
    all(true),
  );
  const results = await workers.parallelize(({ py, index }) => {
    const echo = py.eval('lambda x: x');
    for (let n = 0; n < 200; n++) if (echo(index * 1000 + n) !== index * 1000 + n) return false;
    return true;
  });
  assert.deepEqual(results, all(true));
});

test('S8: 8x 500 reads of four attributes', async () => {
  class Four {
    a = 1;
    b = 'b';
    c = 2.5;
    d = true;
  }
  const go = py.def`
def reads(four, rounds):
    def go(index):
        for n in range(rounds):
            assert (four.a, four.b, four.c, four.d) == (1, "b", 2.5, True)
        return True
    return go
`;
  assert.deepEqual(await parallelize(8, go(new Four(), count(100, 500))), all(true));
  py.exec('class S8: a, b, c, d = 1, "b", 2.5, True');
  const results = await workers.parallelize(({ py }) => {
    const { S8 } = py.main;
    for (let n = 0; n < 500; n++)
      if (S8.a !== 1 || S8.b !== 'b' || S8.c !== 2.5 || S8.d !== true) return false;
    return true;
  });
  assert.deepEqual(results, all(true));
});

test('S9: 8x 200 imports of twelve modules', async () => {
  const names = [
    'json',
    'math',
    're',
    'os.path',
    'collections.abc',
    'string',
    'textwrap',
    'bisect',
    'heapq',
    'fractions',
    'decimal',
    'statistics',
  ];
  const results = await workers.parallelize(({ py, index, data }) => {
    for (let n = 0; n < 200; n++) {
      const name = data[(n + index) % data.length];
      const module = py.import(name);
      if (module !== py.import(name) || !String(py.attr(module, '__spec__').name)) return false;
    }
    return true;
  }, names);
  assert.deepEqual(results, all(true));
});

test('S10: 8x 200 JavaScript arrays that Python makes and pushes to five times', async () => {
  const go = py.def`
def arrays(new, rounds):
    def go(index):
        for n in range(rounds):
            array = new()
            for k in range(5): array.push(k)
            assert list(array) == [0, 1, 2, 3, 4] and array.length == 5
        return True
    return go
`;
  assert.deepEqual(
    await parallelize(
      8,
      go(() => py.ref([]), count(40, 200)),
    ),
    all(true),
  );
});

test('S10: 8x 200 `js.Array()` with five pushes', async () => {
  const go = py.def`
def arrays(rounds):
    from caduceus import js
    def go(index):
        for n in range(rounds):
            array = js.Array()
            for k in range(5): array.push(k)
            assert list(array) == [0, 1, 2, 3, 4] and array.length == 5
        return True
    return go
`;
  assert.deepEqual(await parallelize(8, go(count(40, 200))), all(true));
});

test('S11: eight concurrent subclasses', async () => {
  class Counter {
    count = 0;
    add(n: number): number {
      this.count += n;
      return this.step(n);
    }
    step(n: number): number {
      return n;
    }
  }
  const go = py.def`
def subclasses(Counter, use, rounds):
    def go(index):
        class Mine(Counter):
            def __init__(self, start): super().__init__(); self.count = start; self.steps = []
            def step(self, n): self.steps.append(n); return super().step(n) + index
        for n in range(rounds):
            one = Mine(n)
            assert [one.add(1), use(one, 2)] == [1 + index, 2 + index] and one.steps == [1, 2]
            assert one.count == n + 3 and isinstance(one, Counter)
        return True
    return go
`;
  const use = (one: Counter, n: number) => one.add(n);
  assert.deepEqual(await parallelize(8, go(Counter, use, count(20, 200))), all(true));
});

test('S12: 8x 50 lambdas as functions', async () => {
  const go = py.def`
def lambdas(apply):
    def go(index): return [apply((lambda k: lambda x: x * k)(k), index) for k in range(50)] == [index * k for k in range(50)]
    return go
`;
  assert.deepEqual(
    await parallelize(
      8,
      go((f: (x: number) => number, x: number) => f(x)),
    ),
    all(true),
  );
});

test('S13: three callbacks, 8x 200 calls', async () => {
  const counts = [0, 0, 0];
  const callbacks = [0, 1, 2].map((k) => (n: number) => {
    counts[k] = (counts[k] as number) + 1;
    return n + k;
  });
  const rounds = count(70, 200);
  const go = py.def`
def three(a, b, c, rounds):
    def go(index):
        for n in range(rounds): assert (a(n), b(n), c(n)) == (n, n + 1, n + 2)
        return True
    return go
`;
  assert.deepEqual(await parallelize(8, go(...callbacks, rounds)), all(true));
  assert.deepEqual(counts, Array(3).fill(8 * rounds));
});

test('S14: 36 Python classes and what they convert to, 8x 50', async () => {
  py.exec`
import datetime, decimal, fractions
s14 = [type(f"S14_{n}", (base,), {}) for n in range(9) for base in (int, str, list, dict)]
s14_values = [cls((("ab", [("a", 1)])[issubclass(cls, dict)], "7")[issubclass(cls, (int, str))]) for cls in s14]
`;
  const results = await workers.parallelize(({ py }) => {
    for (let n = 0; n < 50; n++) {
      const values = py.main.s14_values;
      for (let k = 0; k < 36; k += 4) {
        if (values[k].as(Number) !== 7 || values[k + 1].as(String) !== '7') return `scalars ${k}`;
        if (values[k + 2].as(Array).join() !== 'a,b') return `list ${k}`;
        if (values[k + 3].as(Object).a !== 1) return `dict ${k}`;
      }
    }
    return true;
  });
  assert.deepEqual(results, all(true));
});

test('S14: 36 classes of each language and their codecs, in 8 workers 50 times and from 8 Python threads 50 times', async () => {
  py.exec`
def s14_class(n):
    def __init__(self, value): self.value = value
    def __eq__(self, other): return type(self) is type(other) and self.value == other.value
    return type(f"S14_own_{n}", (s14_own[n // 2],) if n % 3 == 1 else (object,), {"__init__": __init__, "__eq__": __eq__})
s14_own = []
for n in range(36): s14_own.append(s14_class(n))
s14_made = [cls(n) for n, cls in enumerate(s14_own)]
s14_add = lambda a, b: type(a)(a.value + b.value)
`;
  const make = (py: any) => {
    const codecs = Array.from({ length: 36 }, (_, n) => {
      const PyOne = py.main.s14_own[n];
      const JsOne = { [`Own${n}`]: class {} }[`Own${n}`] as any;
      return {
        js: JsOne,
        python: PyOne,
        toJs: (object: any) => Object.assign(new JsOne(), { value: object.value }),
        toPython: (object: any) => PyOne(object.value),
      };
    });
    const { s14_made, s14_add, s14_own } = py.main;
    const all = py.eval('lambda made, own: list(made) == [cls(n) for n, cls in enumerate(own)]');
    const check = (n: number): string | undefined => {
      for (const [k, { js }] of codecs.entries()) {
        const one = s14_made[k];
        if (one.constructor !== js || one.value !== k) return `${k} to JavaScript`;
        const sum = s14_add(one, Object.assign(new js(), { value: n }));
        if (sum.constructor !== js || sum.value !== k + n) return `${k} there and back`;
      }
      const copies = s14_made.as(Array);
      if (!copies.every((copy: any, k: number) => copy.constructor === codecs[k]?.js && copy.value === k))
        return 'copies';
      return all(copies, s14_own) ? undefined : 'data';
    };
    return { codecs, check, isPlain: (k: number) => s14_made[k].constructor !== codecs[k]?.js };
  };
  const inWorkers = workers.parallelize(
    ({ py, data, index }) => {
      const { codecs, check, isPlain } = new Function(`return ${data.make}`)()(py);
      for (let n = 0; n < data.rounds; n++) {
        const added = codecs.map((codec: any) => py.codecs.add(codec));
        const wrong = check(n + index);
        if (wrong) return `${wrong} in round ${n}`;
        for (const codec of added) codec();
        if (!isPlain(n % 36)) return `still converted in round ${n}`;
      }
      return true;
    },
    { make: String(make), rounds: count(10, 50) },
  );
  assert.deepEqual(await inWorkers, all(true));

  const { codecs } = make(py);
  const added = codecs.map((codec) => py.codecs.add(codec));
  const go = py.def`
def s14_go(callback, function, own):
    def go(index):
        for n in range(50):
            k = (n * 5 + index) % 36
            one = own[k](n)
            assert callback(one, k) == [one, {"one": one}]
            assert function([one, {"one": one}], k)
        return True
    return go
`;
  const is = (value: any, k: number) => value.constructor === codecs[k]?.js;
  const callback = (one: any, k: number) => (is(one, k) ? [one, { one }] : 'not converted');
  const reference = ([one, again]: any, k: number) => is(one, k) && again.one === one;
  const fromThreads = go(callback, py.ref(reference), py.main.s14_own);
  assert.deepEqual(await parallelize(8, fromThreads), all(true));
  assert.deepEqual(await parallelizeJoined(8, fromThreads), all(true));
  for (const codec of added) codec();
});

test('S15: 32 shutdown handlers, added and taken away 8x 500, run once each at the end', async () => {
  const rounds = count(100, 500);
  const ended = await runProgram(
    `
    py.exec(${JSON.stringify(`
import atexit, threading
def handler(n):
    def run(): print(n, end=' ')
    return run
kept = [atexit.register(handler(n)) for n in range(32)]
def churn():
    for n in range(${rounds}):
        mine = handler(-1)
        atexit.register(mine)
        atexit.unregister(mine)
threads = [threading.Thread(target=churn) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()
`)});
    process.on('exit', () => console.log('exit'));
  `,
    { limit: 60 },
  );
  const expected = `exit\n${Array.from({ length: 32 }, (_, n) => `${31 - n} `).join('')}`;
  assert.deepEqual([ended.status, ended.stdout], [0, expected], ended.stderr);
});

test('S16: 8x 100 cycles with collections', async () => {
  const before = held().objects;
  class Ring {
    other: unknown;
  }
  const go = py.def`
def cycles(make):
    import gc
    def go(index):
        for n in range(100):
            ring = make()
            mine = {"ring": ring}
            mine["me"] = mine
            if n % 25 == index: gc.collect()
        return True
    return go
`;
  assert.deepEqual(
    await parallelize(
      8,
      go(() => new Ring()),
    ),
    all(true),
  );
  await collectUntil(() => held().objects <= before);
});

test('A1: finalizers that are queued when Python ends are left alone, and later use says so', async () => {
  const ended = await runProgram(`
    let list = Array.from({ length: 5000 }, (_, n) => py.list([n]));
    const last = list[0];
    list = undefined;
    gc();
    py.close();
    await new Promise((resolve) => setTimeout(resolve, 20)); // their finalizers run now
    gc();
    try { last.append(1); } catch (error) { console.log(error.code); }
  `);
  assert.deepEqual([ended.status, ended.stdout], [0, 'CLOSED\n'], ended.stderr);
});

test('A3: 200 concurrent disposes of one buffer’s views release it once', async () => {
  const before = held().buffers;
  // A bytearray counts its views under a lock; array.array of 3.14 does not, and may count wrong.
  const bytes = py.builtins.bytearray(64);
  const view = py.def`
def views(array):
    made = [memoryview(array) for _ in range(200)]
    def go(index):
        for view in made[index * 25 : index * 25 + 25]: view.release(); view.release()
    return go
`(bytes);
  assert.throws(() => bytes.append(1), { name: 'BufferError' });
  await parallelize(8, view);
  bytes.append(1); // nothing looks at it any more
  assert.equal(bytes.length, 65);
  (() => {
    for (let n = 0; n < 200; n++) bytes.as(Uint8Array)[0] = n;
  })();
  await collectUntil(() => held().buffers <= before);
  await collectUntil(() => {
    try {
      bytes.append(2);
    } catch {
      return false;
    }
    return true;
  });
});

test('A4: 100 threads update one scope', async () => {
  const scope = py.scope({ total: py.list([]) });
  const go = py.eval('lambda total: lambda i: total.append(i)')(scope.get('total'));
  await parallelize(100, go);
  assert.equal(scope.eval('len(set(total))'), 100);
  scope.exec(`
import threading
lock, counted = threading.Lock(), 0
def add():
    global counted
    with lock: counted += 1
threads = [threading.Thread(target=add) for _ in range(100)]
for t in threads: t.start()
for t in threads: t.join()
`);
  assert.equal(scope.get('counted'), 100);
});

test('A5: 2,000 event handlers added and removed by Python threads leave none', async () => {
  const { EventEmitter } = await import('node:events');
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  const rounds = count(40, 250);
  let heard = 0;
  py.main.heard = () => heard++;
  const go = py.def`
def handlers(emitter, rounds):
    def go(index):
        for n in range(rounds):
            def handler(*args): heard()
            emitter.on("news", handler)
            emitter.off("news", handler)
        return True
    return go
`;
  const before = held();
  assert.deepEqual(await parallelize(8, go(emitter, rounds)), all(true));
  assert.equal(emitter.listenerCount('news'), 0);
  emitter.emit('news', 1);
  assert.equal(heard, 0);
  await collectUntil(() => held().handles <= before.handles + 10);
  await drained(() => held().objects <= before.objects + 2);
});
