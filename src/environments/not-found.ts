// The text of the error when there is no Python to load.

import { newestMinor, oldestMinor } from './build.ts';
import type { Refusal } from './environment.ts';

/** `refused` is what discovery hands back; `python` is what `start` was given, if anything was. */
export function notFoundMessage(refused: readonly Refusal[], python?: string): string {
  const asked = python || process.env.CADUCEUS_PYTHON;
  const attempt = asked
    ? `The Python that ${python ? 'start({ python })' : 'CADUCEUS_PYTHON'} asks for, ${asked}, cannot be used.`
    : 'No Python was found that can be loaded.';
  const remedies = [
    `Caduceus loads a CPython 3.${oldestMinor} to 3.${newestMinor} that has a shared library (free-threaded: 3.14t and newer).`,
    '`uv python install 3.14` installs one; with pyenv it is `PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install 3.14`.',
    asked
      ? 'Name another one, or name none and leave the choice to Caduceus.'
      : "A Python in another place is named with start({ python: '/path/to/python' }) or CADUCEUS_PYTHON=/path/to/python.",
  ];
  return [
    attempt,
    'Looked at:',
    ...refused.map((refusal) => `  - ${refusalText(refusal)}`),
    'What to do:',
    ...remedies.map((remedy) => `  - ${remedy}`),
  ].join('\n');
}

/** One place that was refused, in one line: in the error and in `caduceus doctor`. */
export function refusalText({ place, source, reason }: Refusal): string {
  return `${place}${source === place ? '' : ` (${source})`}: ${reason}`;
}
