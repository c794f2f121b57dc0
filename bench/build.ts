// What is built for a run, into build/bench/: the children as plain modules, and one floor for each interpreter.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { build } from 'esbuild';
import { exists } from '../scripts/commands.ts';
import { inRoot, root } from '../scripts/files.ts';
import type { Built } from './contestant.ts';
import type { Interpreter } from './interpreters.ts';

const folder = inRoot('build/bench');

/** The children import `caduceus` by its name, so that they get the package as it was built. */
export async function buildChildren(): Promise<Built['child']> {
  await build({
    absWorkingDir: root,
    entryPoints: readdirSync(inRoot('bench/children')).map((file) => `bench/children/${file}`),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['caduceus'],
    logLevel: 'warning',
  });
  return (name) => `${folder}/${name}.mjs`;
}

/** Compiles the floor against one interpreter's headers and links it to its library. */
export function buildFloor({ version, headers, libraryFolder, libraryName }: Interpreter): string {
  const output = `${folder}/${version}/floor.node`;
  const temporary = `${output}.${process.pid}.tmp`;
  const sources = readdirSync(inRoot('bench/floor')).filter((file) => file.endsWith('.cpp'));
  const link = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  mkdirSync(`${folder}/${version}`, { recursive: true });
  execFileSync(compiler(), [
    ...['-std=c++20', '-O3', '-Wall', '-Wextra', '-fPIC', '-fvisibility=hidden', '-DNAPI_VERSION=8', ...link],
    ...[`-I${headers}`, `-I${inRoot('node_modules/node-api-headers/include')}`],
    ...sources.map((file) => inRoot('bench/floor', file)),
    ...['-o', temporary, `-L${libraryFolder}`, `-l${libraryName}`, `-Wl,-rpath,${libraryFolder}`],
  ]);
  renameSync(temporary, output);
  return output;
}

function compiler(): string {
  const candidates = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
  const found = candidates.find(exists);
  if (found) return found;
  throw new Error(`the floor needs a C++20 compiler; tried ${candidates.join(', ')}: install one or set CXX`);
}
