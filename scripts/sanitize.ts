// `npm run sanitize`: the tests of threads with the native library under a sanitizer; no report may be in our frames.
//
//   npm run sanitize                                     thread and address, on 3.14t
//   npm run sanitize -- --only=thread --python=3.14t     one of them
//   npm run sanitize -- --rows --name=R4 threads/builds  full counts of a row; words choose files, as in npm test
//
// Node and CPython are as they are, without a sanitizer: the runtime is preloaded, and what is instrumented is the
// native library. So a report is about its accesses, and the locks and atomics that it uses itself.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildBundles } from './build/bundle.ts';
import { buildNative } from './build/native.ts';
import { exists } from './commands.ts';
import { inRoot } from './files.ts';
import { reportsIn } from './sanitize/reports.ts';
import { unsuited } from './sanitize/unsuited.ts';
import { findInterpreters } from './test/interpreters.ts';
import { indent, runFile } from './test/run-file.ts';
import { transpileTests } from './test/transpile.ts';

type Sanitizer = 'thread' | 'address';

const { values, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    python: { type: 'string' },
    name: { type: 'string', multiple: true, default: [] },
    rows: { type: 'boolean', default: false },
  },
});
const filters = words.length > 0 ? words : ['threads/', 'process/workers', 'process/first-touches'];

// The thread sanitizer has places of its own in the address space, which randomized mappings may take: the setting is
// inherited by everything that is started from here.
const fixed = 'CADUCEUS_FIXED_ADDRESSES';
if (!process.env[fixed] && exists('setarch')) {
  const again = [...process.execArgv, ...process.argv.slice(1)];
  const options = { stdio: 'inherit' as const, env: { ...process.env, [fixed]: '1' } };
  process.exit(spawnSync('setarch', ['-R', process.execPath, ...again], options).status ?? 1);
}

let failed = 0;
for (const sanitizer of ['thread', 'address'] as const) {
  if (values.only === undefined || values.only === sanitizer) failed += await sanitize(sanitizer);
}
process.exitCode = failed > 0 ? 1 : 0;

/** How many files failed or had reports. */
async function sanitize(sanitizer: Sanitizer): Promise<number> {
  await buildNative(sanitizer);
  await buildBundles();
  const files = (await transpileTests()).filter((file) => filters.some((word) => file.includes(word)));
  const { all, freeThreaded } = await findInterpreters();
  const python = values.python ? all.find((one) => one.flavour === values.python) : freeThreaded;
  if (!python) throw new Error(`no Python ${values.python ?? 'without the GIL'} here`);
  const logs = inRoot('build/sanitizer-reports', sanitizer);
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  const env = environment(sanitizer, `${logs}/report`, python.executable);
  let failures = 0;
  let passed = 0;
  for (const file of files) {
    const flags = values.name.map((name) => `--test-name-pattern=${name}`);
    const result = await runFile(process.execPath, file, env, flags);
    const reports = readdirSync(logs).flatMap((name) => reportsIn(readFileSync(`${logs}/${name}`, 'utf8')));
    for (const name of readdirSync(logs)) rmSync(`${logs}/${name}`);
    passed += result.passed;
    const known = unsuited(sanitizer, file);
    const wrong = (result.failed > 0 && !known) || reports.length > 0;
    if (wrong) failures += 1;
    const failed = result.failed > 0 ? `${result.failed} failed${known ? ` since ${known}` : ''}, ` : '';
    console.log(
      `${wrong ? '✗' : '✓'} ${sanitizer} ${file}: ${result.passed} passed, ${failed}${reports.length} reports`,
    );
    if (result.report && !known) console.log(indent(result.report));
    for (const report of reports.slice(0, 10)) console.log(indent(report));
  }
  console.log(
    `${sanitizer}: ${files.length} files, ${passed} tests passed, ${failures} files with reports or failures`,
  );
  return failures;
}

function environment(sanitizer: Sanitizer, log: string, python: string): NodeJS.ProcessEnv {
  const suppressions = inRoot(`scripts/sanitize/${sanitizer}.supp`);
  const options = {
    // Only what the native library does counts: Node and CPython synchronize in ways that are not seen here.
    thread: `TSAN_OPTIONS=ignore_noninstrumented_modules=1 halt_on_error=0 exitcode=0 history_size=4 suppressions=${suppressions} log_path=${log}`,
    // V8 keeps memory alive in ways that look like leaks; tests ask for too much memory on purpose.
    address: `ASAN_OPTIONS=detect_leaks=0 allocator_may_return_null=1 suppressions=${suppressions} log_path=${log}`,
  }[sanitizer];
  const [name = '', ...rest] = options.split('=');
  const runtime = spawnSync('c++', [`-print-file-name=lib${sanitizer === 'thread' ? 't' : 'a'}san.so`]);
  const preloaded = [runtime.stdout.toString().trim()];
  if (sanitizer === 'thread') preloaded.unshift(promptSignals());
  return {
    ...process.env,
    CADUCEUS_PYTHON: python,
    CADUCEUS_NATIVE_VARIANT: `-${sanitizer}`,
    ...(values.rows ? { CADUCEUS_FULL_ROWS: '1' } : {}),
    LD_PRELOAD: preloaded.join(':'),
    [name]: rest.join('=').replaceAll(' ', ':'),
  };
}

/** Builds what lets signals reach a thread at once: scripts/sanitize/signals.c. */
function promptSignals(): string {
  const output = inRoot('build/sanitize-thread/signals.so');
  const built = spawnSync('cc', [
    '-shared',
    '-fPIC',
    '-O1',
    '-o',
    output,
    inRoot('scripts/sanitize/signals.c'),
    '-ldl',
  ]);
  if (built.status !== 0) throw new Error(`scripts/sanitize/signals.c: ${built.stderr}`);
  return output;
}
