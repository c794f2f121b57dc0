let last = 0;
const ids = new WeakMap<WeakKey, number>();
// Symbols of the global registry cannot be held weakly; a program has few of them.
const registered = new Map<symbol, number>();

class Itself {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: what extends this adds its fields to any object
    return object;
  }
}

/** An object with its number in a private field: a fifth of what an entry in a WeakMap costs. It changes the object's hidden class. */
class Numbered extends Itself {
  readonly #id: number;

  constructor(object: object, id: number) {
    super(object);
    this.#id = id;
  }

  static idOf(object: object): number | undefined {
    return #id in object ? object.#id : undefined;
  }
}

function known(value: WeakKey): number | undefined {
  return (typeof value === 'object' ? Numbered.idOf(value) : undefined) ?? ids.get(value);
}

/** {@link identify} for an object that is made for Python, as all of its class are; unless Python knows it already. */
export function identifyMade(object: object): number {
  const before = known(object);
  if (before !== undefined) return before;
  const id = ++last;
  try {
    new Numbered(object, id);
  } catch {
    ids.set(object, id); // a frozen object, where such have no private fields
  }
  return id;
}

/** A number for each JavaScript object that goes to Python, never used again: the same object is the same there. */
export function identify(value: WeakKey): number {
  const isRegistered = typeof value === 'symbol' && Symbol.keyFor(value) !== undefined;
  let id = isRegistered ? registered.get(value) : known(value);
  if (id === undefined) {
    id = ++last;
    if (isRegistered) registered.set(value, id);
    else ids.set(value, id);
  }
  return id;
}

/** Whether the object has gone to Python. */
export function isIdentified(value: WeakKey): boolean {
  return known(value) !== undefined;
}
