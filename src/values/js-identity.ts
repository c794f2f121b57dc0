let last = 0;
const ids = new WeakMap<WeakKey, number>();
// Symbols of the global registry cannot be held weakly; a program has few of them.
const registered = new Map<symbol, number>();

/** A number for each JavaScript object that goes to Python, never used again: the same object is the same there. */
export function identify(value: WeakKey): number {
  const known = typeof value === 'symbol' && Symbol.keyFor(value) !== undefined ? registered : ids;
  let id = known.get(value as symbol);
  if (id === undefined) {
    id = ++last;
    known.set(value as symbol, id);
  }
  return id;
}

/** Whether the object has gone to Python. */
export function isIdentified(value: WeakKey): boolean {
  return ids.has(value);
}
