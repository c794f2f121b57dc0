import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { py } from 'caduceus';

py.exec(`
  import asyncio, contextvars, threading
  var = contextvars.ContextVar('var', default='none')
  def get(): return var.get()
  def call(f): return f()
  def set_and_call(value, f):
      var.set(value)
      return f()
  def set_and_get(value):
      before = var.get()
      var.set(value)
      return [before, var.get()]
  async def get_later():
      await asyncio.sleep(0.001)
      return var.get()
  async def call_later(f):
      await asyncio.sleep(0.001)
      return f()
  async def call_in_thread(f): return await asyncio.to_thread(f)
  def in_context(value, f): return contextvars.copy_context().run(set_and_call, value, f)
`);
const { get, call, set_and_get, set_and_call, get_later, call_later, call_in_thread, in_context } = py.main;
const storage = new AsyncLocalStorage<string>();

for (const [name, make] of Object.entries({
  'a call of the pool': (f: () => unknown) => call.async(f),
  'a coroutine': (f: () => unknown) => call_later(f).then((x: unknown) => x),
  'fn.await': (f: () => unknown) => call.await(f),
  'a thread that a coroutine starts': (f: () => unknown) => call_in_thread.async(f),
})) {
  test(`a callback of ${name} sees the AsyncLocalStorage of where it was called`, async () => {
    const get = () => storage.getStore();
    const seen = await Promise.all(
      ['one', 'two', undefined].map((store) => storage.run(store as string, () => make(get))),
    );
    assert.deepEqual(seen, ['one', 'two', null]);
    assert.equal(storage.getStore(), undefined);
  });
}

test('what comes after an await has its own store', async () => {
  await storage.run('mine', async () => {
    await get.async();
    assert.equal(storage.getStore(), 'mine');
    await get_later();
    assert.equal(storage.getStore(), 'mine');
  });
});

test('calls run in copies of one context: what one sets, the next does not see', async () => {
  const seen = await Promise.all(['a', 'b', 'c'].map((value) => set_and_get.async(value)));
  assert.deepEqual(
    seen.map((pair) => pair.as(Array)),
    [
      ['none', 'a'],
      ['none', 'b'],
      ['none', 'c'],
    ],
  );
});

test('a call sees the variables of the Python code that called JavaScript', async () => {
  const promise = in_context('inner', () => py.ref(get.async()));
  assert.equal(await promise, 'inner');
  assert.equal(await in_context('later', () => py.ref(get_later().then((x: string) => x))), 'later');
  assert.equal(await get.async(), 'none');
});

test('two callbacks of one Python call have each their own context', async () => {
  py.exec(`
    def in_two_contexts(f):
        return [contextvars.copy_context().run(set_and_call, value, f) for value in ('first', 'second')]
  `);
  const promises = py.main.in_two_contexts(() => py.ref(get.async()));
  assert.deepEqual(await Promise.all([...promises]), ['first', 'second']);
});

test('a callback from the pool runs in a copy of the calling code’s context', async () => {
  assert.equal(await set_and_call.async('pool', () => get()), 'pool');
  assert.equal(await set_and_call.async('pool', () => get.async()), 'pool');
  assert.equal(get(), 'none');
});

test('what JavaScript’s own thread sets is seen by calls made later', async () => {
  const token = py.main.var.set('top');
  assert.equal(await get.async(), 'top');
  assert.equal(await get_later(), 'top');
  py.main.var.reset(token);
  assert.equal(await get.async(), 'none');
});
