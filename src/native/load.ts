import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BridgeError } from '../errors/bridge-error.ts';
import type { Binding } from './binding.ts';
import { requireOnce } from './module-cache.ts';

/** The factories that native code calls, in the order of native/js/env.hpp. */
export interface Factories {
  wrap(): unknown;
  encode(value: unknown, taken: boolean): unknown;
  decode(program: unknown): unknown;
  thrown(value: unknown): unknown;
  operate(operation: number, target: object, first: unknown, second: unknown): unknown;
  settle(): void;
  /** An extension module turned the GIL on. */
  warn(module: string): void;
  subscribe(target: object, waiter: number, step: number): void;
  within(flight: number, fn: () => unknown, self: unknown, ...args: unknown[]): unknown;
  /** Not called: what Python finds JavaScript by. */
  host: object;
  /** Constructs the JavaScript side of an object. */
  build(parent: unknown, target: unknown, ...args: unknown[]): void;
}

/** The native exports; set by {@link load}. */
export let native: Binding;
/** The result channel of the native exports; set by {@link load}. */
export let channel: Int32Array;
/** Beside the channel: the message of a raised exception, and an object that is known already. */
export const texts: [message: string, known: unknown] = ['', undefined];
/** Where the native library was loaded from; set by {@link load}. */
export let nativePath = '';

/** Whether this JavaScript environment is the process's main one; set by {@link load}. */
export let isMainThread = true;

/** The package's folder: the bundle lies in its dist/. */
export const packageFolder = join(import.meta.dirname, '..');

/** Whether {@link load} has been here. */
export function isLoaded(): boolean {
  return native !== undefined;
}

/** Loads the native library into this JavaScript environment, once. */
export function load(factories: Factories): void {
  if (native) return;
  const folder = `${process.platform}-${process.arch}${process.env.CADUCEUS_NATIVE_VARIANT ?? ''}`;
  const path = join(packageFolder, 'dist', 'native', folder, 'caduceus.node');
  const binding = loadBinding(path);
  const { wrap, encode, decode, thrown, operate, settle, subscribe, within, warn, host, build } = factories;
  const inOrder = [wrap, encode, decode, thrown, operate, settle, subscribe, within, warn, host, build];
  channel = binding.open(inOrder, texts);
  isMainThread = channel[1] === 1;
  // V8 knows the functions of a prototype, and calls them without a look-up; an object of that many is a dictionary.
  native = Object.create(binding);
  nativePath = path;
}

function loadBinding(path: string): Binding {
  try {
    // As a module: who loads the library once more must not get a second Env of this environment.
    const loaded = requireOnce(path, (module) => {
      process.dlopen(module, path);
      return true;
    });
    return (loaded?.exports ?? createRequire(join(packageFolder, 'package.json'))(path)) as Binding;
  } catch (error) {
    if (existsSync(path)) throw error;
    throw new BridgeError('NO_NATIVE_LIBRARY', {
      tried: `loading the native library for ${process.platform} ${process.arch}`,
      found: `there is no file ${path}`,
      todo: 'run `npm run build` in the package (a C++20 compiler is needed), or use a platform with a prebuilt library',
    });
  }
}
