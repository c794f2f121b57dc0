import { BridgeError, bridgeTypeError } from '../errors/bridge-error.ts';
import type { Callee } from '../proxies/asynchrony.ts';
import { Kind } from '../proxies/kind.ts';
import { holderOf } from '../values/holder.ts';
import { Kw, kw } from '../values/kw.ts';
import { Flight, takeOff } from './flights.ts';

/** How `py.async` calls. */
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
    const flight = new Flight(callee.keeper, resolve, reject);
    if (options && !mayStart(options, reject)) return;
    takeOff(flight, callee, args);
    if (options) watch(flight, options);
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

function watch(flight: Flight, { signal, timeout }: AsyncOptions): void {
  const abort = signal && (() => flight.abandon(signal.reason));
  if (abort) signal.addEventListener('abort', abort);
  const timer =
    timeout === undefined || timeout > longestTimer
      ? undefined
      : setTimeout(() => flight.abandon(timedOut(timeout)), timeout);
  flight.over = () => {
    if (abort) signal.removeEventListener('abort', abort);
    clearTimeout(timer);
  };
}
