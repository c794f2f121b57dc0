// Finds the Python to load: the room's door.

import { type DiscoverOptions, type Discovery, search } from './search.ts';
import { currentSurroundings } from './surroundings.ts';

/**
 * Looks at, in this order: what was asked for (`python`, then CADUCEUS_PYTHON), the active venv or conda environment,
 * `.venv` and `venv` upward from the main script and from the working folder, commands on PATH, uv's and pyenv's
 * folders, the system's. Starts no process unless files leave something open.
 */
export function discover(options: DiscoverOptions = {}): Discovery {
  return search(currentSurroundings(), options);
}
