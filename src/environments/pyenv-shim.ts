// pyenv's shims: shell scripts on PATH that start whichever version the folder or the user selected.

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { listFolder } from './list-folder.ts';
import { newestFirst } from './newest-first.ts';
import { readText } from './read-text.ts';
import type { Surroundings } from './surroundings.ts';
import { upward } from './upward.ts';

/**
 * Follows pyenv's rules by reading its files; starting the script would take 50 ms. `head` is how the script begins.
 * Undefined when this is no such shim. pyenv-win's shims are batch files that PATH does not find as python.exe.
 */
export function resolveShim(
  shim: string,
  head: Buffer,
  surroundings: Surroundings,
): { executable: string } | { reason: string } | undefined {
  const folder = dirname(shim);
  if (basename(folder) !== 'shims' || !head.includes('pyenv')) return undefined;
  const script = head.toString('utf8');
  const root = /PYENV_ROOT="([^"]+)"/.exec(script)?.[1] ?? dirname(folder);
  const command = basename(shim);
  const { names, origin } = selectedVersions(root, surroundings);
  for (const name of names) {
    const executable = join(root, 'versions', installedName(root, name) ?? name, 'bin', command);
    if (isSafe(name) && existsSync(executable)) return { executable };
  }
  const found = `is pyenv's shim, and ${origin} selects ${names.join(', ') || 'nothing'}`;
  // "system" means what PATH names after the shims, which discovery looks at next anyway.
  if (names.includes('system')) return { reason: `${found}, so the next ${command} on PATH counts` };
  return {
    reason: `${found}, where there is no ${command}: install it with pyenv or select another version`,
  };
}

/** PYENV_VERSION, the nearest .python-version upward from the working folder, the user's choice, in that order. */
function selectedVersions(root: string, { env, folder }: Surroundings): { names: string[]; origin: string } {
  const wanted = env.PYENV_VERSION?.split(':').filter((name) => name !== '');
  if (wanted?.length) return { names: wanted, origin: 'PYENV_VERSION' };
  const files = [...upward(env.PYENV_DIR || folder)].map((place) => join(place, '.python-version'));
  for (const file of [...files, join(root, 'version')]) {
    const names = versionsIn(readText(file) ?? '');
    if (names.length > 0) return { names, origin: file };
  }
  return { names: ['system'], origin: 'pyenv' };
}

function versionsIn(text: string): string[] {
  const words = text.split('\n').map((line) => line.trim().split(/\s+/)[0] ?? '');
  return words.filter((word) => word !== '' && !word.startsWith('#'));
}

/** `3.12` means the newest 3.12 that is installed; `python-3.12.1` is another way to write 3.12.1. */
function installedName(root: string, name: string): string | undefined {
  const wanted = name.replace(/^c?python-/, '');
  const versions = listFolder(join(root, 'versions'));
  if (versions.includes(name)) return name;
  if (versions.includes(wanted)) return wanted;
  return newestFirst(versions.filter((version) => version.startsWith(`${wanted}.`)))[0];
}

/** A .python-version comes with whatever was cloned: it must not lead out of pyenv's own folder. */
function isSafe(name: string): boolean {
  return !name.split(/[\\/]/).includes('..');
}
