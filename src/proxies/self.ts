import { bridgeTypeError } from '../errors/bridge-error.ts';
import { type Holder, holderOf } from '../values/holder.ts';

/** The holder of a member's `this`. */
export function self(value: unknown): Holder {
  const holder = holderOf(value);
  if (holder) return holder;
  throw bridgeTypeError('NOT_PYTHON', {
    tried: 'calling a method of a Python proxy',
    found: 'its `this` is not one',
    todo: 'call it on the proxy itself',
  });
}
