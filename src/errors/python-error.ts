import { BridgeError } from './bridge-error.ts';

/** One frame of a Python traceback. */
export interface PythonFrame {
  readonly file: string;
  /** 1-based */
  readonly line: number;
  readonly function: string;
}

/** How an error looks into its exception. The proxies' room provides it, since errors know nothing of Python. */
export interface ExceptionReader {
  /** '1' if it has a cause, else '0'; the type's name, a newline, the message. */
  describe(exception: object): string;
  traceback(exception: object): string;
  frames(exception: object): PythonFrame[];
  chained(exception: object): unknown;
  isInstance(exception: object, type: unknown): boolean;
  /** The error that stands for an exception. */
  errorOf(exception: object): unknown;
  adopt(exception: unknown, error: object): object;
}

let reader: ExceptionReader;

/** Sets how errors look into their exceptions. */
export function readExceptionsWith(provided: ExceptionReader): void {
  reader = provided;
}

let stackOf: (error: PythonError) => string;
let setStack: (error: PythonError, stack: string) => void;

/**
 * A Python exception, raised by Python code that JavaScript called.
 *
 * `name` is the Python type (`ValueError`, `json.decoder.JSONDecodeError`), `message` is `str(exception)`. The stack
 * shows Python's frames, innermost first, then JavaScript's. Throwing one in a function that Python calls raises the
 * exception there, unchanged: `throw new PythonError(exc)`.
 *
 * @example
 * ```ts
 * import { py, PythonError } from 'caduceus';
 *
 * try {
 *   py.builtins.int('seven');
 * } catch (error) {
 *   if (error instanceof PythonError && error.is(py.builtins.ValueError)) console.log(error.message);
 * }
 * ```
 */
export class PythonError extends Error {
  readonly #value: object;
  readonly #trace: { stack?: string } = {};
  #stack: string | undefined;

  /** @param exception - a Python exception */
  constructor(exception: unknown) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super();
    Error.stackTraceLimit = limit;
    this.#value = reader.adopt(exception, this);
    const description = reader.describe(this.#value);
    const end = description.indexOf('\n');
    if (description.charAt(0) === '1') Object.defineProperty(this, 'cause', causeProperty);
    Object.defineProperties(this, {
      name: { value: description.slice(1, end), configurable: true, writable: true },
      message: { value: description.slice(end + 1), configurable: true, writable: true },
      stack: stackProperty,
    });
    Error.captureStackTrace?.(this.#trace, PythonError);
  }

  /** The Python exception. */
  // biome-ignore lint/suspicious/noExplicitAny: a Python value without stubs is any
  get value(): any {
    return this.#value;
  }

  /** The frames of the traceback, outermost first. */
  get frames(): PythonFrame[] {
    return reader.frames(this.#value);
  }

  /** The traceback as Python prints it, causes included. */
  get traceback(): string {
    return reader.traceback(this.#value);
  }

  /** The error of the exception's `__cause__`, or of its `__context__` unless that is suppressed. */
  declare readonly cause?: unknown;

  /** Whether the exception is an instance of a Python exception type, or of one of several. */
  is(type: unknown): boolean {
    return reader.isInstance(this.#value, type);
  }

  static {
    stackOf = (error) => {
      error.#stack ??= `${error.name}: ${error.message}${pythonLines(error)}${scriptLines(error.#trace)}`;
      return error.#stack;
    };
    setStack = (error, stack) => {
      error.#stack = stack;
    };
  }
}

const stackProperty: PropertyDescriptor & ThisType<PythonError> = {
  configurable: true,
  get() {
    return stackOf(this);
  },
  set(stack: string) {
    setStack(this, stack);
  },
};

// An own property, of those that have a cause: otherwise inspecting would show `cause: undefined`.
const causeProperty: PropertyDescriptor & ThisType<PythonError> = {
  configurable: true,
  get() {
    const chained = ifRunning(() => reader.chained(this.value), undefined);
    return typeof chained === 'object' && chained !== null ? reader.errorOf(chained) : undefined;
  },
};

function pythonLines(error: PythonError): string {
  const frames = ifRunning(() => error.frames, []);
  return frames.reduceRight((text, frame) => `${text}\n    at ${frame.function} (${frame.file}:${frame.line})`, '');
}

/** What an exception tells, or `otherwise` once Python has ended: errors are still printed then. */
function ifRunning<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'CLOSED') return otherwise;
    throw error;
  }
}

function scriptLines(trace: { stack?: string }): string {
  const lines = (trace.stack ?? '').split('\n');
  return lines
    .filter((line) => line.startsWith('    at ') && !line.includes(import.meta.filename))
    .map((line) => `\n${line}`)
    .join('');
}
