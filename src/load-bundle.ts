// What dist/index.cjs is: it hands out the bundle beside it, with the code that V8 compiled in an earlier start.

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { constants, Script } from 'node:vm';

/** A hash of the bundle's text: V8 itself compares only lengths. */
declare const __bundle_hash: string;
declare const module: Module;
declare const require: NodeJS.Require;

type Module = { exports: unknown; keepCode?: () => void };
type Wrapper = (
  exports: unknown,
  require: NodeJS.Require,
  module: Module,
  file: string,
  folder: string,
) => void;

/** So that options which differ each time do not fill the disk: 130 KB each. */
const mostKept = 20;

const parameters = 'exports, require, module, __filename, __dirname';

// Not an export: a program's start would pay for the functions that turn exports into a CommonJS module's.
module.exports = loadBundle();

/**
 * Compiling the bundle takes about a third of what Caduceus adds to the start of a program. So the compiled code stays
 * in dist/cache/, as Python's does in `__pycache__`: written at the end of the first program that has used Python, if
 * the folder lets itself be written. NODE_DISABLE_COMPILE_CACHE, Node's own variable, turns it off.
 */
function loadBundle(): unknown {
  const file = join(import.meta.dirname, 'bundle.cjs');
  return (canKeepCode() ? run(file) : undefined) ?? require(file);
}

function canKeepCode(): boolean {
  const { versions, env, sourceMapsEnabled } = process;
  if (versions.bun !== undefined || versions.deno !== undefined) return false;
  // The module loader of Node reads source maps, that of scripts does not. Before Node 20.10 a script cannot import.
  if (sourceMapsEnabled || constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER === undefined) return false;
  return !env.NODE_DISABLE_COMPILE_CACHE;
}

/** Undefined in a test runner's realm of its own, where the bundle belongs, too. */
function run(file: string): unknown {
  const kept = join(
    dirname(file),
    'cache',
    `${__bundle_hash}-${process.version}-${process.arch}${options()}`,
  );
  const cachedData = readKept(kept);
  // The bundle is ASCII.
  const script = new Script(`(function (${parameters}) {${readFileSync(file, 'latin1')}\n})`, {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData && { cachedData }),
  });
  const wrapper = script.runInThisContext() as Wrapper;
  if (!(wrapper instanceof Function)) return undefined;
  const bundle: Module = { exports: {} };
  // V8 refuses what another processor's V8 compiled.
  if (!cachedData || script.cachedDataRejected)
    bundle.keepCode = () => process.once('exit', () => keep(kept, script));
  wrapper(bundle.exports, require, bundle, file, dirname(file));
  return bundle.exports;
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

function readKept(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined; // nothing has been kept yet
  }
}

function keep(path: string, script: Script): void {
  const folder = dirname(path);
  const temporary = `${path}.${process.pid}.${process.hrtime.bigint()}`;
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length >= mostKept) return;
    writeFileSync(temporary, script.createCachedData());
    renameSync(temporary, path);
  } catch {
    // The package's folder cannot be written: the next start compiles again.
  }
}
