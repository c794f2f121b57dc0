// A Python with the packages that an example needs, made on the first run: nothing is installed by hand.

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What the Python that discovery finds is called, and whether it has the packages already. */
const question = `
  import { py } from 'caduceus';
  const spec = py.import('importlib.util').find_spec;
  const { version, freeThreaded, executable } = py.info;
  const ready = process.argv.slice(1).every((name) => spec(name) !== null);
  console.log(JSON.stringify({ flavour: version + (freeThreaded ? 't' : ''), executable, ready }));
`;

/** What a package is imported as, where that is not its name. */
const modules: Readonly<Record<string, string>> = { 'scikit-learn': 'sklearn' };

/**
 * The Python to start: the one that discovery finds, if it has the packages, else a venv made from it in
 * build/venvs/ with the packages' wheels from PyPI.
 */
export function pythonWith(...packages: string[]): string {
  const { flavour, executable, ready } = ask(packages.map((name) => modules[name] ?? name));
  if (ready) return executable;
  const venv = fileURLToPath(
    new URL(`../build/venvs/examples-${flavour}-${packages.length}`, import.meta.url),
  );
  const stamp = `${venv}/made-for`;
  if (existsSync(stamp)) return venv;
  console.log(`Making a venv with ${packages.join(' and ')} for Python ${flavour} in ${venv}\n`);
  rmSync(venv, { recursive: true, force: true });
  run(executable, ['-m', 'venv', venv]);
  run(`${venv}/bin/python`, ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', ...packages]);
  writeFileSync(stamp, packages.join(' '));
  return venv;
}

function ask(packages: string[]): { flavour: string; executable: string; ready: boolean } {
  // In a process of its own: this one is to start the venv's Python.
  const root = fileURLToPath(new URL('..', import.meta.url));
  const args = ['--input-type=module', '-e', question, ...packages];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`asking Python for its packages failed:\n${stderr}`);
  return JSON.parse(stdout);
}

function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} ended with status ${status}`);
}
