import type { PythonFrame } from '../errors/python-error.ts';
import { readExceptionsWith } from '../errors/python-error.ts';
import { bridgeTypeError } from '../errors/bridge-error.ts';
import { native } from '../native/load.ts';
import { Kind } from './kind.ts';
import { convert } from './convert.ts';
import { type Holder, holderOf, standIns } from '../values/holder.ts';
import { identify } from '../values/js-identity.ts';
import { Reference } from '../values/reference.ts';
import { isInstance } from './operations.ts';
import { side } from './side.ts';
import { errorOf, pair, settled } from './wrap.ts';

/** Lets errors look into their exceptions. */
export function connectErrors(): void {
  readExceptionsWith({
    describe(exception) {
      const holder = holderOf(exception) as Holder;
      return settled(native.describe(holder.handle), holder) as string;
    },
    traceback: (exception) => side('traceback_text', exception) as string,
    frames: (exception) => convert(side('frames', exception), Array) as PythonFrame[],
    chained: (exception) => side('chained', exception),
    isInstance: (exception, type) => isInstance(exceptionType(type), exception),
    errorOf: (exception) => errorOf(exception),
    adopt(exception, error) {
      const holder = holderOf(exception);
      if (!holder || !(holder.kind & Kind.exception)) {
        throw bridgeTypeError('WRONG_ARGUMENT', {
          tried: 'new PythonError(exception)',
          found: `${typeof exception === 'object' ? String(exception) : typeof exception} is not a Python exception`,
          todo: 'make one, for instance py.builtins.ValueError("…")',
        });
      }
      pair(exception as object, error);
      return exception as object;
    },
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

/** What Python sees of something that JavaScript threw: [handle, or 0 and then holder, id, name, message, stack]. */
export function describeThrown(thrown: unknown): unknown[] {
  const exception = typeof thrown === 'object' && thrown !== null ? standIns.get(thrown) : undefined;
  const holder = exception && holderOf(exception);
  if (holder && holder.handle !== 0) return [holder.handle, null, 0, '', '', ''];
  const keeper = { thrown };
  return [0, keeper, identify(keeper), ...describeError(thrown)];
}

function describeError(thrown: unknown): [name: string, message: string, stack: string] {
  if (typeof thrown !== 'object' || thrown === null) return ['', `JavaScript threw ${textOf(thrown)}`, ''];
  try {
    const { name, message, stack } = thrown as Error;
    if (typeof message === 'string') return [String(name ?? 'Error'), message, String(stack ?? '')];
  } catch {
    return ['', 'JavaScript threw an object that cannot be looked at', ''];
  }
  return ['', `JavaScript threw ${textOf(thrown)}`, ''];
}

function textOf(value: unknown): string {
  try {
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** The Python exception for anything that JavaScript threw. */
export function toPythonException(thrown: unknown): unknown {
  const exception = typeof thrown === 'object' && thrown !== null ? standIns.get(thrown) : undefined;
  if (exception) return exception;
  const holder = holderOf(thrown);
  if (holder && holder.kind & (Kind.exception | Kind.class)) return thrown;
  return side('make_error', new Reference({ thrown }), ...describeError(thrown));
}
