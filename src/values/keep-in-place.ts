import { markAsUntransferable } from 'node:worker_threads';

let works: boolean | undefined;

// Bun and Deno have the function only by name.
function canMark(): boolean {
  try {
    markAsUntransferable(new ArrayBuffer(0));
    return true;
  } catch {
    return false;
  }
}

/**
 * Keeps the memory that Python is about to look at where it is: an ArrayBuffer that was transferred away would be freed
 * by its new owner. From now on transferring it is JavaScript's own error; on Node 20 it is cloned instead, and between
 * that and Node 26 ArrayBuffer.prototype.transfer does not heed the mark. There is no way back: Node-API can neither
 * lock a buffer nor keep its memory alive.
 */
export function keepInPlace(memory: object): void {
  works ??= canMark();
  if (works) markAsUntransferable(ArrayBuffer.isView(memory) ? memory.buffer : memory);
}
