import { native } from '../native/load.ts';
import { decode } from '../values/decoder.ts';
import { type Holder, holders } from '../values/holder.ts';
import { Kind } from './kind.ts';
import { call, changes, lengthOf, live } from './operations.ts';
import { sideFunction } from './side.ts';
import { settled, wrap } from './wrap.ts';

/** The keys of one object: its stored data, and what else `dir` names. */
export interface OwnKeys {
  readonly data: readonly string[];
  readonly rest: readonly string[];
  readonly dataSet: ReadonlySet<string>;
  readonly restSet: ReadonlySet<string>;
}

// Enumerating asks for the keys and then for each property: the last answer is kept until anything may have changed.
let last: { holder: Holder; keys: OwnKeys; changes: number } | undefined;

function forget(): void {
  last = undefined;
}

/** The keys of an object, read anew. */
export function ownKeys(holder: Holder): OwnKeys {
  const keys = readKeys(holder);
  if (!last) queueMicrotask(forget);
  last = { holder, keys, changes };
  return keys;
}

/** The keys that {@link ownKeys} has just told, unless something was assigned, deleted or called since. */
export function knownKeys(holder: Holder): OwnKeys {
  return last?.holder === holder && last.changes === changes ? last.keys : ownKeys(holder);
}

function readKeys(holder: Holder): OwnKeys {
  const proxy = settled(native.proxyOf(live(holder))) as object;
  const list = call(sideFunction('own_keys'), [proxy]) as object;
  const program = settled(native.copyOut((holders.get(list) as Holder).handle, 0));
  const names = decode(program as never, wrap) as (string | null)[];
  const end = names.indexOf(null);
  const data = holder.kind & Kind.list ? positions(lengthOf(holder)) : (names.slice(0, end) as string[]);
  const rest = names.slice(end + 1) as string[];
  return { data, rest, dataSet: new Set(data), restSet: new Set(rest) };
}

function positions(length: number): string[] {
  return Array.from({ length }, (_, index) => String(index));
}
