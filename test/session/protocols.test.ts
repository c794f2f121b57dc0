// What JavaScript's symbols and `then` are in Python: with, async with, async for, await.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { py } from 'caduceus';

class Resource {
  readonly log: string[] = [];
  [Symbol.dispose](): void {
    this.log.push('disposed');
  }
}
class Both extends Resource {
  async [Symbol.asyncDispose](): Promise<void> {
    this.log.push('disposed later');
  }
}

function defined(code: string, names: Record<string, unknown>): (name: string) => any {
  const scope = py.scope(names);
  scope.exec(code);
  return (name) => scope.get(name);
}

test('with disposes of what has [Symbol.dispose], also when an error passes', () => {
  const use = py.def`
    def use(one, raises=False):
        try:
            with one as same:
                if raises: raise ValueError("through")
                return same is one
        except ValueError as error:
            return str(error)
  `;
  const one = new Resource();
  assert.equal(use(one), true);
  assert.equal(use(one, true), 'through');
  const both = new Both();
  assert.equal(use(both), true);
  assert.deepEqual([...one.log, ...both.log], ['disposed', 'disposed', 'disposed']);
});

test('with refuses what can only be disposed of later, and what cannot be at all', () => {
  const use = py.def`
    def use(one):
        with one: pass
  `;
  const refused = (one: object, text: RegExp) => assert.throws(() => use(one), text);
  refused({ a: py.ref({}) }.a, /context manager/);
  refused(
    new (class Later {
      async [Symbol.asyncDispose](): Promise<void> {}
    })(),
    /Use async with/,
  );
});

test('objects of Python classes that extend JavaScript classes have their protocols', async () => {
  const get = defined(
    `
class Numbers(Readable):
    def __init__(self):
        super().__init__({"objectMode": True})
        self.last = 0
    def _read(self, size):
        self.last += 1
        self.push(self.last if self.last < 4 else None)
class Doubled(Numbers):
    async def __aiter__(self):
        async for number in super().__aiter__():
            yield number * 2
class Promised(Promise): pass
class Held(Both):
    pass
async def answer():
    promised = Promised(lambda resolve, reject: resolve(5))
    then = promised.then(lambda value: value + 1)
    held = Held()
    with held as same: pass
    async with held as later: pass
    return [
        [n async for n in Numbers()], [n async for n in Doubled()],
        type(promised) is type(then) is Promised, await promised, await then,
        same is held is later, list(held.log),
    ]
`,
    { Readable, Promise, Both },
  );
  const expected = [[1, 2, 3], [2, 4, 6], true, 5, 6, true, ['disposed', 'disposed later']];
  assert.deepEqual(py.as(await get('answer').async(), Array), expected);
});

test('a promise of a Python class is made once, and its rejection that Python has is not unhandled', async () => {
  const get = defined(
    `
made = []
class Promised(Promise):
    def __init__(self, run):
        super().__init__(run)
        made.append(self)
async def answer():
    promised = Promised(lambda resolve, reject: reject(ValueError("no")))
    count = len(made)
    try: await promised
    except ValueError as error: return [count, str(error)]
`,
    { Promise },
  );
  assert.deepEqual(py.as(await get('answer').async(), Array), [1, 'no']);
});
