import { createRequire } from 'node:module';
import type * as workerThreadsModule from 'node:worker_threads';
import { isMainThread, native, packageFolder } from '../native/load.ts';

/** What a worker is to this room: node:worker_threads is not loaded for it. */
interface Worker {
  readonly threadId: number;
  terminate(...args: unknown[]): unknown;
}

const patched = new WeakSet<object>();

/**
 * Makes `worker.terminate()` end what the worker does in Python. Node stops JavaScript, but a worker inside a native
 * call runs nothing of anybody's until that call returns: whoever terminates it has to tell.
 */
export function endPythonOfTerminatedWorkers(): void {
  const { moduleLoadList } = process as unknown as { moduleLoadList?: string[] };
  // Workers may be there already.
  if (moduleLoadList?.includes('NativeModule worker_threads')) patch(workerThreads().Worker.prototype);
  process.on('worker', (worker: Worker) => {
    let prototype: object = worker;
    while (!Object.hasOwn(prototype, 'terminate')) {
      const next = Object.getPrototypeOf(prototype);
      if (next === null) return;
      prototype = next;
    }
    patch(prototype as Worker);
  });
}

/** Tells native code which worker this is. */
export function nameWorker(): void {
  if (!isMainThread) native.nameWorker(workerThreads().threadId);
}

function workerThreads(): typeof workerThreadsModule {
  return createRequire(packageFolder)('node:worker_threads');
}

function patch(prototype: Worker): void {
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const { terminate } = prototype;
  Object.defineProperty(prototype, 'terminate', {
    ...Object.getOwnPropertyDescriptor(prototype, 'terminate'),
    value: function (this: Worker, ...args: unknown[]): unknown {
      const { threadId } = this;
      const ended = terminate.apply(this, args);
      // Negative: it has ended before.
      if (threadId > 0) native.endWorker(threadId);
      return ended;
    },
  });
}
