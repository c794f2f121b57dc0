// `npm run suite`: CPython's own tests inside `caduceus -m test`, against plain python of the same build.
//
//   npm run suite                                  the modules that a host is most likely to disturb, on 3.14t
//   npm run suite -- --python=3.13 test_json       these modules
//   npm run suite -- --all                         every module that the interpreter has: more than an hour
//   also: --jobs=N, --known (exit status 0 if all that differs is named in docs/python-suite.md)
//
// A module that passes inside is not run again. What fails inside is run under plain python too: it differs if it passes
// there. The tests are the interpreter's own installed ones.

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { run } from './commands.ts';
import { inRoot } from './files.ts';
import { findInterpreters, type Interpreter } from './test/interpreters.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: '3.14t' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    all: { type: 'boolean', default: false },
    known: { type: 'boolean', default: false },
  },
});

const usual = [
  ...['asyncio', 'builtin', 'cmd_line', 'concurrent_futures', 'contextlib', 'contextvars', 'ctypes', 'descr'],
  ...[
    'dict',
    'faulthandler',
    'fork1',
    'gc',
    'generators',
    'hashlib',
    'io',
    'json',
    'list',
    'logging',
    'mmap',
  ],
  ...['multiprocessing_forkserver', 'multiprocessing_main_handling', 'multiprocessing_spawn', 'os', 'pickle'],
  ...['posix', 'pty', 'queue', 'runpy', 'sched', 'select', 'selectors', 'signal', 'socket', 'sqlite3', 'ssl'],
  ...['subprocess', 'sys', 'thread', 'threadedtempfile', 'threading', 'threadsignals', 'typing', 'unittest'],
  ...['venv', 'weakref', 'zlib'],
].map((name) => `test_${name}`);

/** Seconds that one module may take. */
const limit = 600;

interface Ran {
  ok: boolean;
  /** The names of the tests that failed, or what else there is to say. */
  failures: string[];
}

async function main(): Promise<number> {
  const { all } = await findInterpreters();
  const python = all.find(({ flavour }) => flavour === values.python);
  if (!python) {
    console.error(`--python=${values.python}: not found here`);
    return 2;
  }
  const modules = await modulesOf(python);
  const differing = new Map<string, string[]>();
  const counts = { inside: 0, neither: 0 };
  await inParallel(modules, Number(values.jobs), async (module) => {
    const inside = await runModule(python, module, true);
    if (inside.ok) {
      counts.inside++;
      return;
    }
    const plain = await runModule(python, module, false);
    if (!plain.ok) counts.neither++;
    const more = inside.failures.filter((name) => !plain.failures.includes(name));
    if (plain.ok || more.length > 0) differing.set(module, more);
    console.log(`${module}: ${plain.ok ? 'differs' : 'fails under plain python too'}: ${more.join(', ')}`);
  });
  const text = readFileSync(inRoot('docs/python-suite.md'), 'utf8');
  const news = [...differing].filter(([module]) => !text.includes(`\`${module}\``));
  console.log(
    `\nPython ${python.version}: ${modules.length} modules, ${counts.inside} pass inside, ` +
      `${counts.neither} do not under plain python, ${differing.size} differ, ${news.length} of them not in docs/python-suite.md`,
  );
  for (const [module, failures] of differing) console.log(`  ${module}: ${failures.join(', ')}`);
  return (values.known ? news.length : differing.size) > 0 ? 1 : 0;
}

async function modulesOf(python: Interpreter): Promise<string[]> {
  const { ok, output } = await run(python.executable, ['-m', 'test', '--list-tests']);
  if (!ok) throw new Error(`${python.executable} has no tests installed: ${output}`);
  const there = output.split('\n').filter((line) => line.startsWith('test_') || line.startsWith('test.'));
  if (values.all) return there;
  const wanted = positionals.length > 0 ? positionals : usual;
  // Packages are listed by their parts.
  const found = wanted.filter((name) =>
    there.some(
      (other) => other === name || other.startsWith(`test.${name}.`) || other.startsWith(`${name}.`),
    ),
  );
  for (const name of wanted.filter((other) => !found.includes(other)))
    console.log(`${name}: is not installed`);
  return found;
}

async function runModule(python: Interpreter, module: string, inside: boolean): Promise<Ran> {
  const command = inside ? process.execPath : python.executable;
  const before = inside ? [inRoot('dist/cli.cjs')] : [];
  const env = { ...process.env, CADUCEUS_PYTHON: python.executable };
  const args = [
    '-m',
    'test',
    '--timeout',
    String(limit),
    '-v',
    '-uall,-largefile,-network,-urlfetch,-gui',
    module,
  ];
  const { ok, output } = await run(command, [...before, ...args], env);
  const failures = [...output.matchAll(/^(?:FAIL|ERROR): (\S+)/gm)].map((match) => match[1] ?? '');
  if (!ok && failures.length === 0) failures.push(output.trim().split('\n').at(-1) ?? 'no output');
  return { ok, failures: [...new Set(failures)].sort() };
}

async function inParallel<T>(
  items: readonly T[],
  jobs: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: jobs }, worker));
}

process.exitCode = await main();
