// biome-ignore-all lint/suspicious/noExplicitAny: Python objects without stubs
// Cycles through both heaps in which there is no pair: a callback and what it holds.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { py } from 'caduceus';
import { reachable, seeded } from '../support/graphs.ts';
import { collectUntil, held } from '../support/held.ts';
import { count } from '../support/parallelize.ts';

py.exec(`
import functools, weakref
alive = weakref.WeakSet()
class Button:
    def __init__(self):
        alive.add(self)
        self.text = 'OK'
        self.parts = []
    def click(self): return self.on_click()
def living(): return len(alive)
`);
const { Button, living } = py.main;
const collect = (globalThis as unknown as { gc: () => void }).gc;

async function settle(turns = 6): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    collect();
    await sleep(2);
  }
}

const shapes: Record<string, () => void> = {
  'a callback that uses its object': () => {
    const button = new Button();
    button.on_click = () => button.text;
  },
  'an object in a list in a dict': () => {
    const button = new Button();
    button.parts.append(py.dict(new Map([['other', py.ref({ button })]])));
  },
  'two objects that hold callbacks of each other': () => {
    const [left, right] = [new Button(), new Button()];
    left.on_click = () => right.text;
    right.on_click = () => left.text;
  },
  'a partial of a bound method that holds a JavaScript object': () => {
    const thing: { use?: unknown } = {};
    const button = new Button();
    button.thing = py.ref(thing);
    thing.use = py.main.functools.partial(button.click, py.ref(thing));
  },
  'a Python closure around a JavaScript function': () => {
    const button = new Button();
    const wrap = py`lambda function, owner: lambda: function(owner)`;
    button.on_click = wrap(() => button.text, button);
  },
  'a Map, a class instance and a promise': () => {
    const button = new Button();
    class Model {
      items = new Map([['button', button]]);
    }
    button.model = new Model();
    button.later = Promise.resolve(button);
  },
};

describe('cycles through both heaps', () => {
  // First: where no search was made yet, a few are as many.
  test('are collected, be they ever so few', async () => {
    (() => {
      for (const make of Object.values(shapes)) make();
    })();
    assert.equal(living(), Object.keys(shapes).length + 1);
    await collectUntil(() => living() === 0, 40);
  });

  for (const [name, make] of Object.entries(shapes)) {
    test(`are collected as there are many: ${name}`, async () => {
      const before = held().objects;
      for (let round = 0; round < 3; round++) {
        for (let n = 0; n < count(1_500, 10_000); n++) make();
        await collectUntil(() => living() <= 200);
        assert.ok(held().objects <= before + 1_000);
        await settle(2); // the next search is due earlier
      }
    });
  }

  test('stay as long as anything uses them', async () => {
    await settle(2);
    py.exec('kept = []; parked = []');
    const { kept } = py.main;
    const mine: any[] = [];
    let clicks = 0;
    for (let n = 0; n < 2_400; n++) {
      const button = new Button();
      button.on_click = () => {
        clicks++;
        return button.text;
      };
      if (n % 3 === 0) kept.append(button);
      if (n % 3 === 1) mine.push(button);
    }
    await settle();
    await collectUntil(() => living() <= 1_800);
    py.exec('assert all(button.click() == "OK" for button in kept)');
    assert.ok(mine.every((button) => button.click() === 'OK'));
    await settle();
    // What JavaScript alone held, and has given to Python since.
    py.main.parked = py.list(mine);
    mine.length = 0;
    await settle();
    py.exec('assert all(button.on_click() == "OK" for button in parked)');
    assert.equal(clicks, 2_400);
    py.exec('kept.clear(); parked.clear()');
    await collectUntil(() => living() <= 200);
  });

  test('stay where another thread alone still uses them', async () => {
    const button = new Button();
    button.on_click = () => button.text;
    py.exec(`
import threading
go = threading.Event()
def hold(button):
    go.wait()
    return button.click()
`);
    const answer = py.main.hold.async(button);
    (() => {
      for (let n = 0; n < 1_500; n++) shapes['a callback that uses its object']?.();
    })();
    await settle();
    py.main.go.set();
    assert.equal(await answer, 'OK');
  });

  test('agree with an oracle on random graphs', async () => {
    py.exec(`
class Item:
    def __init__(self, n): self.refs = []; nodes[n] = weakref.ref(self)
nodes = {}
held_here = []
def survivors(): return sorted(n for n, ref in nodes.items() if ref() is not None)
`);
    const { Item, held_here, survivors } = py.main;
    const random = seeded(11);
    const size = count(300, 2_000);
    for (let round = 0; round < 3; round++) {
      await settle(2);
      const edges: number[][] = Array.from({ length: size }, () => []);
      const roots = new Set<number>();
      const here: object[] = [];
      (() => {
        // A node is an object of Python and one of JavaScript's, which hold each other as it happens.
        const nodes: any[] = Array.from({ length: size }, (_, n) => new Item(n));
        const things: any[] = Array.from({ length: size }, () => ({ links: [] as object[] }));
        for (let n = 0; n < size; n++) {
          nodes[n].refs.append(py.ref(things[n]));
          things[n].links.push(nodes[n]);
        }
        for (let i = 0; i < size * 1.1; i++) {
          const [from, to] = [random(size), random(size)];
          edges[from]?.push(to);
          const target = random(2) ? nodes[to] : things[to];
          if (random(2)) things[from].links.push(target);
          else nodes[from].refs.append(target === things[to] ? py.ref(target) : target);
        }
        for (let i = 0; i < 6; i++) {
          const root = random(size);
          roots.add(root);
          if (random(2)) here.push(random(2) ? nodes[root] : things[root]);
          else held_here.append(nodes[root]);
        }
      })();
      const wanted = reachable(edges, roots).join();
      const now = () => [...py.as(survivors(), Array)].join();
      await collectUntil(() => now() === wanted, 40);
      await settle(2);
      assert.equal(now(), wanted);
      here.length = 0;
      held_here.clear();
      await collectUntil(() => now() === '', 40);
    }
  });
});
