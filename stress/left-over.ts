// What is left when everything has ended must be what was there before.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { py } from 'caduceus';
import { type Held, held } from '../test/support/held.ts';

const { gc } = globalThis as unknown as { gc: () => void };
/** What was read from modules is kept for good, and which members a run meets is up to chance. */
const keptForGood = /(^|\.)(function|module|type|ABCMeta|builtin_function_or_method)$/;

/** Of Python's side: objects made less objects freed, JavaScript objects alive, threads. Of JavaScript's: what it holds. */
export interface LeftOver extends Held {
  objectsOfPython: number;
  objectsOfJavaScript: number;
  threads: number;
}

function leftOver(python: any): LeftOver {
  const [objectsOfPython, objectsOfJavaScript, threads] = [...python.left_over()] as [number, number, number];
  const counts = held();
  return { objectsOfPython, objectsOfJavaScript, threads, ...counts, handles: counts.handles - kept() };
}

const { proxyOf, typeName } = createRequire(import.meta.url)(py.info.native);

function kept(): number {
  let count = 0;
  for (let handle = 1; handle < 20_000; handle++) {
    if (proxyOf(handle) !== undefined && keptForGood.test(typeName(handle))) count += 1;
  }
  return count;
}

/** After collections on both sides, until nothing more goes. */
export async function settledLeftOver(python: any): Promise<LeftOver> {
  let last = leftOver(python);
  for (let rounds = 0, same = 0; rounds < 100 && same < 5; rounds++) {
    // Looking at a proxy's type makes what it reaches through Python strong, until the collection after the next.
    for (let times = 0; times < 4; times++) {
      gc();
      await sleep(20);
    }
    const now = leftOver(python);
    same = JSON.stringify(now) === JSON.stringify(last) ? same + 1 : 0;
    last = now;
  }
  return last;
}

/** Fails unless everything is as `before`, which may take a while. */
export async function assertNothingLeft(python: any, before: LeftOver): Promise<LeftOver> {
  let now = await settledLeftOver(python);
  for (let tries = 0; tries < 5 && JSON.stringify(now) !== JSON.stringify(before); tries++) {
    now = await settledLeftOver(python);
  }
  const what: string[] = [];
  for (let handle = 1; handle < 20_000 && what.length < 30; handle++) {
    const proxy = proxyOf(handle);
    if (proxy !== undefined && !keptForGood.test(typeName(handle))) what.push(String(proxy).slice(0, 60));
  }
  assert.deepEqual(
    now,
    before,
    `what is left, beside what was there before; JavaScript holds ${what.join('; ')}`,
  );
  return now;
}
