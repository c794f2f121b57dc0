// The floor as TypeScript sees it, and how it is loaded.

import { constants } from 'node:os';

declare const handle: unique symbol;

/** An index into the floor's table of Python objects. */
export type Handle = number & { readonly [handle]: true };

export interface Floor {
  init(executable: string): void;
  finish(): void;
  run(code: string): Handle;
  evaluate(code: string): Handle;
  importModule(name: string): Handle;
  intern(name: string): Handle;
  release(object: Handle): void;
  getAttr(object: Handle, name: Handle): Handle;
  getInt(object: Handle, name: Handle): number;
  getString(object: Handle, name: Handle): string;
  call(callable: Handle): Handle;
  callFloat(callable: Handle, x: number): number;
  callTakenFloat(callable: Handle, x: number): number;
  callMethodFloat(object: Handle, name: Handle, x: number): number;
  callMethodMixed(object: Handle, name: Handle, int: number, float: number, text: string): string;
  callKeyword(callable: Handle, positional: number, keywordNames: Handle, keyword: number): number;
  callString(callable: Handle, text: string): number;
  callStringString(callable: Handle, text: string): string;
  next(iterator: Handle): number | undefined;
  callWithFunction(callable: Handle, fn: (x: number) => number, int: number): number;
  callWithObject(callable: Handle, object: object, int: number): number;
}

/** Loads the addon with RTLD_GLOBAL: Python's extension modules need the symbols of its libpython. */
export function loadFloor(path: string): Floor {
  const holder: { exports: Floor } = { exports: Object.create(null) };
  process.dlopen(holder, path, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL);
  return holder.exports;
}
