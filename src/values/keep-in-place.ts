import { createRequire } from 'node:module';
import type * as workerThreads from 'node:worker_threads';

type Mark = (buffer: object) => void;

let mark: Mark | undefined;

// Loaded when it is first needed, since programs start faster without it. Bun and Deno have the function only by name.
function findMark(): Mark {
  const { markAsUntransferable } = createRequire(import.meta.url)(
    'node:worker_threads',
  ) as typeof workerThreads;
  const sample = new ArrayBuffer(0);
  try {
    markAsUntransferable(sample);
  } catch {
    return () => {};
  }
  if (!isMovedByMethods(sample)) return markAsUntransferable;
  return (buffer) => {
    markAsUntransferable(buffer);
    for (const name of methods) Reflect.defineProperty(buffer, name, { value: refuse });
  };
}

const methods = ['transfer', 'transferToFixedLength'] as const;
type Movable = ArrayBuffer & Partial<Record<(typeof methods)[number], () => ArrayBuffer>>;

/** Node 21 to 23 have the methods, and they do not heed the mark. */
function isMovedByMethods(marked: Movable): boolean {
  try {
    return marked.transfer?.() !== undefined;
  } catch {
    return false;
  }
}

function refuse(): never {
  // As later versions say it.
  throw new TypeError(
    'Cannot perform ArrayBuffer.prototype.transfer on an ArrayBuffer that Python looks at; copy it with slice()',
  );
}

/**
 * Keeps the memory that Python is about to look at where it is: from now on transferring the ArrayBuffer is
 * JavaScript's own error, and on Node 20 it is cloned instead. There is no way back. Native code keeps the memory
 * alive besides, where the host lets it.
 */
export function keepInPlace(memory: object): void {
  mark ??= findMark();
  mark(ArrayBuffer.isView(memory) ? memory.buffer : memory);
}
