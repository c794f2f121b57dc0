// Every place where a Python may be, in the order in which they count.

import { commandsIn, pathFolders } from './command-folders.ts';
import type { Candidate, Refusal } from './environment.ts';
import { installedVersions } from './installed-versions.ts';
import { projectFolders } from './project-folders.ts';
import type { Surroundings } from './surroundings.ts';
import { windowsRegistry } from './windows-registry.ts';

/**
 * A generator, so that a start looks no further than it must. A refusal among them is a place with nothing in it,
 * which only matters when nothing is found at all.
 */
export function* candidates(surroundings: Surroundings): Generator<Candidate | Refusal> {
  const { env, scriptFolder, folder, systemFolders } = surroundings;
  for (const name of ['VIRTUAL_ENV', 'CONDA_PREFIX']) {
    const place = env[name];
    yield place
      ? { place, source: name }
      : { place: name, source: 'active environment', reason: 'is not set' };
  }
  yield* orNothing(projectFolders(surroundings), {
    place: [...new Set([scriptFolder, folder])].filter((start) => start !== undefined).join(' and '),
    source: '.venv, venv',
    reason: 'there is no virtual environment here or in a folder above',
  });
  const path = pathFolders(surroundings);
  yield* orNothing(commandsIn(path, 'PATH', surroundings), {
    place: 'PATH',
    source: 'PATH',
    reason: `there is no python3, python or python3.x in its ${path.length} folders`,
  });
  yield* installedVersions(surroundings);
  const others = systemFolders.filter((system) => !path.includes(system));
  yield* commandsIn(others, 'system folder', surroundings);
  yield* windowsRegistry();
}

function* orNothing(found: Iterable<Candidate>, nothing: Refusal): Generator<Candidate | Refusal> {
  let some = false;
  for (const candidate of found) {
    some = true;
    yield candidate;
  }
  if (!some) yield nothing;
}
