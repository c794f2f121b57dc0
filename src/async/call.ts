import { BridgeError, bridgeTypeError } from '../errors/bridge-error.ts';
import type { Callee } from '../proxies/asynchrony.ts';
import { Kind } from '../proxies/kind.ts';
import { sideFunction } from '../proxies/side.ts';
import { holderOf } from '../values/holder.ts';
import { Kw, kw } from '../values/kw.ts';
import { Flight, takeOff } from './flights.ts';

/**
 * How `py.async` calls.
 *
 * @example
 * ```ts
 * import { type AsyncOptions, py } from 'caduceus';
 *
 * const options: AsyncOptions = { kwargs: { start: 10 }, signal: AbortSignal.timeout(1000) };
 * console.log(await py.async(py.builtins.sum, [[1, 2]], options)); // 13
 * ```
 */
export interface AsyncOptions {
  /** Keyword arguments; a value that is `undefined` is left out. */
  kwargs?: Readonly<Record<string, unknown>> | undefined;
  /** Aborting it rejects the promise with its reason at once and interrupts the Python code. */
  signal?: AbortSignal | undefined;
  /** Milliseconds after which the promise is rejected with a BridgeError `TIMEOUT` and the code is interrupted. */
  timeout?: number | undefined;
}

/** Calls on a thread of the pool, and does not wait. */
export function call(callee: Callee, args: readonly unknown[], options?: AsyncOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (!options) return takeOff(new Flight(callee.keeper, resolve, reject), callee, args);
    if (mayStart(options, reject)) new WatchedCall(options, resolve, reject).start(callee, args);
  });
}

/** `py.async`: a call with options. Whatever is wrong comes as a rejection. */
export async function callWithOptions(
  fn: unknown,
  args: readonly unknown[] = [],
  options: AsyncOptions = {},
): Promise<unknown> {
  const holder = holderOf(fn);
  if (!holder || !(holder.kind & Kind.callable)) {
    throw bridgeTypeError('NOT_PYTHON', {
      tried: 'py.async(fn, args)',
      found: `fn is ${holder ? 'a Python object that cannot be called' : `${fn === null ? 'null' : typeof fn}`}`,
      todo: 'pass a Python function; one of JavaScript runs where it is called',
    });
  }
  requireArguments(args);
  requireOptions(options);
  const callee = { holder, self: undefined, keeper: fn as object };
  const all = options.kwargs ? [...args, kw(options.kwargs)] : args;
  return call(callee, all, options);
}

function wrong(found: string, todo: string): TypeError {
  return bridgeTypeError('WRONG_ARGUMENT', { tried: 'py.async(fn, args, options)', found, todo });
}

function requireArguments(args: unknown): asserts args is readonly unknown[] {
  if (!Array.isArray(args)) {
    throw wrong(
      `the arguments are ${args === null ? 'null' : typeof args}`,
      'pass an array: py.async(fn, [1, 2])',
    );
  }
  if (args[args.length - 1] instanceof Kw) {
    throw wrong('the last argument is kw({…})', 'give keyword arguments as an option: { kwargs: { … } }');
  }
}

function requireOptions(options: unknown): asserts options is AsyncOptions {
  if (typeof options !== 'object' || options === null) {
    throw wrong(
      `the options are ${options === null ? 'null' : typeof options}`,
      'pass an object, or nothing',
    );
  }
  const { signal, timeout } = options as AsyncOptions;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrong('signal is no AbortSignal', 'pass controller.signal or AbortSignal.timeout(…)');
  }
  if (timeout !== undefined && (typeof timeout !== 'number' || !(timeout >= 0))) {
    throw wrong(`timeout is ${String(timeout)}`, 'pass milliseconds: a number that is not negative');
  }
}

function timedOut(timeout: number): BridgeError {
  const error = new BridgeError('TIMEOUT', {
    tried: 'calling Python with py.async',
    found: `it took longer than ${timeout} ms`,
    todo: 'allow more time, or let the Python code catch caduceus.Interrupted and end sooner',
  });
  // As AbortSignal.timeout has it.
  return Object.defineProperty(error, 'name', { value: 'TimeoutError', configurable: true, writable: true });
}

/** Whether the call may start: not if it is to end at once. */
function mayStart({ signal, timeout }: AsyncOptions, reject: (reason: unknown) => void): boolean {
  if (signal?.aborted) reject(signal.reason);
  else if (timeout === 0) reject(timedOut(0));
  else return true;
  return false;
}

// A longer one would fire at once.
const longestTimer = 2 ** 31 - 1;

/** A call that a signal or a timeout may end: on the pool, then on the loop if it returned an awaitable. */
class WatchedCall {
  readonly #options: AsyncOptions;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (reason: unknown) => void;
  #flight: Flight | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AsyncOptions, resolve: (value: unknown) => void, reject: (reason: unknown) => void) {
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(callee: Callee, args: readonly unknown[]): void {
    this.#flight = new Flight(callee.keeper, this.#returned, this.#failed);
    takeOff(this.#flight, callee, args);
    const { signal, timeout } = this.#options;
    signal?.addEventListener('abort', this.#abort);
    if (timeout === undefined || timeout > longestTimer) return;
    this.#timer = setTimeout(() => this.#flight?.abandon(timedOut(timeout)), timeout);
  }

  readonly #returned = (value: unknown): void => {
    const holder = holderOf(value);
    if (!holder || !(holder.kind & Kind.awaitable)) return this.#answer(value);
    const itself = { holder: sideFunction('itself'), self: undefined, keeper: value as object };
    this.#flight = new Flight(value as object, this.#answer, this.#failed);
    takeOff(this.#flight, itself, [value], true);
  };

  readonly #answer = (value: unknown): void => {
    this.#end();
    this.#resolve(value);
  };

  readonly #failed = (reason: unknown): void => {
    this.#end();
    this.#reject(reason);
  };

  readonly #abort = (): void => this.#flight?.abandon(this.#options.signal?.reason);

  #end(): void {
    this.#options.signal?.removeEventListener('abort', this.#abort);
    clearTimeout(this.#timer);
  }
}
