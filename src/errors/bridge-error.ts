/** The stable codes of caduceus' own errors. */
export type BridgeErrorCode =
  | 'ALREADY_STARTED'
  | 'ATTACH_ACROSS_AWAIT'
  | 'CLOSED'
  | 'CODEC_RECURSION'
  | 'DETACHED'
  | 'NO_NATIVE_LIBRARY'
  | 'NO_PYTHON'
  | 'NOT_ADDABLE'
  | 'NOT_A_NUMBER'
  | 'NOT_CONVERTIBLE'
  | 'NOT_PLAIN_DATA'
  | 'NOT_PYTHON'
  | 'NOT_SHARED'
  | 'RELEASED'
  | 'STACK_EXHAUSTED'
  | 'START_FAILED'
  | 'TIMEOUT'
  | 'WRONG_ARGUMENT'
  | 'WRONG_SCOPE';

/** What every message says: what was attempted, what was found, what to do. */
export interface BridgeErrorParts {
  tried: string;
  found: string;
  todo: string;
}

const brand = Symbol('caduceus.BridgeError');

function messageOf(parts: BridgeErrorParts): string {
  return `${parts.tried}: ${parts.found}. ${parts.todo.charAt(0).toUpperCase()}${parts.todo.slice(1)}.`;
}

/**
 * Every error of caduceus' own, as opposed to one raised by Python code ({@link PythonError}).
 *
 * Its `code` is stable; its message says what was attempted, what was found and what to do.
 *
 * @example
 * ```ts
 * import { BridgeError, py } from 'caduceus';
 *
 * try {
 *   py.attr(undefined, 'sqrt');
 * } catch (error) {
 *   if (error instanceof BridgeError) console.log(error.code); // NOT_PYTHON
 * }
 * ```
 */
export class BridgeError extends Error {
  override readonly name: string = 'BridgeError';
  readonly code: BridgeErrorCode;

  constructor(code: BridgeErrorCode, parts: BridgeErrorParts, options?: ErrorOptions) {
    super(messageOf(parts), options);
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

/** A bridge error where JavaScript prescribes a TypeError; it is `instanceof BridgeError` too. */
export function bridgeTypeError(code: BridgeErrorCode, parts: BridgeErrorParts): TypeError {
  return Object.defineProperties(new TypeError(messageOf(parts)), {
    name: { value: 'BridgeError', configurable: true, writable: true },
    code: { value: code, enumerable: true },
    [brand]: { value: true },
  });
}

/** A bridge error where JavaScript prescribes a RangeError; it is `instanceof BridgeError` too. */
export function bridgeRangeError(code: BridgeErrorCode, parts: BridgeErrorParts): RangeError {
  return Object.defineProperties(new RangeError(messageOf(parts)), {
    name: { value: 'BridgeError', configurable: true, writable: true },
    code: { value: code, enumerable: true },
    [brand]: { value: true },
  });
}
