// One venv per flavour with the packages that the tests use, in build/venvs/.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { run } from '../commands.ts';
import { inRoot, isFromToday, writeIfChanged } from '../files.ts';
import type { Interpreter } from './interpreters.ts';

const packages = ['numpy', 'pandas'];

/**
 * The venv's folder. Where a flavour has no wheels, or there is no network, the venv is empty and the tests that
 * need a package skip; that is tried again a day later. A debug flavour gets none, since no wheels fit it.
 */
export async function venvFor(python: Interpreter): Promise<string | undefined> {
  if (python.debug) return undefined;
  const folder = inRoot('build/venvs', python.flavour);
  const stamp = `${folder}/made-for`;
  const wanted = `${python.executable} ${python.version} ${packages.join(' ')}`;
  // Two runs that make it at the same time may leave the stamp alone: without its python it is not made.
  if (existsSync(stamp) && existsSync(`${folder}/bin/python`)) {
    const made = readFileSync(stamp, 'utf8');
    if (made === wanted) return folder;
    if (made === `${wanted} (empty)` && isFromToday(stamp)) {
      console.log(`  !!! Python ${python.flavour}: tested without ${packages.join(' and ')}`);
      return folder;
    }
  }
  rmSync(folder, { recursive: true, force: true });
  const made = await run(python.executable, ['-m', 'venv', folder]);
  if (!made.ok) {
    console.log(`  !!! Python ${python.flavour}: no venv could be made: ${lastLine(made.output)}`);
    return undefined;
  }
  const pip = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '--retries', '1', ...packages];
  const filled = await run(`${folder}/bin/python`, pip);
  if (!filled.ok) {
    console.log(
      `  !!! Python ${python.flavour}: tested without ${packages.join(' and ')}: ${lastLine(filled.output)}`,
    );
  }
  writeIfChanged(stamp, filled.ok ? wanted : `${wanted} (empty)`);
  return folder;
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
}
