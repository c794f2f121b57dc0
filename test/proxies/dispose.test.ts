import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';

py.exec(`
  import gc, weakref
  class Thing:
      def __enter__(self): self.entered = True; return self
      def __exit__(self, *args): exits.append(args)
  exits = []
  watched = None
  def make():
      global watched
      thing = Thing()
      watched = weakref.ref(thing)
      return thing
  def alive():
      gc.collect()
      return watched() is not None
`);
const { make, alive, Thing, exits } = py.main;

test('dispose releases the Python object at once', () => {
  const thing = make();
  assert.equal(alive(), true);
  thing[Symbol.dispose]();
  assert.equal(alive(), false);
});

test('using releases at the end of the block, and never calls __exit__', () => {
  {
    using thing = make();
    thing.x = 1;
  }
  assert.equal(alive(), false);
  assert.equal(exits.length, 0);
});

test('a proxy counts how often its object came over, and one dispose undoes one', () => {
  const thing = Thing();
  const namespace = py.import('types').SimpleNamespace();
  namespace.thing = thing;
  const again = namespace.thing;
  assert.equal(again, thing);
  again[Symbol.dispose]();
  assert.equal(thing.__class__.__name__, 'Thing', 'one crossing is left');
  thing[Symbol.dispose]();
  assert.throws(() => thing.x, { code: 'RELEASED' });
  assert.equal(namespace.thing.__class__.__name__, 'Thing', 'it may come over again');
});

test('what came over again after its release is a new proxy', () => {
  const namespace = py.import('types').SimpleNamespace();
  py`setattr(${namespace}, 'thing', Thing())`;
  const first = namespace.thing;
  first[Symbol.dispose]();
  const second = namespace.thing;
  assert.notEqual(first, second);
  assert.equal(second.__class__, Thing);
  assert.throws(() => first.x, { code: 'RELEASED' });
});

test('disposing twice is harmless, also when the object has come over again meanwhile', () => {
  const namespace = py.import('types').SimpleNamespace();
  py`setattr(${namespace}, 'thing', Thing())`;
  const first = namespace.thing;
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  const second = namespace.thing;
  first[Symbol.dispose]();
  assert.equal(second.__class__, Thing, 'the handle of another is left alone');
});

test('modules, classes and functions ignore dispose', () => {
  const math = py.import('math');
  const { sqrt } = math;
  for (const lasting of [math, sqrt, Thing, py.builtins.len, py.builtins.int]) {
    lasting[Symbol.dispose]();
    lasting[Symbol.dispose]();
  }
  assert.equal(math.sqrt(4), 2);
  assert.equal(sqrt(9), 3);
  assert.ok(Thing() instanceof Thing);
});

test('a bound method ignores dispose, and keeps its object', () => {
  const list = py.list([1]);
  const { append } = list;
  append[Symbol.dispose]();
  append(2);
  assert.equal(list.length, 2);
});

test('nothing passed as an argument is released behind its user’s back', () => {
  const list = py.list([1]);
  py.builtins.len(list);
  py.main.held = list;
  py.builtins.repr([list, { list }]);
  assert.equal(list.length, 1);
  assert.equal(py.main.held, list);
});

test('a proxy that a callback received may be disposed in it', () => {
  py.def`
    def passes(fn):
        thing = Thing()
        fn(thing)
        return thing.__class__
  `((thing: any) => {
    thing[Symbol.dispose]();
    assert.throws(() => thing.x, { code: 'RELEASED' });
  });
});

test('a method that disposes of its own object in the middle of a call ends well', () => {
  const thing = Thing();
  thing.fn = () => thing[Symbol.dispose]();
  py`setattr(Thing, 'go', lambda self: (self.fn(), 'done')[1])`;
  assert.equal(thing.go(), 'done');
});

test('disposing inside the reading of an attribute ends well', () => {
  py.exec(`
    class Getter:
        def __init__(self, fn): self.fn = fn
        @property
        def value(self):
            self.fn()
            return 'read'
  `);
  const holder: { getter?: any } = {};
  holder.getter = py.main.Getter(() => holder.getter[Symbol.dispose]());
  assert.equal(holder.getter.value, 'read');
});

test('what is disposed of while it is being called lives until the call ends, though nothing else holds it', () => {
  py.exec(`
    import collections, functools
    def watch(thing):
        global watched
        watched = weakref.ref(thing)
        return thing
    class Calls:
        def __init__(self, fn): self.fn = fn
        def __eq__(self, other): return self.fn()
  `);
  const holder: { used?: any; during?: boolean } = {};
  const disposing = () => {
    holder.used[Symbol.dispose]();
    holder.during = alive();
    return true;
  };
  const uses: [make: () => any, use: (used: any) => unknown][] = [
    [() => py`watch(functools.partial(${disposing}))`, (partial) => partial()],
    [() => py`watch(functools.partial(${disposing}))`, (partial) => partial({})],
    [() => py`watch(collections.deque([Calls(${disposing})]))`, (deque) => deque.count(1)],
    [() => py`watch(collections.deque([Calls(${disposing})]))`, (deque) => deque.count({})],
  ];
  for (const [make, use] of uses) {
    holder.used = make();
    use(holder.used);
    assert.equal(holder.during, true, String(use));
    assert.equal(alive(), false, String(use));
  }
});
