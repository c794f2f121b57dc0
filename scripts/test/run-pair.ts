// Runs the test files, or the smoke test, of one (runtime, Python) pair.

import { spawn } from 'node:child_process';
import { inRoot, root } from '../files.ts';
import type { Pair } from './plan.ts';
import { type Counts, indent, runFile, tail, watch } from './run-file.ts';
import { noteTimes } from './times.ts';
import { venvFor } from './venvs.ts';

export interface Row extends Counts {
  name: string;
  seconds: number;
  /** Files that failed and then passed alone. */
  unsteady?: string[];
}

export interface PairOptions {
  files: string[];
  jobs: number;
  flags: string[];
  /** Whether a file that fails is run once more, alone. */
  retry: boolean;
}

export async function runPair(pair: Pair, { files, jobs, flags, retry }: PairOptions): Promise<Row> {
  const name = pairName(pair);
  const started = performance.now();
  const row: Row = { name, passed: 0, failed: 0, skipped: 0, seconds: 0 };
  const env = await environmentFor(pair);
  const take = (title: string, result: Counts & { report: string }) => {
    row.passed += result.passed;
    row.failed += result.failed;
    row.skipped += result.skipped;
    if (result.report) console.log(`\n${name}: ${title}\n${indent(result.report)}`);
  };
  if (pair.smoke) take(smokeTest, await runSmoke(pair, env));
  else {
    const waiting = [...files];
    const again: string[] = [];
    const run = (file: string) => runFile(pair.runtime.executable, file, env, flags);
    const worker = async () => {
      for (let file = waiting.shift(); file; file = waiting.shift()) {
        const result = await run(file);
        noteTimes(file, result.times);
        if (result.failed === 0 || !retry) {
          take(`test/${file}.ts`, result);
        } else {
          again.push(file);
          console.log(`\n${name}: test/${file}.ts failed and runs again\n${indent(result.report)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: jobs }, worker));
    for (const file of again) {
      const result = await run(file);
      take(`test/${file}.ts, again`, result);
      if (result.failed === 0) row.unsteady = [...(row.unsteady ?? []), `${name}: test/${file}.ts`];
    }
  }
  row.seconds = (performance.now() - started) / 1000;
  return row;
}

export function pairName({ runtime, python }: Pair): string {
  return `${runtime.name}, Python ${python.flavour}`;
}

export const smokeTest = 'test/runtimes/smoke.mjs';

/** Nothing of the developer's own Python or Node setup reaches the tests. */
async function environmentFor({ python }: Pair): Promise<NodeJS.ProcessEnv> {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (
      /^(PYTHON(?!DONTWRITEBYTECODE)|VIRTUAL_ENV|CONDA_|NODE_OPTIONS|NODE_TEST_CONTEXT|CADUCEUS_(?!FULL_ROWS))/.test(
        name,
      )
    ) {
      delete env[name];
    }
  }
  env.CADUCEUS_PYTHON = python.executable;
  const venv = await venvFor(python);
  if (venv) env.CADUCEUS_TEST_VENV = venv;
  return env;
}

async function runSmoke(pair: Pair, env: NodeJS.ProcessEnv): Promise<Counts & { report: string }> {
  const args = pair.runtime.name.startsWith('deno') ? ['run', '-A', '--no-lock'] : [];
  const options = {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
    detached: true,
  };
  const ended = await watch(spawn(pair.runtime.executable, [...args, inRoot(smokeTest)], options));
  const said = ended.output.trimEnd().endsWith('smoke ok');
  if (ended.code === 0 && said) return { passed: 1, failed: 0, skipped: 0, report: '' };
  const how = ended.problem || (ended.signal ? `ended by ${ended.signal}` : `exit status ${ended.code}`);
  const why = said ? how : `${how}, without a last line 'smoke ok'`;
  return { passed: 0, failed: 1, skipped: 0, report: `✗ ${why}\n${indent(tail(ended.output, 80))}` };
}
