import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';

const gc = globalThis.gc as () => void;

py.exec(`
  import gc, weakref
  class Counted:
      alive = 0
      most = 0
      def __init__(self):
          Counted.alive += 1
          Counted.most = max(Counted.most, Counted.alive)
      def __del__(self): Counted.alive -= 1
  kept = []
  def keep(fn): kept.append(fn)
  def drop(): kept.clear(); gc.collect()
`);
const { Counted, keep, drop } = py.main;
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function soon(done: () => boolean, what: string): Promise<void> {
  for (
    const end = Date.now() + 2000;
    Date.now() < end;
    await new Promise((resolve) => setTimeout(resolve, 20))
  ) {
    gc();
    if (done()) return;
  }
  assert.fail(what);
}

test('50,000 proxies made and dropped in one synchronous loop cost bounded memory and all go', async () => {
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 50_000; i++) Counted();
  const grown = (process.memoryUsage().rss - before) / 2 ** 20;
  assert.ok(grown < 100, `${grown.toFixed(1)} MiB more`);
  await soon(() => Counted.alive === 0, 'objects were left');
});

test('proxies made and dropped over turns do not pile up', async () => {
  Counted.most = 0;
  for (let i = 0; i < 100; i++) {
    for (let j = 0; j < 300; j++) Counted();
    if (i % 10 === 0) gc();
    await turn();
  }
  assert.ok(Counted.most < 20_000, `${Counted.most} objects were alive at once`);
  await soon(() => Counted.alive === 0, 'objects were left');
});

test('a Python object is freed soon after JavaScript has dropped it and idles', async () => {
  (() => {
    const object = Counted();
    object.itself = object.__class__;
  })();
  await soon(() => Counted.alive === 0, 'the object was left');
});

test('an object that JavaScript holds stays, however often collections run', async () => {
  const object = Counted();
  for (let i = 0; i < 5; i++) {
    gc();
    py`gc.collect()`;
    await turn();
  }
  assert.equal(Counted.alive, 1);
  object[Symbol.dispose]();
  assert.equal(Counted.alive, 0);
});

test('closures given to Python go when Python drops them', async () => {
  const refs: WeakRef<object>[] = [];
  (() => {
    for (let i = 0; i < 1000; i++) {
      const fn = () => i;
      refs.push(new WeakRef(fn));
      keep(fn);
    }
  })();
  gc();
  await turn();
  assert.equal(
    refs.every((ref) => ref.deref() !== undefined),
    true,
    'Python holds them',
  );
  drop();
  await soon(() => refs.every((ref) => ref.deref() === undefined), 'closures were left');
});

test('50,000 closures given and dropped leave nothing', async () => {
  const call = py.def`def call(fn): return fn()`;
  let last: WeakRef<object> | undefined;
  (() => {
    for (let i = 0; i < 50_000; i++) {
      const fn = () => i;
      call(fn);
      last = new WeakRef(fn);
    }
  })();
  await soon(() => last?.deref() === undefined, 'the last closure was left');
});

test('an error holds its exception and no longer', async () => {
  py.exec(
    'class Failing(Exception):\n    def __init__(self): self.counted = Counted()\ndef fail(): raise Failing()',
  );
  const { fail } = py.main;
  (() => {
    for (let i = 0; i < 1000; i++) assert.throws(() => fail(), { name: 'Failing' });
  })();
  await soon(() => Counted.alive === 0, `${Counted.alive} exceptions were left`);
});

test('memory does not grow while the same work is done again', async () => {
  const work = async () => {
    for (let i = 0; i < 20; i++) {
      for (let j = 0; j < 2500; j++) {
        const list = py.list([j, 'text']);
        void list[1];
        py.builtins.repr({ a: [j] });
      }
      await turn();
    }
    gc();
    await turn();
    gc();
    return process.memoryUsage().rss;
  };
  await work();
  const before = await work();
  const after = await work();
  assert.ok(after - before < 16 * 2 ** 20, `${((after - before) / 2 ** 20).toFixed(1)} MiB more`);
});
