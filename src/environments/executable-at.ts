// From a place that someone named (a file, a venv, an installation) to the interpreter in it.

import { accessSync, constants, lstatSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { buildOfExecutable } from './build.ts';
import { listFolder } from './list-folder.ts';

export function executableAt(place: string): { executable: string } | { reason: string } {
  const stat = statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) return { reason: brokenLink(place) ?? 'there is no such file or folder' };
  if (!stat.isDirectory()) return usable(place);
  for (const name of usualNames) {
    const file = join(place, name);
    if (statSync(file, { throwIfNoEntry: false })?.isFile()) return usable(file);
    const broken = brokenLink(file);
    if (broken !== undefined)
      return { reason: `its ${name} ${broken}: make it anew with that Python or another` };
  }
  const bin = join(place, 'bin');
  const versioned = listFolder(bin).find((name) => buildOfExecutable(name) !== undefined);
  if (versioned !== undefined) return usable(join(bin, versioned));
  return { reason: 'there is no python in this folder' };
}

const usualNames =
  process.platform === 'win32'
    ? [join('Scripts', 'python.exe'), 'python.exe']
    : [join('bin', 'python'), join('bin', 'python3')];

function usable(executable: string): { executable: string } | { reason: string } {
  try {
    accessSync(executable, constants.X_OK);
    return { executable };
  } catch {
    return { reason: 'it is a file that may not be executed' };
  }
}

function brokenLink(file: string): string | undefined {
  if (!lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined;
  return `links to ${resolve(dirname(file), readlinkSync(file))}, which is gone`;
}
