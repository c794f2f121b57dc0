import { createRequire } from 'node:module';
import type * as workerThreads from 'node:worker_threads';

type Mark = typeof workerThreads.markAsUntransferable;

let mark: Mark | undefined | null;

// Loaded when it is first needed, since programs start faster without it. Bun and Deno have the function only by name.
function findMark(): Mark | null {
  const { markAsUntransferable } = createRequire(import.meta.url)(
    'node:worker_threads',
  ) as typeof workerThreads;
  try {
    markAsUntransferable(new ArrayBuffer(0));
    return markAsUntransferable;
  } catch {
    return null;
  }
}

/**
 * Keeps the memory that Python is about to look at where it is: an ArrayBuffer that was transferred away would be freed
 * by its new owner. From now on transferring it is JavaScript's own error; on Node 20 it is cloned instead, and between
 * that and Node 26 ArrayBuffer.prototype.transfer does not heed the mark. There is no way back: Node-API can neither
 * lock a buffer nor keep its memory alive.
 */
export function keepInPlace(memory: object): void {
  if (mark === undefined) mark = findMark();
  mark?.(ArrayBuffer.isView(memory) ? memory.buffer : memory);
}
