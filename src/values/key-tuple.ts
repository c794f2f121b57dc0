/** A tuple of keys or values, where an array would become a list. */
export class KeyTuple {
  readonly #brand = true;
  readonly keys: readonly unknown[];
  constructor(keys: readonly unknown[]) {
    this.keys = keys;
  }

  /** Unlike `instanceof`, runs no trap of a proxy. */
  static is(value: object): value is KeyTuple {
    return #brand in value;
  }
}
