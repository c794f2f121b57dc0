// The checkers that come from PyPI, in .tools/: a venv made once per version of scripts/tools.txt.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import { run } from '../commands.ts';
import { inRoot, writeIfChanged } from '../files.ts';

const list = inRoot('scripts/tools.txt');
const stamp = inRoot('.tools/made-from');

/** The path of ruff, mypy or clang-format. */
export function tool(name: string): string {
  return inRoot('.tools/bin', name);
}

/** Throws with what went wrong when the tools can not be installed. */
export async function installTools(): Promise<void> {
  const wanted = readFileSync(list, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Installing ruff, mypy and clang-format into .tools/');
  rmSync(inRoot('.tools'), { recursive: true, force: true });
  await must(await anyPython(), ['-m', 'venv', inRoot('.tools')]);
  await must(tool('python'), ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '-r', list]);
  writeIfChanged(stamp, wanted);
}

async function anyPython(): Promise<string> {
  const usable = 'import sys, venv; sys.exit(sys.version_info < (3, 10))';
  for (const name of ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11']) {
    if ((await run(name, ['-c', usable])).ok) return name;
  }
  throw new Error('the tools need a Python 3.10 or newer on PATH');
}

async function must(command: string, args: string[]): Promise<void> {
  const outcome = await run(command, args);
  if (!outcome.ok) throw new Error(`${command} ${args.slice(0, 3).join(' ')}: ${outcome.output}`);
}
