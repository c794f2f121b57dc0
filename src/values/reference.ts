/** A value to be given by reference where it would otherwise be copied. Made by `py.ref`. */
export class Reference<T = unknown> {
  readonly #brand = true;
  readonly value: T;
  constructor(value: T) {
    this.value = value;
  }

  /** Unlike `instanceof`, runs no trap of a proxy. */
  static is(value: object): value is Reference {
    return #brand in value;
  }
}
