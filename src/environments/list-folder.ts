// The names in a folder that may well not be there.

import { readdirSync } from 'node:fs';

/** Sorted, because the order in which a disk hands out names must not decide which Python is taken. */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
