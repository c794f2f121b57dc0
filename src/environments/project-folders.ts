// Virtual environments that belong to the program: in its folder or in one that holds it.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Candidate } from './environment.ts';
import type { Surroundings } from './surroundings.ts';
import { upward } from './upward.ts';

/** Upward from the main script first, because a program means the same wherever it is started from. */
export function* projectFolders({ scriptFolder, folder }: Surroundings): Generator<Candidate> {
  const seen = new Set<string>();
  for (const start of [scriptFolder, folder]) {
    if (start === undefined) continue;
    for (const parent of upward(start)) {
      // All that lies above a folder seen before was seen with it.
      if (seen.has(parent)) break;
      seen.add(parent);
      for (const name of ['.venv', 'venv']) {
        const place = join(parent, name);
        if (isEnvironment(place)) yield { place, source: `${name} in ${parent}` };
      }
    }
  }
}

/** Many projects have a source folder named venv; a real one says so, a venv or a conda environment. */
function isEnvironment(place: string): boolean {
  return existsSync(join(place, 'pyvenv.cfg')) || existsSync(join(place, 'conda-meta'));
}
