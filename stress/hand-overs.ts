// What goes from one thread to another: Python objects by tokens, memory of JavaScript, interrupts.

import assert from 'node:assert/strict';
import { BroadcastChannel } from 'node:worker_threads';
import { BridgeError, PythonError, py } from 'caduceus';
import type { Operation } from './actor.ts';
import type { Random } from './random.ts';

/** A Python object on its way, and what it must be. */
export interface HandedOver {
  token: { readonly caduceusShare: string };
  value: number;
}

/** Takes back what was shared. */
export interface Shared extends HandedOver {
  revoke(): void;
}

export function handOver(random: Random, python: any): Shared {
  const value = random.below(1000);
  const one = python.Tracked(value);
  const token = py.share(one);
  if (random.below(2)) one[Symbol.dispose]();
  return { token: { caduceusShare: token.caduceusShare }, value, revoke: () => token.revoke() };
}

/** Whoever shared it may have taken it back or ended. */
export function take({ token, value }: HandedOver, random: Random): void {
  let one: any;
  try {
    one = py.adopt(token);
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'NOT_SHARED') return;
    throw error;
  }
  assert.equal(one.get(), value);
  if (random.below(2)) one[Symbol.dispose]();
}

/** Hears of what other threads share. Call the result at the end. */
export function listen(random: Random): () => void {
  channel = new BroadcastChannel('stress');
  channel.onmessage = (event) => take((event as { data: HandedOver }).data, random);
  return () => {
    channel?.close();
    channel = undefined;
  };
}
let channel: BroadcastChannel | undefined;

type Memory = ArrayBufferView | ArrayBufferLike;

const memories: ((size: number) => Memory)[] = [
  (size) => new Uint8Array(size),
  (size) => new Int32Array(size),
  (size) => new Float64Array(size).subarray(size >> 1),
  (size) => new ArrayBuffer(size),
  (size) => new DataView(new ArrayBuffer(size + 3), 3),
  (size) => new SharedArrayBuffer(size),
  (size) => new Int16Array(new SharedArrayBuffer(2 * size)),
  (size) => Buffer.from('x'.repeat(size)),
  () => new Uint8Array(0),
];

function bytesOf(memory: Memory): Uint8Array {
  return ArrayBuffer.isView(memory)
    ? new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength)
    : new Uint8Array(memory);
}

export const handOvers: Operation[] = [
  {
    name: 'share',
    weight: 1,
    async run(random, python) {
      const { revoke, ...one } = handOver(random, python);
      channel?.postMessage(one);
      await new Promise((resolve) => setTimeout(resolve, random.below(5)));
      revoke();
    },
  },
  {
    name: 'memory for other threads',
    weight: 4,
    run(random, python) {
      const value = 1 + random.below(255);
      const memory = random.pick(memories)(random.below(random.below(2) ? 16 : 20_000));
      const bytes = bytesOf(memory);
      bytes.fill(value);
      (random.below(2) ? python.keep_view : python.keep_unseen)(memory, value, bytes.length);
      if (random.below(4) || bytes.buffer instanceof SharedArrayBuffer) return;
      try {
        structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] });
      } catch (error) {
        assert.match((error as Error).name, /DataCloneError|TypeError/);
      }
    },
  },
  {
    name: 'memory of Python for other threads',
    weight: 2,
    run(random, python) {
      const value = 1 + random.below(255);
      const size = 1 + random.below(3000);
      const bytes = python.TrackedBytes(size);
      const shared = bytes.as(Uint8Array).fill(value);
      assert.equal(bytes[size - 1], value);
      if (random.below(2)) (random.below(2) ? python.keep_view : python.keep_unseen)(shared, value, size);
    },
  },
  {
    name: 'memory of other threads',
    weight: 4,
    run(random, python) {
      python.look_at_views(random.below(4));
    },
  },
  {
    name: 'memory in the pool',
    weight: 1,
    async run(random, python) {
      await py.async(python.look_at_views, [random.below(4)]);
    },
  },
  {
    name: 'interrupt of a JavaScript thread',
    weight: 1,
    run(_, python) {
      const id = python.claim_waiting();
      if (id !== null) py.interrupt(id);
    },
  },
];

/** Not on the main thread: what others call there in the middle of a wait would be interrupted instead. */
export const workerOperations: Operation[] = [
  {
    name: 'interrupted',
    weight: 1,
    run(random, python) {
      try {
        assert.match(python.wait_interrupted(py.threadId, random.below(4)), /^(waited|interrupted)$/);
      } catch (error) {
        if (!(error instanceof PythonError) || error.name !== 'KeyboardInterrupt') throw error;
      }
    },
  },
];
