// What one JavaScript environment holds of Python and the other way round, and waiting until it is let go.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { py } from 'caduceus';

export interface Held {
  /** Python objects that JavaScript holds. */
  handles: number;
  /** JavaScript objects that Python holds. */
  objects: number;
  /** ArrayBuffers over Python's memory. */
  buffers: number;
  /** Calls whose answers have not come. */
  flights: number;
  /** What Python awaits. */
  waiters: number;
}

interface Native {
  census(): readonly number[];
}
let native: Native | undefined;

/** The native library counts what this environment holds. The loader gives the same exports to whoever asks. */
export function held(): Held {
  native ??= createRequire(import.meta.url)(py.info.native) as Native; // once: asking for it makes objects
  const [handles, objects, buffers, flights, waiters] = native.census() as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { handles, objects, buffers, flights, waiters };
}

/** Waits, with the loop turning, until `done` says so; an assertion fails after `seconds`. */
export async function drained(done: () => boolean, seconds = 30): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !done(); ) {
    assert.ok(Date.now() < end, `not done after ${seconds} s: ${done} ${JSON.stringify(held())}`);
    await sleep(5);
  }
}

/** The same with a collection on each side before every look. */
export async function collectUntil(done: () => boolean, seconds = 30): Promise<void> {
  const { gc } = globalThis as unknown as { gc: () => void };
  const collect = py.import('gc').collect;
  await drained(() => {
    gc();
    collect();
    return done();
  }, seconds);
}
