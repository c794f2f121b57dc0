/** What a proxy stands on: the handle of its Python object. A handle of 0 says it was released. */
export interface Holder {
  handle: number;
  readonly kind: number;
}

/** The holders of all live proxies: how a Python object is recognized when it comes as an argument. */
export const holders = new WeakMap<object, Holder>();

/** The holder of a proxy, or undefined for anything else. */
export function holderOf(value: unknown): Holder | undefined {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
    ? holders.get(value)
    : undefined;
}

/** Objects that stand for a Python object besides its proxy: errors for their exceptions. */
export const standIns = new WeakMap<object, object>();
