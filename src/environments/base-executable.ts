// From an executable's real path to the one in the installation it belongs to.

import { realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { executableAt } from './executable-at.ts';
import { venvConfigOf } from './venv-config.ts';

/**
 * A venv made with links leads out of itself. Where its executable is a copy, as on Windows and with `--copies`,
 * pyvenv.cfg tells what it is a copy of.
 */
export function baseExecutable(real: string): { base: string } | { reason: string } {
  const copy = venvConfigOf(real);
  if (copy === undefined) return { base: real };
  const { executable, home } = copy;
  for (const place of [executable, home && join(home, basename(real)), home && join(home, '..')]) {
    const at = place ? executableAt(place) : undefined;
    if (at && 'executable' in at) return { base: realpathSync.native(at.executable) };
  }
  return {
    reason: `the installation it was made from is gone (${home ?? 'pyvenv.cfg names none'}): make the venv anew`,
  };
}
