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

test('functions that Python drops while JavaScript runs on wake the event loop once, not each', async () => {
  py.exec('def drop(function): return 0');
  const { drop } = py.main;
  await turn();
  wakes = 0;
  for (let i = 0; i < 5000; i++) drop(() => i);
  for (let i = 0; i < 20; i++) await turn();
  assert.ok(wakes >= 1 && wakes <= 3, `${wakes} times`);
});
