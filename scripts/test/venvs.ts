// One venv per flavour with the packages that the tests use, in build/venvs/.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { run } from '../commands.ts';
import { inRoot, isFromToday, writeIfChanged } from '../files.ts';
import type { Interpreter } from './interpreters.ts';

const packages = ['numpy', 'pandas'];
// Large, hence for one flavour with the GIL and one without.
const more: Readonly<Record<string, readonly string[]>> = {
  '3.13': ['scikit-learn'],
  '3.14t': ['scikit-learn'],
};

const made = new Map<string, Promise<string | undefined>>();

/** Makes the venvs of these Pythons, one after the other. */
export async function makeVenvs(pythons: Interpreter[]): Promise<void> {
  for (const python of pythons) await venvFor(python);
}

/**
 * The venv's folder. Where a flavour has no wheels, or there is no network, the venv is empty and the tests that
 * need a package skip; that is tried again a day later. A debug flavour gets none, since no wheels fit it.
 */
export function venvFor(python: Interpreter): Promise<string | undefined> {
  const known = made.get(python.flavour) ?? makeVenv(python);
  made.set(python.flavour, known);
  return known;
}

async function makeVenv(python: Interpreter): Promise<string | undefined> {
  if (python.debug) return undefined;
  const folder = inRoot('build/venvs', python.flavour);
  const stamp = `${folder}/made-for`;
  const all = [...packages, ...(more[python.flavour] ?? [])];
  const wanted = `${python.executable} ${python.version} ${all.join(' ')}`;
  // Two runs that make it at the same time may leave the stamp alone: without its python it is not made.
  if (existsSync(stamp) && existsSync(`${folder}/bin/python`)) {
    const text = readFileSync(stamp, 'utf8');
    if (text === wanted) return folder;
    if (text === `${wanted} (empty)` && isFromToday(stamp)) {
      console.log(`  !!! Python ${python.flavour}: tested without ${packages.join(' and ')}`);
      return folder;
    }
  }
  rmSync(folder, { recursive: true, force: true });
  // Installing with the Python's own pip, which is usually there, is four times as fast as a pip in each venv.
  const hasPip = (await run(python.executable, ['-m', 'pip', '--version'])).ok;
  const venv = await run(python.executable, ['-m', 'venv', ...(hasPip ? ['--without-pip'] : []), folder]);
  if (!venv.ok) {
    console.log(`  !!! Python ${python.flavour}: no venv could be made: ${lastLine(venv.output)}`);
    return undefined;
  }
  const own = `${folder}/bin/python`;
  const [pip, ...to] = hasPip ? [python.executable, '--python', own] : [own];
  const options = ['--quiet', '--only-binary', ':all:', '--retries', '1', '--no-compile'];
  let filled = await run(pip as string, ['-m', 'pip', ...to, 'install', ...options, ...all]);
  // Compiles what the tests import, a small part.
  if (filled.ok) filled = await run(own, ['-c', `import ${packages.join()}`], compiling());
  if (!filled.ok) {
    console.log(
      `  !!! Python ${python.flavour}: tested without ${packages.join(' and ')}: ${lastLine(filled.output)}`,
    );
  }
  writeIfChanged(stamp, filled.ok ? wanted : `${wanted} (empty)`);
  return folder;
}

function compiling(): NodeJS.ProcessEnv {
  const { PYTHONDONTWRITEBYTECODE: _, ...env } = process.env;
  return env;
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
}
