// Files of this repository: listing them, writing them only when they change, knowing whether a step is up to date.

import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/** An absolute path from one relative to the repository. */
export function inRoot(...parts: string[]): string {
  return join(root, ...parts);
}

/** Every file under a folder as sorted paths relative to the repository; none when the folder is not there. */
export function filesUnder(folder: string, wanted: RegExp = /./): string[] {
  if (!existsSync(inRoot(folder))) return [];
  return readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes('__pycache__'))
    .sort();
}

/** Writes atomically, so that another run in the same checkout never reads half a file. */
export function writeIfChanged(path: string, content: string | Uint8Array): void {
  const bytes = Buffer.from(content);
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, path);
}

/** Whether a file was written within the last day: how often what needs the network is tried again. */
export function isFromToday(path: string): boolean {
  return existsSync(path) && Date.now() - statSync(path).mtimeMs < 24 * 60 * 60 * 1000;
}

/**
 * Runs a step unless its inputs, told apart by path, size and time of change, are those of its last success
 * and its outputs are there. Says whether the step ran.
 */
export async function whenChanged(
  step: { name: string; inputs: string[]; outputs: string[] },
  work: () => void | Promise<void>,
): Promise<boolean> {
  const stamp = inRoot('build/stamps', step.name);
  const hash = createHash('sha256');
  for (const path of step.inputs) {
    const facts = statSync(inRoot(path));
    hash.update(`${path} ${facts.size} ${facts.mtimeMs}\n`);
  }
  const digest = hash.digest('hex');
  const fresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;
  if (fresh && step.outputs.every((path) => existsSync(inRoot(path)))) return false;
  await work();
  writeIfChanged(stamp, digest);
  return true;
}
