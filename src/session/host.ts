import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as derived from '../proxies/derived.ts';
import { call } from '../proxies/operations.ts';
import * as collections from '../values/collections.ts';
import { type Parameter, parametersOf } from '../values/describe.ts';
import { type Holder, holderOf } from '../values/holder.ts';
import { Reference } from '../values/reference.ts';

/** A module that was found, or undefined; what running it throws is thrown. */
type Found = [exports: unknown] | undefined;

const ownRequire = createRequire(import.meta.url);

/** Requires the module that `specifier` names from the first of the folders that knows it. */
function requireModule(specifier: string, folders: readonly string[]): Found {
  const node = ownRequire('node:module') as typeof import('node:module');
  for (const folder of folders) {
    const from = node.createRequire(join(folder, 'index.js'));
    if (found(() => from.resolve(specifier)) !== undefined) return [from(specifier)];
  }
  return undefined;
}

/** A promise of the module that `specifier` names, as an ES module in the first of the folders that knows it imports it. */
async function importModule(specifier: string, folders: readonly string[]): Promise<Found> {
  const { importUrl, resolveFrom } = ownRequire('./resolve.cjs') as typeof import('./resolve.ts');
  for (const folder of folders) {
    const url = found(() => resolveFrom(folder, specifier));
    if (url !== undefined) return [await importUrl(url)];
  }
  return undefined;
}

function found(find: () => string): string | undefined {
  try {
    return find();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

type Class = abstract new (...args: unknown[]) => object;

/**
 * A class's name, the one that it extends if that is one of its own kind, whether its instances are errors; and what
 * receives it if Python makes its type.
 */
function describeClass(
  made: Class,
): [name: string, parent: Class | null, isError: boolean, receive: ((made: object) => unknown) | undefined] {
  const prototype: object = made.prototype;
  const above: object | null = Object.getPrototypeOf(prototype);
  const parent: unknown = above && Object.hasOwn(above, 'constructor') ? above.constructor : undefined;
  const extended = typeof parent === 'function' && parent.prototype === above ? (parent as Class) : null;
  const isError = made === Error || prototype instanceof Error;
  return [String(made.name || 'anonymous'), extended, isError, derived.receiverOf(made)];
}

const marks = new WeakMap<object, Map<string, unknown>>();

/** The attributes that Python code has set on a function, as it does with its own. */
function marksOf(fn: object): Map<string, unknown> {
  let found = marks.get(fn);
  if (!found) {
    found = new Map();
    marks.set(fn, found);
  }
  return found;
}

/** The JSDoc comment before a function's declaration; native functions have none. */
function jsdocOf(fn: () => unknown): string | undefined {
  if (isNative(Function.prototype.toString.call(fn))) return undefined;
  return (ownRequire('./jsdoc.cjs') as typeof import('./jsdoc.ts')).jsdocOf(fn);
}

/** What a class's objects have under that name: the method or getter, whether it is a method, its comment. */
function describeMember(made: Class, name: string): [fn: unknown, isMethod: boolean, comment: string | null] {
  const { value, get } = Object.getOwnPropertyDescriptor(made.prototype, name) ?? {};
  const isMethod = typeof value === 'function';
  const fn = isMethod ? value : get;
  return [fn ?? null, isMethod, (fn && jsdocOf(fn)) ?? null];
}

function isNative(text: string): boolean {
  return / \[native code\] \}$/.test(text);
}

/** What Python finds JavaScript by, and does with its objects whatever names these have: python/caduceus/_host.py. */
export const host = {
  global: globalThis,
  require: requireModule,
  import: importModule,
  construct: (made: new (...args: unknown[]) => object, ...args: unknown[]): object => new made(...args),
  typeOf: (value: unknown): string => typeof value,
  same: (value: unknown): unknown => value,
  run: (work: () => void): void => work(),
  describeClass,
  parametersOf: (fn: () => unknown): Parameter[] => parametersOf(fn).map(([name, sort]) => [name, sort]),
  documentationOf: (fn: () => unknown): string => jsdocOf(fn) ?? Function.prototype.toString.call(fn),
  describeMember,
  marksOf,
  isBuiltin: (made: () => unknown): boolean => isNative(Function.prototype.toString.call(made)),
  isInstance: (made: new () => object, value: unknown): boolean => value instanceof made,
  throwIt(value: unknown): never {
    throw value;
  },
  // By the rule of calls, which copies plain data: what a callback, as `take` is here, receives is a reference.
  give(take: object, value: unknown): void {
    call(holderOf(take) as Holder, [typeof value === 'function' ? new Reference(value) : value]);
  },
  ...collections,
  ...derived,
};
