// `npm test`: every test file on every (Node, Python) pair, smoke tests on Bun and Deno, and the type tests.
//
//   npm test                                  everything
//   npm test -- --quick                       one GIL and one free-threaded Python on this Node
//   npm test -- --python=3.14t --node=latest  exactly these; both may be repeated
//   npm test -- buffers proxies/call          only files whose path contains one of the words
//   npm test -- --retry                       a file that fails runs once more, alone; told at the end
//   npm test -- --times                       and tells where the time went
//   also: --debug-builds, --jobs=N, --name=<pattern of test names>, --no-build (takes dist/ as it is)
//
// Each further Python in CADUCEUS_TEST_PYTHONS (paths, separated as in PATH) joins the ones that are found.

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { buildBundles } from './build/bundle.ts';
import { buildNative } from './build/native.ts';
import { inRoot } from './files.ts';
import { findInterpreters } from './test/interpreters.ts';
import { makePlan, type Plan } from './test/plan.ts';
import { killRunning } from './test/run-file.ts';
import { type Row, runPairs, smokeTest } from './test/run-pairs.ts';
import { printTimes } from './test/times.ts';
import { transpileTests } from './test/transpile.ts';
import { runTypeTests } from './test/types.ts';
import { makeVenvs } from './test/venvs.ts';

const { values, positionals: filters } = parseArgs({
  allowPositionals: true,
  options: {
    times: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    retry: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    'debug-builds': { type: 'boolean', default: false },
    python: { type: 'string', multiple: true, default: [] },
    node: { type: 'string', multiple: true, default: [] },
    jobs: { type: 'string', default: String(availableParallelism() + 1) }, // some only wait
    name: { type: 'string', multiple: true, default: [] },
  },
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    killRunning();
    process.exit(1);
  });
}

const rows: Row[] = [];
try {
  await main();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  rows.push({ name: 'the runner itself', passed: 0, failed: 1, skipped: 0, seconds: 0 });
}
summarize();
if (values.times) printTimes();

async function main(): Promise<void> {
  const files = (await transpileTests()).filter((file) => wanted(`test/${file}.ts`));
  const smoke = existsSync(inRoot(smokeTest)) && wanted(smokeTest);
  // Fetching waits for the network while the compilers work.
  const [{ pairs, unavailable }] = await Promise.all([planned(files, smoke), built()]);
  if (pairs.length === 0) throw new Error(`nothing to run: ${files.length} test files`);
  console.log(`${files.length} test files, ${pairs.length} pairs`);

  if (filters.length === 0 || filters.some((filter) => filter.includes('types'))) keep(await runTypeTests());
  await runPairs(pairs, {
    jobs: Number(values.jobs),
    retry: values.retry,
    flags: values.name.map((name) => `--test-name-pattern=${name}`),
    done: keep,
  });
  for (const name of unavailable) {
    console.log(`  !!! NOT TESTED, because it could not be had: ${name}`);
    rows.push({ name: `${name} (not available)`, passed: 0, failed: 0, skipped: 1, seconds: 0 });
  }
}

async function built(): Promise<void> {
  if (values['no-build']) return;
  await buildNative();
  await buildBundles();
}

/** The pairs that have something to run, with what they need. */
async function planned(files: string[], smoke: boolean): Promise<Plan> {
  const { quick, 'debug-builds': debugBuilds, python: pythons, node: nodes } = values;
  const choice = { quick, debugBuilds, pythons, nodes };
  const plan = await makePlan(await findInterpreters(), choice, files);
  const pairs = plan.pairs.filter((pair) => (pair.smoke ? smoke : pair.files.length > 0));
  await makeVenvs([...new Set(pairs.map(({ python }) => python))]);
  return { ...plan, pairs };
}

function wanted(path: string): boolean {
  return filters.length === 0 || filters.some((filter) => path.includes(filter));
}

function keep(row: Row): void {
  rows.push(row);
  console.log(`${row.failed ? '✗' : '✓'} ${line(row)}`);
}

function line({ name, passed, failed, skipped, seconds }: Row): string {
  const cells = [passed, failed, skipped].map((count) => String(count).padStart(8));
  return `${name.padEnd(36)}${cells.join('')}${seconds.toFixed(1).padStart(9)}`;
}

function summarize(): void {
  const total = (key: 'passed' | 'failed' | 'skipped') => rows.reduce((sum, row) => sum + row[key], 0);
  console.log(`\n${'pair'.padEnd(36)}  passed  failed skipped  seconds`);
  for (const row of rows) console.log(line(row));
  for (const file of rows.flatMap(({ unsteady = [] }) => unsteady)) {
    console.log(`  !!! UNSTEADY, failed once and passed alone: ${file}`);
  }
  console.log(`\n${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
  process.exitCode = total('failed') > 0 ? 1 : 0;
}
