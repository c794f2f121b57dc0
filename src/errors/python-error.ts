import { dirname } from 'node:path';
import { BridgeError } from './bridge-error.ts';
import { limitTraces, mostTraces } from './trace.ts';

/** One frame of a Python traceback. */
export interface PythonFrame {
  readonly file: string;
  /** 1-based */
  readonly line: number;
  readonly function: string;
}

/** How an error looks into its exception. The proxies' room provides it, since errors know nothing of Python. */
export interface ExceptionReader {
  /** What an exception that is not being raised tells of itself; throws for what is no exception. */
  inspect(exception: unknown, error: object): Raised;
  /** The proxy of the exception that `error` was raised with. */
  proxyOf(error: PythonError, raised: Raised): object;
  traceback(exception: object): string;
  frames(exception: object): PythonFrame[];
  /** The error of what Python would print above `exception`, or what JavaScript threw there; undefined for none. */
  cause(exception: object): unknown;
  /** The errors of the exceptions in an exception group; undefined for what is none. */
  errors(exception: object): unknown[] | undefined;
  isInstance(exception: object, type: unknown): boolean;
}

/** What an exception tells as it is raised. Its proxy is made when somebody asks for it. */
export class Raised {
  /** Of the exception, while it has no proxy. */
  readonly handle: number;
  readonly kind: number;
  readonly name: string;
  readonly message: string;
  readonly chained: boolean;
  /** An error made where the exception came to JavaScript: whose frames those are. None if they were not recorded. */
  trace: Error | undefined;
  proxy: object | undefined;
  /** The stack that the exception's error shows, once somebody has looked or set one. */
  stack: string | undefined;

  constructor(
    handle: number,
    kind: number,
    name: string,
    message: string,
    chained: boolean,
    trace?: Error,
    proxy?: object,
  ) {
    this.handle = handle;
    this.kind = kind;
    this.name = name;
    this.message = message;
    this.chained = chained;
    this.trace = trace;
    this.proxy = proxy;
    this.stack = undefined;
  }
}

let reader: ExceptionReader;

/** Sets how errors look into their exceptions. */
export function readExceptionsWith(provided: ExceptionReader): void {
  reader = provided;
}

let stackProperty: PropertyDescriptor;
/** Exceptions that end a program with a status or by a signal, uncaught or as a rejection that nobody handles. */
const endsPrograms: ReadonlySet<string> = new Set(['SystemExit', 'KeyboardInterrupt']);

/** What an error knows of its exception; undefined for anything else. Runs no trap of what it looks at. */
export let raisedOf: (value: object) => Raised | undefined;

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
  /** The error of the exception's `__cause__`, or of its `__context__` unless that is suppressed. */
  declare readonly cause?: unknown;

  readonly #raised: Raised;

  /** @param exception - a Python exception */
  constructor(exception: unknown) {
    const known = exception instanceof Raised;
    // The JavaScript frames are another error's: Python's can be put before them when somebody looks. Making one costs
    // less than Error.captureStackTrace, and less still before this constructor's frames are on the stack.
    const trace = known ? exception.trace : new Error();
    const limit = Error.stackTraceLimit;
    limitTraces(0);
    super(known ? exception.message : '');
    limitTraces(limit);
    this.#raised = known ? exception : reader.inspect(exception, this);
    // The host wraps a rejection's reason that has no stack of its own when nobody handles it. Making one takes three
    // times as long as leaving it to the prototype, which is done where hundreds are raised in a turn.
    if (trace || endsPrograms.has(this.#raised.name)) Object.defineProperty(this, 'stack', stackProperty);
    else delete this.stack;
    if (this.#raised.chained) Object.defineProperty(this, 'cause', causeProperty);
    if (known) return;
    this.#raised.trace = trace;
    nameAndMessage(this, this.#raised);
    keepCause(this);
  }

  /** The Python exception. */
  // biome-ignore lint/suspicious/noExplicitAny: a Python value without stubs is any
  get value(): any {
    this.#raised.proxy ??= reader.proxyOf(this, this.#raised);
    return this.#raised.proxy;
  }

  /** The frames of the traceback, outermost first. */
  get frames(): PythonFrame[] {
    return reader.frames(this.value);
  }

  /** The traceback as Python prints it, causes included. */
  get traceback(): string {
    return reader.traceback(this.value);
  }

  /** The errors of an exception group's exceptions, as an AggregateError has them; undefined for other exceptions, and after Python's end. */
  get errors(): unknown[] | undefined {
    // Inspecting asks whatever looks like an error, and at any time.
    return #raised in this ? reader.errors(this.value) : undefined;
  }

  /** Whether the exception is an instance of a Python exception type, or of one of several. */
  is(type: unknown): boolean {
    return reader.isInstance(this.value, type);
  }

  static {
    raisedOf = (value) => (#raised in value ? value.#raised : undefined);
    stackProperty = {
      configurable: true,
      get(this: PythonError) {
        const raised = raisedOf(this);
        if (raised) raised.stack ??= stackOf(this, raised.trace);
        return raised?.stack;
      },
      set(this: PythonError, stack: string) {
        this.#raised.stack = stack;
      },
    };
    Object.defineProperty(PythonError.prototype, 'stack', stackProperty);
  }
}

// A class for each type of exception, so that an error's name costs nothing when it is raised.
const most = 4096;
const classes = new Map<string, new (raised: Raised) => PythonError>();

/** Makes the error of an exception that was raised. */
export function makeError(raised: Raised): PythonError {
  let made = classes.get(raised.name);
  if (!made) {
    made = class extends PythonError {};
    Object.defineProperty(made, 'name', { value: raised.name });
    Object.defineProperty(made.prototype, 'name', { value: raised.name, configurable: true, writable: true });
    if (classes.size >= most) classes.clear();
    classes.set(raised.name, made);
  }
  return new made(raised);
}

function nameAndMessage(error: PythonError, { name, message }: Raised): void {
  Object.defineProperties(error, {
    name: { value: name, configurable: true, writable: true },
    message: { value: message, configurable: true, writable: true },
  });
}

// An own property, of those that have a cause: otherwise inspecting would show `cause: undefined`.
const causeProperty: PropertyDescriptor & ThisType<PythonError> = {
  configurable: true,
  get() {
    return ifRunning(() => reader.cause(this.value), undefined);
  },
};

let depth = 0;

/**
 * Makes the cause of an error that has one a plain property: printing shows no accessors, and none can be read once
 * Python has ended. Far down a chain, and where asking fails, it stays one, which tells or throws when it is read.
 */
export function keepCause(error: PythonError): void {
  if (depth > 50 || !Object.getOwnPropertyDescriptor(error, 'cause')?.get) return;
  depth++;
  try {
    const { cause } = error;
    Object.defineProperty(error, 'cause', { value: cause, writable: true, configurable: true });
  } catch (failure) {
    if (!(failure instanceof BridgeError)) throw failure;
  } finally {
    depth--;
  }
}

/** Reads what an error and its causes tell from Python, for those who print it after Python's end. */
export function readWhole(error: unknown): void {
  const seen = new Set<unknown>();
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at);
    if (!(at instanceof PythonError)) continue;
    keepCause(at);
    void at.stack;
  }
}

/** Python's frames, innermost first, then JavaScript's. */
function stackOf(error: PythonError, trace: Error | undefined): string {
  return `${error.name}: ${error.message}${pythonLines(error)}${scriptLines(trace)}`;
}

function pythonLines(error: PythonError): string {
  const frames = ifRunning(() => error.frames, []);
  return frames.reduceRight(
    (text, frame) => `${text}\n    at ${frame.function} (${frame.file}:${frame.line})`,
    '',
  );
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

// The bundle's folder, and that of the sources which its source map names.
const own = [`${import.meta.dirname}/`, `${dirname(import.meta.dirname)}/src/`];

const unrecorded = `
    at JavaScript (not recorded after ${mostTraces} exceptions in one turn of the event loop; it is always while
       Error.stackTraceLimit is not 10)`;

function scriptLines(trace: Error | undefined): string {
  if (!trace) return unrecorded;
  const lines = String(trace.stack ?? '').split('\n');
  return lines
    .filter((line) => line.startsWith('    at ') && !own.some((folder) => line.includes(folder)))
    .map((line) => `\n${line}`)
    .join('');
}
