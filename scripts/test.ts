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
import { parseArgs } from 'node:util';
import { buildBundles } from './build/bundle.ts';
import { buildNative } from './build/native.ts';
import { inRoot } from './files.ts';
import { findInterpreters } from './test/interpreters.ts';
import { makePlan } from './test/plan.ts';
import { killRunning } from './test/run-file.ts';
import { type Row, runPair, smokeTest } from './test/run-pair.ts';
import { printTimes } from './test/times.ts';
import { transpileTests } from './test/transpile.ts';
import { runTypeTests } from './test/types.ts';

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
    jobs: { type: 'string', default: '2' },
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
  if (!values['no-build']) {
    await buildNative();
    await buildBundles();
  }
  const files = (await transpileTests()).filter((file) => wanted(`test/${file}.ts`));
  const interpreters = await findInterpreters();
  const { quick, 'debug-builds': debugBuilds, python: pythons, node: nodes } = values;
  const plan = await makePlan(interpreters, { quick, debugBuilds, pythons, nodes });
  const smoke = existsSync(inRoot(smokeTest)) && wanted(smokeTest);
  const pairs = plan.pairs.filter((pair) => (pair.smoke ? smoke : files.length > 0));
  if (pairs.length === 0)
    throw new Error(`nothing to run: ${files.length} test files, ${plan.pairs.length} pairs`);
  console.log(`${files.length} test files, ${pairs.length} pairs`);

  if (filters.length === 0 || filters.some((filter) => filter.includes('types'))) await keep(runTypeTests());
  const options = {
    files,
    jobs: Number(values.jobs),
    retry: values.retry,
    flags: values.name.map((name) => `--test-name-pattern=${name}`),
  };
  for (const pair of pairs) await keep(runPair(pair, options));
  for (const name of plan.unavailable) {
    console.log(`  !!! NOT TESTED, because it could not be had: ${name}`);
    rows.push({ name: `${name} (not available)`, passed: 0, failed: 0, skipped: 1, seconds: 0 });
  }
}

function wanted(path: string): boolean {
  return filters.length === 0 || filters.some((filter) => path.includes(filter));
}

async function keep(running: Promise<Row>): Promise<void> {
  const row = await running;
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
