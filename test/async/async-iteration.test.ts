import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PythonError, py } from 'caduceus';

py.exec(`
  import asyncio, contextlib
  log = []
  async def count(n, fail=False):
      try:
          for i in range(n):
              await asyncio.sleep(0)
              got = yield i
              if got is not None: log.append(got)
          if fail: raise ValueError('end')
      except KeyError as error:
          yield f'caught {error}'
      finally:
          await asyncio.sleep(0)
          log.append('closed')
  class Range:
      def __init__(self, n): self.n, self.i = n, 0
      def __aiter__(self): return self
      async def __anext__(self):
          if self.i == self.n: raise StopAsyncIteration
          self.i += 1
          return self.i
  class Manager:
      def __init__(self, swallow=False, fail=False): self.swallow, self.fail = swallow, fail
      async def __aenter__(self):
          await asyncio.sleep(0)
          if self.fail: raise OSError('cannot enter')
          log.append('enter')
          return [1]
      async def __aexit__(self, kind, error, traceback):
          await asyncio.sleep(0)
          log.append(f'exit {kind and kind.__name__}')
          return self.swallow
`);
const { count, Range, Manager, log } = py.main;
const logged = () => {
  const all = log.as(Array);
  log.clear();
  return all;
};

test('for await runs over an async generator and any async iterable', async () => {
  const seen: unknown[] = [];
  for await (const x of count(3)) seen.push(x);
  for await (const x of Range(2)) seen.push(x);
  assert.deepEqual(seen, [0, 1, 2, 1, 2]);
  assert.deepEqual(logged(), ['closed']);
});

test('leaving the loop early closes the generator before the program goes on', async () => {
  for await (const x of count(3)) if (x === 1) break;
  assert.deepEqual(logged(), ['closed']);
  await assert.rejects(async () => {
    for await (const _ of count(3)) throw new Error('mine');
  }, /mine/);
  assert.deepEqual(logged(), ['closed']);
  for await (const _ of Range(3)) break;
});

test('an error in it is thrown in the loop', async () => {
  await assert.rejects(
    async () => {
      for await (const _ of count(1, true));
    },
    { name: 'ValueError', message: 'end' },
  );
  assert.deepEqual(logged(), ['closed']);
});

test('values are sent and errors raised inside', async () => {
  const iterator = count(5)[Symbol.asyncIterator]();
  assert.deepEqual(await iterator.next(), { done: false, value: 0 });
  assert.deepEqual(await iterator.next('hello'), { done: false, value: 1 });
  assert.deepEqual(await iterator.throw(new PythonError(py.builtins.KeyError('k'))), {
    done: false,
    value: "caught 'k'",
  });
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  assert.deepEqual(logged(), ['hello', 'closed']);
});

test('an async context manager enters, hands an error over and exits on the loop', async () => {
  assert.equal(await Manager().with(async ([x]: number[]) => (x as number) + 1), 2);
  assert.deepEqual(logged(), ['enter', 'exit None']);
  const mine = new RangeError('mine');
  await assert.rejects(
    Manager().with(() => {
      throw mine;
    }),
    (error) => error === mine,
  );
  assert.deepEqual(logged(), ['enter', 'exit RangeError']);
  assert.equal(
    await Manager(true).with(async () => {
      throw new PythonError(py.builtins.KeyError(1));
    }),
    undefined,
  );
  assert.deepEqual(logged(), ['enter', 'exit KeyError']);
  await assert.rejects(
    Manager(false, true).with(() => 1),
    { name: 'OSError' },
  );
  assert.deepEqual(logged(), []);
});

test('await using enters with await cm.with() and exits at the end of the block', async () => {
  {
    await using entered = await Manager().with();
    assert.equal(entered[0], 1);
    assert.deepEqual(logged(), ['enter']);
  }
  assert.deepEqual(logged(), ['exit None']);
});

test('a manager of both kinds is entered without waiting', () => {
  py.exec(`
    class Both(Manager):
        def __enter__(self): return 'sync'
        def __exit__(self, *_): pass
  `);
  assert.equal(
    py.main.Both().with((x: string) => x),
    'sync',
  );
});
