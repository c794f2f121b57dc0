// Which Pythons the matrix runs on: one per flavour (minor version, free-threaded, debug), the newest patch of each.

import { writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { discover } from '../../src/environments/discover.ts';
import type { Refusal } from '../../src/environments/environment.ts';
import { exists, run } from '../commands.ts';
import { inRoot, isFromToday } from '../files.ts';

export interface Interpreter {
  /** '3.13', '3.14t', '3.14t-debug': what --python= takes. */
  flavour: string;
  executable: string;
  version: string;
  freeThreaded: boolean;
  debug: boolean;
}

export interface Interpreters {
  all: Interpreter[];
  /** The GIL flavour that --quick and the smoke tests take, and the free-threaded one beside it. */
  usual: Interpreter | undefined;
  freeThreaded: Interpreter | undefined;
}

const required = ['3.11', '3.12', '3.13', '3.14', '3.14t'];
const optional = ['3.15', '3.15t'];

/** Finds the interpreters, says which there are and, loudly, which are not. */
export async function findInterpreters(): Promise<Interpreters> {
  const { chosen, found, refused } = discovered();
  const listed = (process.env.CADUCEUS_TEST_PYTHONS ?? '').split(delimiter).filter(Boolean);
  const candidates = [...listed, ...found];
  let all = await newestPerFlavour(candidates);
  if (!all.some((python) => python.freeThreaded && !python.debug)) {
    const installed = await installFreeThreaded();
    if (installed) all = await newestPerFlavour([...candidates, installed]);
  }
  console.log('Pythons:');
  for (const python of all) {
    console.log(`  ${python.flavour.padEnd(12)} ${python.version.padEnd(10)} ${python.executable}`);
  }
  const missing = (names: string[]) => names.filter((name) => !all.some((python) => python.flavour === name));
  const absent = missing(required);
  if (absent.length > 0) {
    console.log(`  !!! NOT TESTED, because not found here: Python ${absent.join(', ')}`);
    for (const { place, reason } of refused) console.log(`      refused: ${place}: ${reason}`);
  }
  const absentOptional = missing(optional);
  if (absentOptional.length > 0) console.log(`  not found (optional): Python ${absentOptional.join(', ')}`);

  const release = all.filter((python) => !python.debug);
  const withGil = release.filter((python) => !python.freeThreaded);
  const [preferred] = chosen ? await newestPerFlavour([chosen]) : [];
  return {
    all,
    usual: withGil.find((python) => python.flavour === preferred?.flavour) ?? withGil.at(-1),
    freeThreaded: release.find((python) => python.flavour === '3.14t') ?? release.find((p) => p.freeThreaded),
  };
}

interface Discovered {
  chosen: string | undefined;
  found: string[];
  refused: Refusal[];
}

/** What the package's own discovery finds. CADUCEUS_PYTHON only says which one is the usual one. */
function discovered(): Discovered {
  const asked = process.env.CADUCEUS_PYTHON;
  delete process.env.CADUCEUS_PYTHON;
  const { chosen, found, refused } = discover({ all: true });
  const executables = found.map(({ executable }) => executable);
  if (asked === undefined) return { chosen: chosen?.executable, found: executables, refused };
  return { chosen: asked, found: [asked, ...executables], refused };
}

// The installation itself, not the venv in front of it: test venvs are made per flavour by the runner.
const question = `
import json, sys, sysconfig
v = sys.version_info
print(json.dumps({
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "minor": f"{v.major}.{v.minor}",
    "version": sys.version.split()[0],
    "order": sys.hexversion,
    "freeThreaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "debug": hasattr(sys, "gettotalrefcount"),
}))
`;

async function newestPerFlavour(executables: string[]): Promise<Interpreter[]> {
  const answers = await Promise.all([...new Set(executables)].map(ask));
  const best = new Map<string, Interpreter & { order: number }>();
  for (const answer of answers) {
    if (answer && answer.order >= 0x030b0000 && answer.order > (best.get(answer.flavour)?.order ?? 0)) {
      best.set(answer.flavour, answer);
    }
  }
  const inOrder = (a: Interpreter, b: Interpreter) =>
    a.flavour.localeCompare(b.flavour, 'en', { numeric: true });
  return [...best.values()].sort(inOrder);
}

async function ask(executable: string): Promise<(Interpreter & { order: number }) | undefined> {
  const outcome = await run(executable, ['-I', '-c', question]);
  const line = outcome.output.trim().split('\n').at(-1) ?? '';
  if (!outcome.ok || !line.startsWith('{')) {
    console.log(`  !!! ${executable} does not answer and is left out: ${line.slice(0, 200)}`);
    return undefined;
  }
  const { minor, ...facts } = JSON.parse(line);
  const flavour = `${minor}${facts.freeThreaded ? 't' : ''}${facts.debug ? '-debug' : ''}`;
  return { flavour, ...facts };
}

/** Lets uv fetch a free-threaded build; whatever goes wrong is said in one line. */
async function installFreeThreaded(): Promise<string | undefined> {
  const failedBefore = inRoot('build/uv-failed');
  if (isFromToday(failedBefore)) return undefined;
  console.log('No free-threaded Python here; trying to get one with uv');
  let uv = 'uv';
  let failure = '';
  if (!exists(uv)) {
    uv = inRoot('build/uv/bin/uv');
    if (!exists(uv)) {
      const venv = await run('python3', ['-m', 'venv', inRoot('build/uv')]);
      const pip = await run(inRoot('build/uv/bin/python'), ['-m', 'pip', 'install', '--quiet', 'uv']);
      if (!venv.ok || !pip.ok) failure = venv.ok ? pip.output : venv.output;
    }
  }
  if (!failure) {
    const install = await run(uv, ['python', 'install', '3.14t']);
    const find = await run(uv, ['python', 'find', '--no-project', '3.14t']);
    if (find.ok) return find.output.trim().split('\n').at(-1);
    failure = install.output || find.output;
  }
  writeFileSync(failedBefore, failure);
  console.log(`  !!! none could be installed: ${failure.trim().split('\n').at(-1)?.slice(0, 200)}`);
  return undefined;
}
