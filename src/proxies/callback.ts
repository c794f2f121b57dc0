import { Action } from '../native/binding.ts';
import { native } from '../native/load.ts';
import { decode } from '../values/decoder.ts';
import { releasedError, withEncoder } from '../values/encoder.ts';
import { type Holder, holders } from '../values/holder.ts';
import { Kind } from './kind.ts';
import { call } from './operations.ts';
import { sideFunction } from './side.ts';
import { settle, settled, wrap } from './wrap.ts';

const limits = new WeakMap<Holder, number>();

/** How many positional arguments a Python function takes; Infinity for any number. */
function limitOf(holder: Holder): number {
  let limit = limits.get(holder);
  if (limit === undefined) {
    const known = call(sideFunction('positional_limit'), [native.proxyOf(holder.handle)]) as number;
    limit = known < 0 ? Number.POSITIVE_INFINITY : known;
    limits.set(holder, limit);
  }
  return limit;
}

/**
 * Calls a Python function that was given to JavaScript: what it receives is taken (never copied), surplus positional
 * arguments are ignored, and the plain data that it returns is given (copied).
 */
export function callAsCallback(holder: Holder, args: readonly unknown[]): unknown {
  const count = Math.min(args.length, limitOf(holder));
  const result = withEncoder((encoder) => {
    for (let i = 0; i < count; i++) encoder.add(args[i], true);
    if (holder.handle === 0) throw releasedError(holder);
    const { code, size, values } = encoder;
    const answer = native.run(holder.handle, Action.call, code, size, values, 0);
    return answer !== undefined ? answer : settle(holder);
  });
  const returned = typeof result === 'object' && result !== null ? holders.get(result) : undefined;
  if (!returned || !(returned.kind & (Kind.dict | Kind.list | Kind.set))) return result;
  return decode(settled(native.copyOut(returned.handle, 0)) as never, wrap);
}
