import { BridgeError, bridgeTypeError } from '../../errors/bridge-error.ts';
import { Outcome, Refusal } from '../../native/binding.ts';
import { channel, native } from '../../native/load.ts';
import { releasePlaces } from '../../values/encoder.ts';
import { holderOf } from '../../values/holder.ts';
import { convert, copyForJson } from '../convert.ts';
import { inspectSymbol } from '../inspecting.ts';
import { Kind } from '../kind.ts';
import { contains, deleteItem, textOf } from '../operations.ts';
import { knownKeys } from '../own-keys.ts';
import { self } from '../self.ts';
import { side } from '../side.ts';
import { forget, settled } from '../wrap.ts';

const lasting = Kind.module | Kind.class | Kind.function;

/** The members of every proxy. */
export const common = {
  /** Converts: see `py.as`. */
  as(this: object, target: unknown): unknown {
    return convert(this, target);
  },

  /** Deletes the item under a key. */
  del(this: object, key: unknown): void {
    deleteItem(self(this), key);
  },

  /** `x.in(container)`; or, where the argument is no Python container, whether this one contains it. */
  in(this: object, other: unknown): boolean {
    const container = holderOf(other);
    const containers = Kind.sequence | Kind.mapping | Kind.set | Kind.dict | Kind.list;
    if (container && container.kind & containers) return contains(container, this);
    return contains(self(this), other);
  },

  /** Python's identity. */
  is(this: object, other: unknown): boolean {
    return other === this || (side('same', this, other) as boolean);
  },

  /** Deep equality compares tags and stored data: what keeps its state where none shows is equal to itself alone. */
  get [Symbol.toStringTag](): string | undefined {
    const holder = holderOf(this);
    if (!holder || !(holder.kind & Kind.opaque) || holder.kind & (Kind.dict | Kind.list)) return undefined;
    return knownKeys(holder).data.length === 0 ? `Python object ${holder.handle}` : undefined;
  },

  toString(this: object): string {
    return textOf(self(this));
  },

  toLocaleString(this: object): string {
    return textOf(self(this));
  },

  valueOf(this: object): object {
    return this;
  },

  toJSON(this: object): unknown {
    const holder = self(this);
    const data = copyForJson(holder);
    if (holderOf(data)) {
      throw bridgeTypeError('NOT_PLAIN_DATA', {
        tried: 'JSON.stringify on a Python object',
        found: `${side('show', this)} is not plain data`,
        todo: 'convert it first, for instance with .as(Object), .as(Array) or String(…)',
      });
    }
    return data;
  },

  [Symbol.toPrimitive](this: object, hint: string): unknown {
    const holder = self(this);
    if (hint === 'string') return textOf(holder);
    if (hint === 'default' && holder.kind & Kind.adds) {
      throw bridgeTypeError('NOT_ADDABLE', {
        tried: 'using + (or == with a primitive) on a Python object',
        found: `JavaScript would join texts where ${side('type_name', this)} has its own __add__`,
        todo: 'use py.ops.add(a, b), or convert explicitly with String(x) or Number(x)',
      });
    }
    if (holder.kind & Kind.numeric) return side('number_of', this);
    if (hint === 'default') return textOf(holder);
    if (!(holder.kind & Kind.ordered)) return Number.NaN;
    throw bridgeTypeError('NOT_A_NUMBER', {
      tried: 'comparing or calculating with a Python object',
      found: `JavaScript takes numbers there, and ${side('type_name', this)} has an order of its own but is none`,
      todo: 'use py.ops.lt(a, b), py.ops.sub(a, b) and their kin, or convert explicitly, for instance with .as(Date)',
    });
  },

  /** Releases the handle once it was called as often as the object came over. Never `__exit__`. */
  [Symbol.dispose](this: object): void {
    const holder = holderOf(this);
    if (!holder || holder.handle === 0 || holder.kind & lasting) return;
    const released = native.dispose(holder.handle);
    // Python's end has released it already.
    if (released === undefined && channel[0] === Outcome.refused && channel[1] === Refusal.closed) return;
    if (settled(released, holder) !== true) return;
    forget(holder);
    releasePlaces.set(holder, (new Error().stack ?? '').split('\n')[2]?.trim() ?? '');
  },

  [inspectSymbol](this: object): string {
    return show(this);
  },

  [Symbol.for('Deno.customInspect')](this: object): string {
    return show(this);
  },
};

/** A bounded repr that never throws. */
export function show(proxy: object): string {
  const holder = holderOf(proxy);
  if (!holder || holder.handle === 0) return '<a released Python object>';
  try {
    return side('show', proxy) as string;
  } catch (error) {
    return `<a Python object: ${error instanceof BridgeError ? error.code : 'its repr failed'}>`;
  }
}
