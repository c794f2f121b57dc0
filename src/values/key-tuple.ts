/** A tuple of keys or values, where an array would become a list. */
export class KeyTuple {
  readonly keys: readonly unknown[];
  constructor(keys: readonly unknown[]) {
    this.keys = keys;
  }
}
