// A text file that may well not be there.

import { existsSync, readFileSync } from 'node:fs';

/** Looks before it reads: most of these files are not there, and a thrown ENOENT costs ten times as much. */
export function readText(file: string): string | undefined {
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
