/** A value to be given by reference where it would otherwise be copied. Made by `py.ref`. */
export class Reference<T = unknown> {
  readonly value: T;
  constructor(value: T) {
    this.value = value;
  }
}
