// Where an installation keeps the shared library of one of its builds.

import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { type Build, buildTag } from './build.ts';
import { type BuildFacts, readBuildFacts } from './build-facts.ts';
import { standardLibrary } from './identify.ts';
import { listFolder } from './list-folder.ts';
import { noLibrary } from './refusal-reasons.ts';

/** Undefined when the files tell nothing, not even that this build has no library. */
export function locateLibrary(
  prefix: string,
  build: Build,
): { library: string } | { reason: string } | undefined {
  for (const place of usualPlaces(build)) {
    const file = `${prefix}${sep}${place}`;
    if (existsSync(file)) return { library: file };
  }
  const folder = standardLibrary(prefix, build);
  const facts = folder === undefined ? undefined : readBuildFacts(folder, build);
  if (facts === undefined) return undefined;
  const configured = configuredPlaces(build, facts).find((file) => existsSync(file));
  return configured === undefined
    ? { reason: noLibrary(build, facts.shared, prefix) }
    : { library: configured };
}

/** Below the prefix. `libpython3.so` is not among them: it holds no symbols of its own. */
function usualPlaces(build: Build): string[] {
  const tag = buildTag(build);
  if (process.platform === 'win32') {
    const flags = `${build.freeThreaded ? 't' : ''}${build.debug ? '_d' : ''}`;
    return [`python${build.major}${build.minor}${flags}.dll`];
  }
  if (process.platform === 'darwin') {
    // In a framework the prefix is …/Python.framework/Versions/3.14 and the library lies directly in it.
    return [`lib/libpython${tag}.dylib`, build.freeThreaded ? 'PythonT' : 'Python'];
  }
  const folders = ['lib', 'lib64', `lib/${multiarch[process.arch] ?? process.arch}`];
  // The name without a version last: development packages own it, and not every one makes it a link to the library.
  const names = [`libpython${tag}.so.1.0`, `libpython${tag}.so.1`, `libpython${tag}.so`];
  return folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));
}

/** For layouts out of the ordinary: where the build itself says its library was to go. */
function configuredPlaces(build: Build, facts: BuildFacts): string[] {
  const configFolders = listFolder(facts.standardLibrary)
    .filter((name) => name.startsWith(`config-${buildTag(build)}`))
    .map((name) => join(facts.standardLibrary, name));
  const folders = [facts.libraryFolder, ...configFolders, facts.frameworkFolder].filter(
    (folder) => folder !== undefined,
  );
  const names = [facts.libraryName, facts.linkName].filter(
    (name) => name !== undefined && !name.endsWith('.a'),
  );
  return folders.flatMap((folder) => names.map((name) => join(folder, name ?? '')));
}

/** Debian's names for the folder of an architecture's libraries. */
const multiarch: Partial<Record<NodeJS.Architecture, string>> = {
  arm: 'arm-linux-gnueabihf',
  arm64: 'aarch64-linux-gnu',
  ia32: 'i386-linux-gnu',
  loong64: 'loongarch64-linux-gnu',
  ppc64: 'powerpc64le-linux-gnu',
  riscv64: 'riscv64-linux-gnu',
  s390x: 's390x-linux-gnu',
  x64: 'x86_64-linux-gnu',
};
