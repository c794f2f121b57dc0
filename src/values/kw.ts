import { bridgeTypeError } from '../errors/bridge-error.ts';

declare const names: unique symbol;

/**
 * Keyword arguments, made by {@link kw} and given as a call's last argument. In stubs `Kw<{ epochs?: int }>` takes
 * these keywords and no others, `Kw` any.
 */
export class Kw<T extends object = Record<string, unknown>, Names extends PropertyKey = keyof T> {
  /** For the compiler alone: an object type takes further properties, a union of names takes no further name. */
  declare readonly [names]?: Names;
  readonly #brand = true;
  readonly values: T;
  constructor(values: T) {
    if (!isNamed(values)) throw notNamed(values);
    this.values = values;
  }

  /** Unlike `instanceof`, runs no trap of a proxy. */
  static is(value: object): value is Kw {
    return #brand in value;
  }
}

/**
 * Keyword arguments for a Python call: its last argument. Values are given like arguments (plain data is copied);
 * a value that is `undefined` is left out.
 *
 * @example
 * ```ts
 * import { kw, py } from 'caduceus';
 *
 * const json = py.import('json');
 * console.log(json.dumps({ b: 1, a: [1, 2] }, kw({ sort_keys: true }))); // {"a": [1, 2], "b": 1}
 * ```
 */
export function kw<const T extends object>(values: T): Kw<T> {
  return new Kw(values);
}

function isNamed(values: unknown): boolean {
  return typeof values === 'object' && values !== null && !Array.isArray(values) && !(values instanceof Map);
}

function notNamed(values: unknown): TypeError {
  const kind = Array.isArray(values) ? 'an array' : values instanceof Map ? 'a Map' : typeof values;
  return bridgeTypeError('WRONG_ARGUMENT', {
    tried: 'kw(…)',
    found: `the keyword arguments are ${values === null ? 'null' : kind}`,
    todo: 'pass an object whose properties are the keyword arguments: kw({ name: value })',
  });
}
