// The interpreters under test: found as Caduceus finds them, and asked for what the floor is compiled against.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { discover } from '../src/environments/discover.ts';
import type { Environment } from '../src/environments/environment.ts';

export interface Interpreter {
  readonly executable: string;
  /** With the build's letter: `3.14.7t`. */
  readonly version: string;
  readonly headers: string;
  readonly libraryFolder: string;
  /** What follows `-l`. */
  readonly libraryName: string;
}

/** One interpreter for each request; without any, the newest free-threaded one and the newest with the GIL. */
export function findInterpreters(requests: readonly string[]): Interpreter[] {
  if (requests.length > 0) return requests.map(requested);
  const released = discover({ all: true }).found.filter(isRelease).sort(newestFirst);
  const pair = [true, false].flatMap((freeThreaded) => {
    const kin = released.filter((found) => found.freeThreaded === freeThreaded);
    return kin.map(withHeaders).find((found) => found !== undefined) ?? [];
  });
  if (pair.length > 0) return pair;
  throw new Error(
    'no Python with a shared library and headers was found: name one with --python=<path or version>',
  );
}

function requested(request: string): Interpreter {
  const { chosen, refused } = discover({ python: request });
  const reasons = refused.map(({ place, reason }) => `  ${place}: ${reason}`).join('\n');
  if (!chosen) throw new Error(`--python=${request} cannot be used:\n${reasons}`);
  const interpreter = withHeaders(chosen);
  if (interpreter) return interpreter;
  throw new Error(
    `--python=${request}: ${chosen.executable} has no headers (Python.h), which the floor needs`,
  );
}

function isRelease({ version, debug }: Environment): boolean {
  return !debug && /^\d+\.\d+\.\d+$/.test(version);
}

function newestFirst(a: Environment, b: Environment): number {
  return b.version.localeCompare(a.version, 'en', { numeric: true });
}

const question = `
import json, sys, sysconfig
names = ["INCLUDEPY", "LIBDIR", "LDLIBRARY", "Py_GIL_DISABLED"]
print(json.dumps([sys.version.split()[0]] + [sysconfig.get_config_var(name) for name in names]))
`;

function withHeaders({ executable }: Environment): Interpreter | undefined {
  const answer = execFileSync(executable, ['-I', '-c', question], { encoding: 'utf8' });
  const [version, headers, libraryFolder, file, freeThreaded] = JSON.parse(answer) as [
    string,
    string,
    string,
    string,
    1?,
  ];
  if (!existsSync(join(headers, 'Python.h'))) return undefined;
  const libraryName = file.replace(/^lib/, '').replace(/\.(so|dylib)$/, '');
  return { executable, version: `${version}${freeThreaded ? 't' : ''}`, headers, libraryFolder, libraryName };
}
