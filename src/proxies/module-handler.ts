import { channel, native } from '../native/load.ts';
import { holderOf } from '../values/holder.ts';
import { Handler } from './handler.ts';
import { Kind } from './kind.ts';
import { names } from './member-names.ts';
import { intern } from './names.ts';
import { missing, settle } from './wrap.ts';

/** Functions, classes and modules: data that a program deletes should not live on here. */
function isDefinition(value: unknown): boolean {
  return ((holderOf(value)?.kind ?? 0) & (Kind.function | Kind.class | Kind.module)) !== 0;
}

/**
 * The traps of a module. Functions and classes read from its namespace are kept until the namespace changes, which Python tells by
 * a word in the channel: `math.sqrt(2)` then crosses once. Before CPython 3.12 nothing is kept.
 */
export class ModuleHandler extends Handler {
  /** Where the channel counts the changes; 0: nothing can be kept; -1: not asked yet. */
  #word = -1;
  #changes = 0;
  readonly #kept = new Map<string, unknown>();

  override get(target: object, key: string | symbol, receiver: unknown): unknown {
    if (typeof key === 'symbol' || this.#word === 0) return super.get(target, key, receiver);
    if (this.#word === -1) this.#word = native.watch(this.handle) ?? 0;
    const changes = channel[this.#word] as number;
    if (changes !== this.#changes) {
      this.#kept.clear();
      this.#changes = changes;
    }
    const kept = this.#kept.get(key);
    return kept !== undefined ? kept : this.#read(target, key, receiver);
  }

  #read(target: object, key: string, receiver: unknown): unknown {
    // Names in underscores may be the module type's own; others have rules of their own.
    const special = key.startsWith('__') || names.always.has(key) || names.reserved.has(key);
    const index = special || this.#word === 0 ? undefined : intern(key);
    if (index === undefined) return super.get(target, key, receiver);
    const result = native.getWatched(this.handle, index);
    const mayKeep = channel[5] === 1;
    const value = result !== undefined ? result : settle(this);
    if (value === missing) return super.get(target, key, receiver);
    if (mayKeep && isDefinition(value)) this.#kept.set(key, value);
    return value;
  }
}
