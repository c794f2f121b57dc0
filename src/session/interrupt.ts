import { bridgeTypeError } from '../errors/bridge-error.ts';
import { native } from '../native/load.ts';
import { ensureStarted } from './start.ts';

/** KeyboardInterrupt in a Python thread, or in this thread's own call. */
export function interrupt(threadId?: number | bigint): boolean {
  const isNumber = typeof threadId === 'bigint' || Number.isSafeInteger(threadId);
  if (threadId !== undefined && !isNumber) {
    throw bridgeTypeError('WRONG_ARGUMENT', {
      tried: 'py.interrupt(threadId)',
      found: `the id is ${threadId === null ? 'null' : `of type ${typeof threadId}`}`,
      todo: 'pass py.threadId of another JavaScript thread, or the ident of a Python thread',
    });
  }
  ensureStarted();
  return native.interruptThread(threadId === undefined ? undefined : Number(threadId));
}
