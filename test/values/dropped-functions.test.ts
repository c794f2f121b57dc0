import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { py } from 'caduceus';

const inboxes = new Set<number>();
let wakes = 0;
createHook({
  init: (id, type) => {
    if (type === 'caduceus inbox') inboxes.add(id);
  },
  before: (id) => {
    if (inboxes.has(id)) wakes++;
  },
}).enable();

test('functions that Python drops on their own thread wake no event loop', async () => {
  py.exec('def drop(function): return 0');
  const { drop } = py.main;
  await turn();
  wakes = 0;
  for (let i = 0; i < 5000; i++) drop(() => i);
  for (let i = 0; i < 20; i++) await turn();
  assert.equal(wakes, 0);
});

test('functions that another thread drops while JavaScript runs on wake the event loop once, not each', async () => {
  py.exec(`
import queue, threading
functions = queue.SimpleQueue()
def drop_all():
    while functions.get() is not None: pass
dropping = threading.Thread(target=drop_all, daemon=True)
dropping.start()
`);
  const { functions, dropping } = py.main;
  await turn();
  wakes = 0;
  for (let i = 0; i < 5000; i++) functions.put(() => i);
  functions.put(null);
  dropping.join();
  for (let i = 0; i < 20; i++) await turn();
  // Without the GIL the thread that made an object is the one that takes it apart.
  assert.ok(wakes >= (py.info.freeThreaded ? 0 : 1) && wakes <= 3, `${wakes} times`);
});
