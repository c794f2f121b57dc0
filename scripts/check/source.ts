// The hand-written files of the repository and their text.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { inRoot, root } from '../files.ts';

/** What a check found wrong, one line each: none when all is well. `note` is printed either way. */
export interface Finding {
  problems: string[];
  note?: string;
}

/** Tracked files and new ones that git does not ignore. */
export function repositoryFiles(): string[] {
  const listed = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  const paths = [...new Set((listed.stdout ?? '').split('\0').filter(Boolean))];
  return paths.filter((path) => existsSync(inRoot(path))).sort();
}

export function readSource(path: string): string {
  return readFileSync(inRoot(path), 'utf8');
}
