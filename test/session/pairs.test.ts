// Objects with a side in each language live exactly as long as either is used: docs/python.md, ARCHITECTURE.md.

import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, test } from 'node:test';
import { py } from 'caduceus';
import { reachable, seeded } from '../support/graphs.ts';
import { collectUntil } from '../support/held.ts';
import { count } from '../support/parallelize.ts';

describe('the two sides of an object', () => {
  const settle = async (rounds = 6) => {
    for (let i = 0; i < rounds; i++) {
      py.import('gc').collect();
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  test('live exactly as long as either is used', async () => {
    const scope = py.scope({ EventEmitter });
    scope.exec(`
import weakref
ended = []
class Pair(EventEmitter):
    def __init__(self, name): super().__init__(); self.name = name
    def __del__(self): ended.append(self.name)
references = {}
def make(name):
    made = Pair(name)
    references[name] = weakref.ref(made)
    return made
python_holds = make('python')
def alive(): return sorted(name for name, ref in references.items() if ref() is not None)
def say(name): return references[name]().name
`);
    const make = scope.get('make') as (name: string) => any;
    const alive = () => py.as((scope.get('alive') as () => any)(), Array);
    let held: any = make('javascript');
    make('nobody');
    await settle();
    assert.deepEqual(alive(), ['javascript', 'python']);
    assert.equal(held.name, 'javascript');
    assert.equal((scope.get('say') as any)('python'), 'python');
    held.emit('x');
    held = undefined;
    scope.exec('del python_holds');
    await settle();
    assert.deepEqual(alive(), []);
    assert.deepEqual([...py.as(scope.get('ended'), Array)].sort(), ['javascript', 'nobody', 'python']);
  });

  test('do not wait for the event loop to turn', () => {
    const scope = py.scope({ EventEmitter });
    scope.exec(`
class Counted(EventEmitter):
    alive = most = 0
    def __init__(self):
        super().__init__()
        Counted.alive += 1
        Counted.most = max(Counted.most, Counted.alive)
    def __del__(self): Counted.alive -= 1
def churn(n):
    for _ in range(n): Counted()
    return Counted.most
`);
    const n = 100_000;
    const most = (scope.get('churn') as (n: number) => number)(n);
    assert.ok(most < 0.8 * n, `${most} of ${n} at once`);
  });

  test('H7: three levels, 1000 times: each destructor runs once', async () => {
    const scope = py.scope({ EventEmitter });
    scope.exec(`
ended = []
class One(EventEmitter):
    def __del__(self): ended.append(self.number)
class Two(One): pass
class Three(Two):
    def __init__(self, number): super().__init__(); self.number = number
def make(n): return [Three(i) for i in range(n)]
`);
    const n = count(200, 1000);
    let kept: unknown = (scope.get('make') as (n: number) => unknown)(n);
    assert.ok(kept);
    await settle(2);
    kept = undefined;
    for (let i = 0; i < 50 && (scope.get('ended') as any).length < n; i++) await settle(1);
    const ended = [...py.as(scope.get('ended'), Array)] as number[];
    assert.deepEqual(
      ended.sort((a, b) => a - b),
      Array.from({ length: n }, (_, i) => i),
    );
  });

  const cycles: Record<string, string> = {
    'a listener of its own': 'one.on("line", one.note)',
    'a lambda in JavaScript': 'one.callback = hold(lambda: one)',
    'a Python cycle': 'one.me = one; one.method = one.note; one.list = [one, (one, {"a": one})]',
    'another of its kind':
      'other = Pair(name + " too"); one.other = other; other.other = one; other.on("x", one.note)',
    'a JavaScript object that holds it': 'one.child = hold({}); one.child["parent"] = one',
    'a map with a function over it': 'm = js.Map(); m["f"] = lambda: (one, m); one.m = m',
  };
  for (const [name, code] of Object.entries(cycles)) {
    test(`go when nothing but themselves holds them: ${name}`, async () => {
      const scope = py.scope({ EventEmitter, hold: (x: unknown) => ({ x }) });
      scope.exec(`
from caduceus import js
import weakref
references = []
class Pair(EventEmitter):
    def __init__(self, name): super().__init__(); self.name = name; references.append(weakref.ref(self))
    def note(self, *args): return self
def make(name):
    one = Pair(name)
    ${code}
    return one
kept = make('python')
def alive(): return sum(1 for ref in references if ref() is not None)
`);
      const make = scope.get('make') as (name: string) => any;
      const alive = scope.get('alive') as () => number;
      let held: any = make('javascript');
      const each = alive() / 2;
      for (let i = 0; i < 20; i++) make('nobody');
      await collectUntil(() => alive() === 2 * each);
      assert.equal(held.name, 'javascript');
      assert.equal(held.note(), held);
      assert.equal(scope.eval('kept.eventNames().length >= 0'), true);
      held = undefined;
      scope.exec('kept = None');
      await collectUntil(() => alive() === 0);
    });
  }

  test('stay when Python keeps what it was called with', async () => {
    const scope = py.scope({ EventEmitter });
    scope.exec(`
kept = []
class Log(EventEmitter):
    def __init__(self): super().__init__(); self.on('line', self.note); self.text = 'x'
    def note(self, *args): kept.append(self)
def make(): return Log()
`);
    let log: any = (scope.get('make') as () => any)();
    await settle();
    log.emit('line');
    log = undefined;
    await settle();
    assert.equal(scope.eval('(kept[0].listenerCount("line"), kept[0].text) == (1, "x")'), true);
    scope.exec('kept[0].emit("line")');
    assert.equal(scope.eval('len(kept) == 2 and kept[0] is kept[1]'), true);
  });

  test('agree with an oracle on random graphs', async () => {
    const scope = py.scope({
      Node: class Node {
        links: object[] = [];
      },
    });
    scope.exec(`
import weakref
alive = {}
class Item(Node):
    def __init__(self, n): super().__init__(); self.n = n; self.refs = []; alive[n] = weakref.ref(self)
kept = []
def make(n): return Item(n)
def living(): return sorted(n for n, ref in alive.items() if ref() is not None)
`);
    const make = scope.get('make') as (n: number) => any;
    const random = seeded(7);
    const size = count(120, 2000);
    for (let round = 0; round < 3; round++) {
      const edges: number[][] = Array.from({ length: size }, () => []);
      const roots = new Set<number>();
      let keptHere: object[] = [];
      await (async () => {
        const nodes: any[] = Array.from({ length: size }, (_, n) => make(n));
        for (let i = 0; i < size * 1.1; i++) {
          const [from, to] = [random(size), random(size)];
          edges[from]?.push(to);
          if (random(2)) nodes[from].links.push(nodes[to]);
          else nodes[from].refs.append(nodes[to]);
        }
        for (let i = 0; i < 6; i++) {
          const root = random(size);
          roots.add(root);
          if (random(2)) keptHere.push(nodes[root]);
          else (scope.get('kept') as any).append(nodes[root]);
        }
      })();
      const wanted = reachable(edges, roots).join();
      const living = () => [...py.as((scope.get('living') as () => any)(), Array)].join();
      await collectUntil(() => living() === wanted);
      await settle(2);
      assert.equal(living(), wanted);
      assert.ok(keptHere.every((one: any) => one.links.length + one.refs.length >= 0));
      keptHere = [];
      scope.exec('kept.clear()');
      await collectUntil(() => living() === '');
    }
  });
});
