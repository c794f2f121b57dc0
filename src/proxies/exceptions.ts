import { BridgeError, bridgeTypeError } from '../errors/bridge-error.ts';
import {
  PythonError,
  type PythonFrame,
  Raised,
  raisedOf,
  readExceptionsWith,
} from '../errors/python-error.ts';
import { limitTraces } from '../errors/trace.ts';
import { native } from '../native/load.ts';
import { functionMode } from '../values/function-mode.ts';
import { type Holder, holderOf } from '../values/holder.ts';
import { identify } from '../values/js-identity.ts';
import { Mode } from '../values/opcodes.ts';
import { Reference } from '../values/reference.ts';
import { convert } from './convert.ts';
import { Kind } from './kind.ts';
import { isInstance } from './operations.ts';
import { side } from './side.ts';
import { errorOf, exceptionProxy, pair, settled } from './wrap.ts';

/** Lets errors look into their exceptions. */
export function connectErrors(): void {
  readExceptionsWith({
    inspect(exception, error) {
      const holder = holderOf(exception);
      if (!holder || !(holder.kind & Kind.exception)) throw notAnException(exception);
      pair(exception as object, error);
      const name = settled(native.typeName(holder.handle), holder) as string;
      const message = side('message_of', exception) as string;
      const chained = side('chained', exception) !== null;
      return new Raised(holder.handle, holder.kind, name, message, chained, undefined, exception as object);
    },
    proxyOf: exceptionProxy,
    traceback: (exception) => side('traceback_text', exception) as string,
    frames: (exception) => convert(side('frames', exception), Array) as PythonFrame[],
    cause(exception) {
      const cause = side('chained', exception);
      const holder = holderOf(cause);
      if (!holder || !(holder.kind & Kind.exception)) return cause ?? undefined;
      const limit = Error.stackTraceLimit;
      limitTraces(0); // who asks for a cause is not who raised it
      try {
        return errorOf(cause as object);
      } finally {
        limitTraces(limit);
      }
    },
    errors(exception) {
      let inside: unknown;
      try {
        inside = side('exceptions_in', exception);
      } catch (error) {
        if (error instanceof BridgeError) return undefined; // Python has ended, and knows no more
        throw error;
      }
      if (inside === null) return undefined;
      return [...(inside as Iterable<object>)].map((one) =>
        holderOf(one) && (holderOf(one) as Holder).kind & Kind.exception ? errorOf(one) : one,
      );
    },
    isInstance: (exception, type) =>
      Array.isArray(type)
        ? type.some((one) => isInstance(exceptionType(one), exception))
        : isInstance(exceptionType(type), exception),
  });
}

function notAnException(value: unknown): TypeError {
  return bridgeTypeError('WRONG_ARGUMENT', {
    tried: 'new PythonError(exception)',
    found: `${holderOf(value) ? String(value) : typeof value} is not a Python exception`,
    todo: 'make one, for instance py.builtins.ValueError("…")',
  });
}

function exceptionType(type: unknown): Holder {
  const holder = holderOf(type);
  if (holder) return holder;
  throw bridgeTypeError('WRONG_ARGUMENT', {
    tried: 'PythonError.is(type)',
    found: `${String(type)} is not a Python class`,
    todo: 'pass an exception type, for instance py.builtins.ValueError',
  });
}

/** What Python sees of something that JavaScript threw: [handle, or 0 and then holder, id, name, message, stack, class, its id, cause]. */
export function describeThrown(thrown: unknown): unknown[] {
  const raised = typeof thrown === 'object' && thrown !== null ? raisedOf(thrown) : undefined;
  const handle = raised?.proxy ? holderOf(raised.proxy)?.handle : raised?.handle;
  if (handle) return [handle, null, 0, '', '', ''];
  const holder = holderOf(thrown);
  if (holder && holder.handle !== 0 && holder.kind & Kind.exception)
    return [holder.handle, null, 0, '', '', ''];
  const keeper = keeperOf(thrown);
  const kind = classOf(thrown);
  return [
    ...[0, keeper, identify(keeper), ...describeError(thrown)],
    ...[kind, kind ? identify(kind) : 0, hasCause(thrown)],
  ];
}

/** Whether it says that another error is its cause. */
function hasCause(thrown: unknown): boolean {
  try {
    if (!(thrown instanceof Error) || !('cause' in thrown)) return false;
    const { cause } = thrown;
    return cause !== thrown && (cause instanceof Error || isException(cause));
  } catch {
    return false; // its own accessors or traps throw
  }
}

function isException(value: unknown): boolean {
  const holder = holderOf(value);
  return holder !== undefined && (holder.kind & Kind.exception) !== 0;
}

/** The class of an error, by which Python code catches it. */
function classOf(thrown: unknown): object | undefined {
  try {
    if (!(thrown instanceof Error)) return undefined;
    const prototype = Object.getPrototypeOf(thrown);
    const made = prototype.constructor;
    const isClass = typeof made === 'function' && made.prototype === prototype;
    return isClass && functionMode(made, true) === Mode.construct ? made : undefined;
  } catch {
    return undefined; // its own accessors or traps throw
  }
}

const keepers = new WeakMap<object, { thrown: unknown }>();

/** What Python holds of a thrown value, which may be null. The same for the same object: it is one exception there. */
function keeperOf(thrown: unknown): { thrown: unknown } {
  if ((typeof thrown !== 'object' && typeof thrown !== 'function') || thrown === null) return { thrown };
  let keeper = keepers.get(thrown);
  if (!keeper) {
    keeper = { thrown };
    keepers.set(thrown, keeper);
  }
  return keeper;
}

function describeError(thrown: unknown): [name: string, message: string, stack: string] {
  if (typeof thrown !== 'object' || thrown === null) return ['', `JavaScript threw ${textOf(thrown)}`, ''];
  try {
    const { name, message, stack } = thrown as Error;
    if (typeof message === 'string') return [String(name ?? 'Error'), message, String(stack ?? '')];
  } catch {
    // Its own accessors or traps throw.
  }
  return ['', `JavaScript threw ${textOf(thrown)}`, ''];
}

function textOf(value: unknown): string {
  try {
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  } catch {
    return 'an object that cannot be looked at';
  }
}

/** Anything that JavaScript threw, as the arguments that `exception_of` in Python takes. */
export function asThrown(thrown: unknown): unknown[] {
  if (thrown instanceof PythonError) return [thrown.value];
  const holder = holderOf(thrown);
  if (holder && holder.kind & (Kind.exception | Kind.class)) return [thrown];
  return [new Reference(keeperOf(thrown)), ...describeError(thrown), classOf(thrown), hasCause(thrown)];
}
