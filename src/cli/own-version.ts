// The version of this package, from its own package.json.

import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Upward from the program itself: node_modules/.bin holds a link to it, and the bundle lies in a folder of its own. */
export function ownVersion(): string {
  let folder = dirname(realpathSync(process.argv[1] ?? '.'));
  for (; dirname(folder) !== folder; folder = dirname(folder)) {
    const version = versionIn(folder);
    if (version !== undefined) return version;
  }
  return '(of unknown version)';
}

function versionIn(folder: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const { name, version } = manifest as { name?: string; version?: string };
    return name === 'caduceus' ? version : undefined;
  } catch {
    return undefined;
  }
}
