// How dist/index.cjs and dist/index.mjs get at the bundle beside them: with the code that V8 compiled in an earlier start.

import type * as fs from 'node:fs';
import type * as vm from 'node:vm';

/** A hash of the bundle's text: V8 itself compares only lengths. */
declare const __bundle_hash: string;
/** How many bytes the bundle's text has. */
declare const __bundle_size: number;

type Require = (name: string) => unknown;
type Module = { exports: unknown; keepCode?: (() => void) | undefined };
type Wrapper = (exports: unknown, require: Require, module: Module, file: string, folder: string) => void;

/** So that options which differ each time do not fill the disk: 290 KB each. */
const mostKept = 20;

const before = '(function (exports, require, module, __filename, __dirname) {';
const after = '\n})';

function wrapped(text: string): string {
  return before + text + after;
}

/**
 * Compiling the bundle takes about a third of what Caduceus adds to the start of a program. So the compiled code stays
 * in dist/cache/, as Python's does in `__pycache__`, with the text that it belongs to: written at the end of the first
 * program that has used Python, if the folder lets itself be written. NODE_DISABLE_COMPILE_CACHE, Node's own variable,
 * turns it off. Undefined where the bundle has to be a module like others, such as in a test runner's realm of its own.
 */
export function loadBundle(folder: string, require: Require): unknown {
  if (!canKeepCode()) return undefined;
  const { constants, Script } = require('node:vm') as typeof vm;
  // Before Node 20.10 a script cannot import.
  const importModuleDynamically = constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  if (importModuleDynamically === undefined) return undefined;
  const file = `${folder}/bundle.cjs`;
  const path = `${folder}/cache/${__bundle_hash}-${process.version}-${process.arch}${options()}`;
  const kept = readKept(path, require);
  const text = kept?.text ?? wrapped((require('node:fs') as typeof fs).readFileSync(file, 'latin1'));
  const script = new Script(text, { filename: file, importModuleDynamically, cachedData: kept?.code });
  const wrapper = script.runInThisContext() as Wrapper;
  if (!(wrapper instanceof Function)) return undefined;
  const bundle: Module = { exports: {} };
  // V8 refuses what another processor's V8 compiled.
  if (!kept || script.cachedDataRejected)
    bundle.keepCode = () => process.once('exit', () => keep(path, script, text, require));
  wrapper(bundle.exports, require, bundle, file, folder);
  return bundle.exports;
}

function canKeepCode(): boolean {
  const { versions, env, sourceMapsEnabled } = process;
  if (versions.bun !== undefined || versions.deno !== undefined) return false;
  // The module loader of Node reads source maps, that of scripts does not.
  return !sourceMapsEnabled && !env.NODE_DISABLE_COMPILE_CACHE;
}

/** V8 refuses code that was compiled under other options of its own, so each set of options has a file. */
function options(): string {
  const given = [...process.execArgv.filter((text) => text.startsWith('--')), process.env.NODE_OPTIONS ?? ''];
  const text = given.join(' ');
  if (text === '') return '';
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) >>> 0;
  return `-${hash.toString(36)}`;
}

/**
 * A kept file is V8's code, which it wants at an aligned address, and then the text that it was compiled from, whole,
 * since V8 copies a text that is put together of parts. It is ASCII.
 */
function readKept(path: string, require: Require): { code: Buffer; text: string } | undefined {
  const { closeSync, fstatSync, openSync, readSync } = require('node:fs') as typeof fs;
  let opened: number | undefined;
  try {
    opened = openSync(path, 'r');
    const { size } = fstatSync(opened);
    const textSize = before.length + __bundle_size + after.length;
    if (size <= textSize) return undefined;
    const whole = Buffer.alloc(size);
    if (readSync(opened, whole, 0, size, 0) !== size) return undefined;
    const end = size - textSize;
    const text = whole.toString('latin1', end);
    return text.startsWith(before) ? { code: whole.subarray(0, end), text } : undefined;
  } catch {
    return undefined; // nothing has been kept yet
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

function keep(path: string, script: vm.Script, text: string, require: Require): void {
  const { mkdirSync, readdirSync, renameSync, writeFileSync } = require('node:fs') as typeof fs;
  const folder = path.slice(0, path.lastIndexOf('/'));
  const temporary = `${path}.${process.pid}.${process.hrtime.bigint()}`;
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length >= mostKept) return;
    writeFileSync(temporary, Buffer.concat([script.createCachedData(), Buffer.from(text, 'latin1')]));
    renameSync(temporary, path);
  } catch {
    // The package's folder cannot be written: the next start compiles again.
  }
}
