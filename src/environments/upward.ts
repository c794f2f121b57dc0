// A folder and those that hold it, from the inside out.

import { dirname } from 'node:path';

export function* upward(folder: string): Generator<string> {
  for (let current = folder; ; current = dirname(current)) {
    yield current;
    if (dirname(current) === current) return;
  }
}
