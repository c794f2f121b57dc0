// Compiles native/**/*.cpp, each file only when it or something it includes changed, and links the addon.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { exists, run } from '../commands.ts';
import { filesUnder, inRoot, writeIfChanged } from '../files.ts';

export type Sanitizer = 'address' | 'undefined' | 'thread';

export function isSanitizer(name: string): name is Sanitizer {
  return ['address', 'undefined', 'thread'].includes(name);
}

const warnings = ['-Wall', '-Wextra', '-Werror'];
const language = ['-std=c++20', '-fPIC', '-fvisibility=hidden', '-fno-exceptions', '-fno-rtti', '-pthread'];
const includes = ['-Inative', '-Inode_modules/node-api-headers/include'];
const defines = ['-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'];
const linkFlags =
  process.platform === 'darwin'
    ? ['-bundle', '-undefined', 'dynamic_lookup']
    : ['-shared', '-ldl', '-pthread', '-static-libstdc++', '-static-libgcc'];

/** What the library needs of itself is not looked up in the host first: a fifth of the time that loading it takes. */
const bound = process.platform === 'darwin' ? [] : ['-Wl,--exclude-libs,ALL', '-Wl,-Bsymbolic'];

/** Builds dist/native/<platform>-<arch>/caduceus.node, or its twin under a sanitizer. */
export async function buildNative(sanitizer?: string): Promise<void> {
  const sources = filesUnder('native', /\.cpp$/);
  if (sources.length === 0) return console.log('native: no sources yet');
  const compiler = findCompiler();
  const variant = sanitizer ? `-${sanitizer}` : '';
  const objects = sanitizer ? `build/sanitize-${sanitizer}` : 'build/native';
  const output = `dist/native/${process.platform}-${process.arch}${variant}/caduceus.node`;
  const speed = sanitizer
    ? ['-O1', '-g1', '-fno-omit-frame-pointer', '-DCADUCEUS_CHECKED', `-fsanitize=${sanitizer}`]
    : ['-O3', '-g1'];
  const flags = [...language, ...speed, ...warnings, ...includes, ...defines];

  // A change of compiler or flags makes every object stale.
  const recipe = inRoot(objects, 'recipe');
  const command = [compiler, ...flags].join(' ');
  const sameRecipe = existsSync(recipe) && readFileSync(recipe, 'utf8') === command;
  const stale = sources.filter((source) => !sameRecipe || isStale(objectOf(source, objects)));
  await compileAll(stale, (source) => compile(compiler, flags, source, objectOf(source, objects)));
  writeIfChanged(recipe, command);

  const linked = sources.map((source) => objectOf(source, objects));
  const list = inRoot(objects, 'linked');
  const special = sanitizer ? [`-fsanitize=${sanitizer}`] : bound;
  const link = [...linked, ...linkFlags, ...special].join(' ');
  const sameList = existsSync(list) && readFileSync(list, 'utf8') === link;
  if (stale.length === 0 && sameList && existsSync(inRoot(output))) return;
  const temporary = `${output}.${process.pid}.tmp`;
  mkdirSync(dirname(inRoot(output)), { recursive: true });
  const outcome = await run(compiler, [...linked, ...linkFlags, ...special, '-o', temporary]);
  if (!outcome.ok) throw new Error(`linking ${output} failed:\n${outcome.output}`);
  renameSync(inRoot(temporary), inRoot(output));
  writeIfChanged(list, link);
  console.log(`native: compiled ${stale.length} of ${sources.length} files, linked ${output}`);
}

function findCompiler(): string {
  const candidates = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
  const found = candidates.find(exists);
  if (found) return found;
  const remedy =
    process.platform === 'darwin'
      ? 'run `xcode-select --install`'
      : 'install g++ 12 or clang 15 or newer (Debian: `apt install g++`, Fedora: `dnf install gcc-c++`)';
  throw new Error(
    `The native addon needs a C++20 compiler; tried ${candidates.join(', ')}. To fix it, ${remedy}.`,
  );
}

function objectOf(source: string, objects: string): string {
  return `${objects}/${source.replace(/^native[/\\]/, '').replace(/\.cpp$/, '.o')}`;
}

/** The compiler's own list of what an object was made from decides; a file of it that is gone counts as changed. */
function isStale(object: string): boolean {
  const depfile = inRoot(object.replace(/\.o$/, '.d'));
  if (!existsSync(inRoot(object)) || !existsSync(depfile)) return true;
  const made = statSync(inRoot(object)).mtimeMs;
  const [, list = ''] = readFileSync(depfile, 'utf8').replaceAll('\\\n', ' ').split(/:\s/, 2);
  const dependencies = list.split(/(?<!\\)\s+/).filter(Boolean);
  return dependencies.some((path) => {
    const facts = statSync(path.startsWith('/') ? path : inRoot(path), { throwIfNoEntry: false });
    return facts === undefined || facts.mtimeMs > made;
  });
}

/** Two at a time; all are tried, so that one run shows every error. */
async function compileAll(sources: string[], one: (source: string) => Promise<string>): Promise<void> {
  const waiting = [...sources];
  const failures: string[] = [];
  const worker = async () => {
    for (let source = waiting.shift(); source; source = waiting.shift()) {
      const output = await one(source);
      if (output) failures.push(`compiling ${source} failed:\n${output}`);
    }
  };
  await Promise.all([worker(), worker()]);
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

/** The object is made under another name first: an interrupted compiler must not leave one that looks finished. */
async function compile(compiler: string, flags: string[], source: string, object: string): Promise<string> {
  mkdirSync(dirname(inRoot(object)), { recursive: true });
  const temporary = `${object}.${process.pid}.tmp`;
  const started = new Date();
  const dependencies = ['-MMD', '-MF', `${temporary}.d`, '-MT', object];
  const outcome = await run(compiler, [...flags, ...dependencies, '-c', source, '-o', temporary]);
  if (!outcome.ok) {
    rmSync(inRoot(temporary), { force: true });
    rmSync(inRoot(`${temporary}.d`), { force: true });
    return outcome.output || 'the compiler failed without a message';
  }
  renameSync(inRoot(`${temporary}.d`), inRoot(object.replace(/\.o$/, '.d')));
  renameSync(inRoot(temporary), inRoot(object));
  // Dated to the start, so that a header saved while the compiler ran makes the object stale.
  utimesSync(inRoot(object), started, started);
  return '';
}
