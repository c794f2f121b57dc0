import { types } from 'node:util';
import { givePromise } from './given-promises.ts';
import { Mode } from './opcodes.ts';

/**
 * How an object behaves in Python: as something to await, to iterate over with `async for`, to dispose of with
 * `async with` or `with`, or as a plain object. A promise that was given answers with what is given, one that was taken with
 * what is taken.
 */
export function objectMode(value: object, taken: boolean): number {
  const promise = taken ? Mode.takenPromise : Mode.promise;
  if (types.isPromise(value)) {
    givePromise(value);
    return promise;
  }
  if (types.isProxy(value)) return Mode.object; // a proxy's traps may throw: what is not asked cannot
  if (Array.isArray(value)) return Mode.array;
  if (types.isMap(value)) return Mode.map;
  if (types.isSet(value)) return Mode.set;
  if ('then' in value && isFunction(value, 'then')) return promise;
  if (Symbol.asyncIterator in value) return Mode.asyncIterable;
  if (Symbol.asyncDispose in value) return Mode.asyncDisposable;
  return Symbol.dispose in value ? Mode.disposable : Mode.object;
}

/** Whether `fn` is an async function, each call of which returns a promise. */
export function isAsyncFunction(fn: object): boolean {
  return types.isAsyncFunction(fn) && !types.isGeneratorFunction(fn);
}

function isFunction(value: object, key: string): boolean {
  try {
    return typeof (value as Record<string, unknown>)[key] === 'function';
  } catch {
    return false; // its own accessor throws: then it cannot be awaited
  }
}
