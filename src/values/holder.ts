/** What a proxy stands on: the handle of its Python object. A handle of 0 says it was released. */
export interface Holder {
  readonly handle: number;
  readonly kind: number;
}

/** The holders of live proxies: how a Python object is recognized when it comes as an argument. */
export const holders = new WeakMap<object, Holder>();

/**
 * Asks a callable for its holder. Bound methods answer it instead of standing in {@link holders}: they are made at
 * every `object.method(…)`, and entering them there would cost more than the call.
 */
export const holderKey = Symbol('caduceus.holder');

/** The holder of a proxy, or undefined for anything else. */
export function holderOf(value: unknown): Holder | undefined {
  if (typeof value === 'object') return value === null ? undefined : holders.get(value);
  if (typeof value !== 'function') return undefined;
  return holders.get(value) ?? askForHolder(value);
}

function askForHolder(value: object): Holder | undefined {
  try {
    return (value as { [holderKey]?: Holder })[holderKey];
  } catch {
    return undefined; // a foreign Proxy whose traps throw is none of ours
  }
}
