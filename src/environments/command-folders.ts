// Interpreters by their command names, in folders of commands such as those of PATH.

import { statSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { newestMinor, oldestMinor } from './build.ts';
import type { Candidate } from './environment.ts';
import { fileHead } from './file-head.ts';
import { resolveShim } from './pyenv-shim.ts';
import type { Surroundings } from './surroundings.ts';

export function pathFolders({ env }: Surroundings): string[] {
  // An empty entry would mean the working folder: nobody means that, so no Python is taken from there.
  return [...new Set((env.PATH ?? env.Path ?? '').split(delimiter).filter((folder) => folder !== ''))];
}

/** Name by name, as a shell finds them: a `python3` far back on PATH comes before the first `python`. */
export function* commandsIn(
  folders: readonly string[],
  source: string,
  surroundings: Surroundings,
): Generator<Candidate> {
  for (const name of ['python3', 'python']) yield* named(name, folders, source);
  for (const name of versionedNames()) {
    for (const candidate of named(name, folders, source)) {
      // pyenv keeps a shim for every version that is installed; only those of selected versions do anything.
      if (!isDeadShim(candidate.place, surroundings)) yield candidate;
    }
  }
}

export function* named(name: string, folders: readonly string[], source: string): Generator<Candidate> {
  const file = process.platform === 'win32' && !name.endsWith('.exe') ? `${name}.exe` : name;
  for (const folder of folders) {
    const place = join(folder, file);
    if (statSync(place, { throwIfNoEntry: false })?.isFile()) yield { place, source };
  }
}

/** The newest first; free-threaded builds by name only when no plain one is there. */
function versionedNames(): string[] {
  const minors = Array.from({ length: newestMinor - oldestMinor + 1 }, (_, index) => newestMinor - index);
  return [
    ...minors.map((minor) => `python3.${minor}`),
    ...minors.filter((minor) => minor >= 14).map((minor) => `python3.${minor}t`),
  ];
}

function isDeadShim(place: string, surroundings: Surroundings): boolean {
  if (basename(dirname(place)) !== 'shims') return false;
  const shim = resolveShim(place, fileHead(place, 512), surroundings);
  return shim !== undefined && 'reason' in shim;
}
