import { extendedType } from '../../values/extended.ts';
import { holderOf } from '../../values/holder.ts';
import { asynchrony } from '../asynchrony.ts';
import { getAttribute, isInstance } from '../operations.ts';
import { self } from '../self.ts';
import { side } from '../side.ts';
import { missing } from '../wrap.ts';

/** What every callable has. Function.prototype is below, for call, apply and bind. */
export const callable = {
  get name(): string {
    const name = getAttribute(self(this), '__name__');
    return name === missing ? '' : String(name);
  },

  /** Calls on a Python thread: a promise of the result. */
  async(this: object, ...args: unknown[]): Promise<unknown> {
    return asynchrony.call({ holder: self(this), self: undefined, keeper: this }, args);
  },

  /** Calls on the thread of the asyncio loop, and awaits there what comes back. */
  await(this: object, ...args: unknown[]): Promise<unknown> {
    return asynchrony.callOnLoop({ holder: self(this), self: undefined, keeper: this }, args);
  },

  /** How many positional parameters there are without a default. */
  get length(): number {
    return side('parameter_count', this) as number;
  },
};

/** What classes have besides. */
export const classLike = {
  [Symbol.hasInstance](this: object, value: unknown): boolean {
    // A JavaScript object is one of JavaScript's classes alone; numbers, strings and their like stand for Python's.
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    if (isObject && holderOf(value) === undefined) return false;
    const type = holderOf(this) ?? extendedType(this) ?? self(this);
    return isInstance(type, value);
  },
};
