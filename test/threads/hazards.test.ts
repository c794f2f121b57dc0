import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { py } from 'caduceus';
import { collectUntil, drained, held } from '../support/held.ts';
import { count, parallelize, Workers } from '../support/parallelize.ts';

const workers = new Workers(8);
after(() => workers.close());

test('H1: k extra references from the owner and from other threads change a count by exactly k', async () => {
  const object = py.list([]);
  const refs = py.eval('__import__("sys").getrefcount');
  const keep = py.list([]);
  const add = py.eval('lambda keep, thing: lambda i: [keep.append(thing) for _ in range(100)] and None')(
    keep,
    object,
  );
  const base = refs(object);
  for (let k = 1; k <= 50; k++) {
    keep.append(object);
    assert.equal(refs(object), base + k);
  }
  await parallelize(8, add);
  assert.equal(refs(object), base + 50 + 800);
  py.main.h1 = object;
  const inMain = refs(object);
  assert.equal(inMain, base + 851);
  const seen = await workers.parallelize(({ py }) => {
    const first = py.main.h1;
    const same = py.main.h1 === first && py.main.h1 === first;
    (globalThis as any).h1 = first;
    return same;
  });
  assert.deepEqual(seen, Array(8).fill(true));
  assert.equal(refs(object), inMain + 8, 'one reference for each Env, however often it came over');
  await workers.parallelize(() => {
    (globalThis as any).h1[Symbol.dispose]();
    (globalThis as any).h1[Symbol.dispose]();
    (globalThis as any).h1[Symbol.dispose]();
  });
  assert.equal(refs(object), inMain);
  keep.clear();
  assert.equal(refs(object), base + 1);
});

test('H2: 8 workers touch 200 Python classes first, all at once, and see every member', async () => {
  py.exec`
h2_classes = [
    type(f"H2_{n}", (dict, list, set, object)[n % 4 : n % 4 + 1] or (object,), {f"m{k}": k for k in range(5)} | {
        "me": property(lambda self: type(self)),
        ("__call__", "__len__", "__iter__", "__enter__")[n % 4]: lambda self: n,
    })
    for n in range(200)
]
h2_objects = [cls() for cls in h2_classes]
`;
  const found = await workers.parallelize(({ py, index }) => {
    const objects = py.main.h2_objects;
    const classes = py.main.h2_classes;
    let wrong = 0;
    for (let n = 0; n < 200; n++) {
      const at = (n * 7 + index) % 200;
      const object = objects[at];
      for (let k = 0; k < 5; k++) if (py.attr(object, 'm' + k) !== k) wrong += 1;
      if (py.attr(object, 'me') !== classes[at]) wrong += 1;
      const callable = at % 4 === 0;
      if ((typeof object === 'function') !== callable) wrong += 1;
    }
    return wrong;
  });
  assert.deepEqual(found, Array(8).fill(0));
});

test('H2: 8 Python threads touch 200 JavaScript classes and their instances first, all at once', async () => {
  const instances = Array.from({ length: 200 }, (_, n) => {
    const Made = class {
      n = n;
      static me: unknown;
      get twice(): number {
        return this.n * 2;
      }
      add(x: number): number {
        return this.n + x;
      }
    };
    Made.me = Made;
    return new Made();
  });
  const touch = py.def`
def touch(instances):
    def go(index):
        for n in range(200):
            at = (n * 7 + index * 31) % 200
            one = instances[at]
            assert (one.n, one.twice, one.add(1)) == (at, at * 2, at + 1), at
            assert one is instances[at] and one.constructor.me == one.constructor, at
        return True
    return go
`;
  const results = await parallelize(8, touch(instances));
  assert.deepEqual(results, Array(8).fill(true));
});

test('H2: 8x 1000 first touches of 200 JavaScript classes make one Python type each', async () => {
  const classes = Array.from({ length: 200 }, (_, n) => {
    const Made = class {
      own = n;
      static n = n;
      static twice(): number {
        return n * 2;
      }
    };
    return n % 2 ? Made : class extends Made {};
  });
  const touch = py.def`
def touch(classes, rounds):
    def go(index):
        seen = {}
        for n in range(rounds):
            at = (n * 7 + index * 31) % 200
            one = classes[at]
            assert isinstance(one, type) and (one.n, one.twice()) == (at, 2 * at), at
            assert seen.setdefault(at, one) is one, at
            assert len(one.__mro__) == (3 if at % 2 else 4), one.__mro__
            assert isinstance(one(), one), at
        return seen
    return go
`;
  const seen = await parallelize(8, touch(py.ref(classes), count(200, 1000)));
  const same = py.eval(
    'lambda all: __import__("builtins").all(one[at] is all[0][at] for one in all for at in all[0])',
  );
  assert.equal(same(py.list(seen)), true);
});

test('H2: a self-referential JavaScript class does not deadlock', async () => {
  class Node {
    own = 1;
    static child: unknown;
    static me = Node;
  }
  class Child extends Node {
    static override me = Child;
  }
  Node.child = Child;
  const touch = py.def`
def touch(Child):
    def go(index):
        Node = Child.__mro__[1]
        assert Child.me is Child and Node.me is Node and Node.child is Child and issubclass(Child, Node)
        class Mine(Child):
            def own(self): return type(self)
        assert Mine().own() is Mine and Mine.me is Child
        return True
    return go
`;
  assert.deepEqual(await parallelize(8, touch(Child)), Array(8).fill(true));
});

test('H3: 8x 100 cycles with both collections: every JavaScript object made is freed', async () => {
  let made = 0;
  let freed = 0;
  const registry = new FinalizationRegistry(() => freed++);
  const make = () => {
    const thing = { serial: made++ };
    registry.register(thing, undefined);
    return py.ref(thing);
  };
  const before = held();
  const cycle = py.def`
def cycle(make, collect):
    import gc
    def go(index):
        for n in range(100):
            thing = make()
            ring = [thing, thing.toString]
            ring.append(ring)
            del thing, ring
            if n % 20 == index:
                gc.collect()
            if n % 50 == index:
                collect()
    return go
`;
  await parallelize(
    8,
    cycle(make, () => void (globalThis.gc as () => void)()),
  );
  await collectUntil(() => made === 800 && freed === made && held().objects <= before.objects);
  assert.equal(freed, 800);
});

test('H3: 8 workers release handles by finalizer, dispose and the end of their Env: made == freed', async () => {
  py.exec`
h3_made, h3_freed = [], []
class H3:
    def __init__(self): h3_made.append(1)
    def __del__(self): h3_freed.append(1)
`;
  const own = new Workers(8);
  await own.parallelize(({ py, gc }) => {
    const { H3 } = py.main;
    const keep: any[] = [];
    for (let n = 0; n < 100; n++) {
      const one = H3();
      one.self = one; // a cycle, for Python's own collection
      if (n % 3 === 0) one[Symbol.dispose]();
      if (n % 3 === 1) keep.push(one);
      if (n % 40 === 0) gc();
    }
    (globalThis as any).keep = keep; // until the Env ends
  });
  await own.close();
  await drained(() => py.eval('__import__("gc").collect() * 0 + len(h3_freed)') === 800);
  assert.equal(py.eval('len(h3_made)'), 800);
});

test('H4: 8x 50 lambdas given as functions by Python threads, and by workers, are each its own', async () => {
  const sum = py.def`
def sum(apply):
    def go(index):
        fns = [lambda x, n=n: x + n + index * 1000 for n in range(50)]
        return [apply(fn, n) for n, fn in enumerate(fns)] == [2 * n + index * 1000 for n in range(50)]
    return go
`;
  const results = await parallelize(
    8,
    sum((fn: (x: number) => number, n: number) => fn(n)),
  );
  assert.deepEqual(results, Array(8).fill(true));
  const others = await workers.parallelize(({ py, index }) => {
    const fns = Array.from({ length: 50 }, (_, n) => (x: number) => x + n + index * 1000);
    const call = py.eval('lambda fns: [fn(n) for n, fn in enumerate(fns)]');
    return [...call(fns)].every((value, n) => value === 2 * n + index * 1000);
  });
  assert.deepEqual(others, Array(8).fill(true));
});

test('H4: 8 concurrent subclasses have unique names', async () => {
  class Base {
    tell(): string {
      return `${this.constructor.name} ${this.number()}`;
    }
    number(): number {
      return -1;
    }
  }
  const make = py.def`
def make(Base, tell):
    def go(index):
        found = []
        for n in range(20):
            def number(self, n=n): return n + index * 1000
            cls = type(Base)(f"Sub{index}_{n}", (Base,), {"number": number})
            assert (tell(cls()), cls().tell()) == (f"Sub{index}_{n} {n + index * 1000}",) * 2, cls
            found.append(cls)
        return found
    return go
`;
  const found = await parallelize(
    8,
    make(Base, (one: Base) => one.tell()),
  );
  const all = found.flatMap((some) => [...some]) as (new () => Base)[];
  assert.equal(new Set(all).size, 160);
  assert.equal(new Set(all.map((one) => one.name)).size, 160);
  assert.ok(all.every((one) => Object.getPrototypeOf(one) === Base && new one().tell().startsWith(one.name)));
});

test('H5: identity maps, interned names, kinds and watched modules hold under 8 threads and 8 workers', async () => {
  py.exec('h5 = [[n] for n in range(50)]');
  const names = Array.from({ length: 60 }, (_, n) => `name_${n}`);
  const shared = { deep: { er: 1 }, list: [1, 2] };
  const inThreads = parallelize(
    8,
    py.def`
def both(shared, names):
    def go(index):
        me = f"h5_{index}"
        for n in range(40):
            assert shared.deep is shared.deep and shared.list.length == 2
            setattr(shared, me, n)
            assert getattr(shared, me) == n
            globals()[names[n % 60]] = n
        return True
    return go
`(py.ref(shared), names),
  );
  const inWorkers = workers.parallelize(({ py, data, index }) => {
    let wrong = 0;
    const list = py.main.h5;
    for (let n = 0; n < 300; n++) {
      const one = list[n % 50];
      if (one !== list[n % 50] || one[0] !== n % 50) wrong += 1;
      py.setAttr(py.main, `${data[n % 60]}_${index}`, n);
      if (py.attr(py.main, `${data[n % 60]}_${index}`) !== n) wrong += 1;
      if (py.import('math').floor(n + 0.5) !== n) wrong += 1;
    }
    return wrong;
  }, names);
  assert.deepEqual(await inThreads, Array(8).fill(true));
  assert.deepEqual(await inWorkers, Array(8).fill(0));
});

test('H5: each environment has its own codecs, added and taken away by 8 workers while classes come and go', async () => {
  py.exec`
class H5Base: pass
def h5_make(n): return type(f"H5_{n}", (H5Base,), {"n": n})()
`;
  using _ = py.codecs.add({ python: py.main.H5Base, toJs: (object) => `main ${object.n}` });
  const same = (object: unknown) => object;
  const inThreads = parallelize(
    8,
    py.eval('lambda f, make: lambda index: all(f(make(n)) == f"main {n}" for n in range(40))')(
      same,
      py.main.h5_make,
    ),
  );
  const inWorkers = workers.parallelize(({ py, index }) => {
    const make = py.main.h5_make;
    let wrong = 0;
    for (let n = 0; n < 100; n++) {
      const codec = py.codecs.add({ python: py.main.H5Base, toJs: (object: any) => `${index} ${object.n}` });
      for (let k = 0; k < 3; k++) if (make(k) !== `${index} ${k}`) wrong += 1;
      codec();
      if (make(n).n !== n) wrong += 1;
    }
    return wrong;
  });
  assert.deepEqual(await inThreads, Array(8).fill(true));
  assert.deepEqual(await inWorkers, Array(8).fill(0));
});

test('H7: the destructor of each of 1000 instances of a class of three levels runs exactly once', async () => {
  py.exec`
h7 = []
class H7A:
    def __del__(self): h7.append((self.n, "A"))
class H7B(H7A):
    def __del__(self):
        h7.append((self.n, "B")); super().__del__()
class H7C(H7B):
    def __init__(self, n): self.n = n
    def __del__(self):
        h7.append((self.n, "C")); super().__del__()
`;
  const made = count(1000, 1000);
  let keep = Array.from({ length: made }, (_, n) => py.main.H7C(n));
  await parallelize(4, py.eval('lambda all: lambda i: [one.n for one in all] and None')(py.list(keep)));
  keep = [];
  await collectUntil(() => py.eval('__import__("gc").collect() * 0 + len(h7)') === 3 * made);
  assert.equal(py.eval('len(set(h7))'), 3 * made);
});

test('H7: a Python subclass of a Python subclass of a JavaScript class', async () => {
  class Base {}
  const made = count(300, 1000);
  const H7 = py.def`
def h7(Base):
    ended = []
    class One(Base):
        def __del__(self): ended.append((self.n, 'One'))
    class Two(One):
        def __del__(self):
            ended.append((self.n, 'Two')); super().__del__()
    class Three(Two):
        def __init__(self, n): super().__init__(); self.n = n
        def __del__(self):
            ended.append((self.n, 'Three')); super().__del__()
    return Three, ended
`;
  const [Three, ended] = H7(Base);
  let keep: unknown[] = Array.from({ length: made }, (_, n) => new Three(n));
  await parallelize(4, py.eval('lambda all: lambda i: [one.n for one in all] and None')(py.list(keep)));
  keep = [];
  await collectUntil(() => ended.length === 3 * made);
  assert.equal(py.eval('lambda ended: len(set(ended))')(py.ref(ended)), 3 * made);
});
