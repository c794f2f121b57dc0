import { KeyTuple } from '../values/key-tuple.ts';

// Keys of the same primitive share a symbol; others get one of their own, which lives as long as it is held.
const most = 4096;
const primitives = new Map<unknown, symbol>();
const keys = new WeakMap<symbol, { key: unknown }>();

function newSymbol(key: unknown): symbol {
  const symbol = Symbol('at');
  keys.set(symbol, { key });
  return symbol;
}

/**
 * A Python key in square brackets: `obj[at(key)]` reads, assigns or deletes the item, and `at(key) in obj` asks for
 * it. Several keys make a tuple.
 *
 * @example
 * ```ts
 * import { at, py } from 'caduceus';
 *
 * const prices = py.dict({ tea: 3 });
 * prices[at('milk')] = 1;
 * console.log(prices[at('tea')], at('milk') in prices); // 3 true
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: a key fits every index signature
export function at(...key: [unknown, ...unknown[]]): any {
  if (key.length > 1) return newSymbol(new KeyTuple(key));
  const only = key[0];
  if ((typeof only === 'object' && only !== null) || typeof only === 'function') return newSymbol(only);
  const known = primitives.get(only);
  // Map's keys do not tell -0 from 0, which Python's float keys may show.
  if (known && !Object.is(only, -0)) return known;
  const made = newSymbol(only);
  if (primitives.size < most && !Object.is(only, -0)) primitives.set(only, made);
  return made;
}

/** The key that a symbol stands for, or undefined if it is none of {@link at}'s. */
export function keyOf(symbol: symbol): { key: unknown } | undefined {
  return keys.get(symbol);
}
