import { holderOf } from './holder.ts';

/** Whether `value` is a promise, of any realm and library. What a Python object does with `then` is its own affair. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  return !holderOf(value) && typeof (value as { then?: unknown }).then === 'function';
}
