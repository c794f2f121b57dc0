import type { Holder } from '../values/holder.ts';
import { missing } from './wrap.ts';

let hidden: Holder | undefined;

/**
 * A real Python attribute `then` of something that is not awaitable. JavaScript calls any `then` it finds with two
 * functions to resolve a promise: that call resolves to the object itself, any other reaches Python.
 */
export function promiseThen(holder: Holder, proxy: object, real: unknown): unknown {
  if (hidden === holder) return undefined;
  if (typeof real !== 'function' || real === (missing as unknown)) return real;
  return (...args: unknown[]): unknown => {
    const [resolve, reject] = args;
    if (args.length !== 2 || typeof resolve !== 'function' || typeof reject !== 'function') {
      return Reflect.apply(real, undefined, args);
    }
    hidden = holder; // resolving looks for `then` once more, at once
    try {
      return resolve(proxy);
    } finally {
      hidden = undefined;
    }
  };
}
