// Runs the test files, or the smoke test, of each (runtime, Python) pair.

import { spawn } from 'node:child_process';
import { run } from '../commands.ts';
import { inRoot, root } from '../files.ts';
import type { Interpreter } from './interpreters.ts';
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

export interface RunOptions {
  /** How many files run at a time. */
  jobs: number;
  flags: string[];
  /** Whether a file that fails is run once more, alone, after all others. */
  retry: boolean;
  /** Called with each pair's row once its last file is done. */
  done: (row: Row) => void;
}

/** A file, or the smoke test, on a pair. */
interface Task {
  of: Running;
  title: string;
  run: () => Promise<Result>;
}

type Result = Counts & { report: string };

/** A pair of which files are still to be run. */
interface Running {
  row: Row;
  left: number;
  /** When its first file began. */
  started: number;
}

/** The last files of a pair run beside the first ones of the next. */
export async function runPairs(pairs: Pair[], { jobs, flags, retry, done }: RunOptions): Promise<void> {
  const waiting = pairs.flatMap((pair) => tasksOf(pair, flags));
  const again: Task[] = [];
  const take = ({ of, title }: Task, { passed, failed, skipped, report }: Result) => {
    of.row.passed += passed;
    of.row.failed += failed;
    of.row.skipped += skipped;
    if (report) console.log(`\n${of.row.name}: ${title}\n${indent(report)}`);
    of.left -= 1;
    of.row.seconds = (performance.now() - of.started) / 1000;
    if (of.left === 0) done(of.row);
  };
  const worker = async () => {
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      const result = await task.run();
      if (result.failed === 0 || !retry) {
        take(task, result);
      } else {
        again.push(task);
        console.log(`\n${task.of.row.name}: ${task.title} failed and runs again\n${indent(result.report)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  for (const task of again) {
    const result = await task.run();
    const { row } = task.of;
    if (result.failed === 0) row.unsteady = [...(row.unsteady ?? []), `${row.name}: ${task.title}`];
    take(task, result);
  }
}

function tasksOf(pair: Pair, flags: string[]): Task[] {
  const row = { name: pairName(pair), passed: 0, failed: 0, skipped: 0, seconds: 0 };
  const of: Running = { row, left: pair.smoke ? 1 : pair.files.length, started: 0 };
  let environment: Promise<NodeJS.ProcessEnv> | undefined;
  const task = (title: string, run: (env: NodeJS.ProcessEnv) => Promise<Result>): Task => ({
    of,
    title,
    run: async () => {
      of.started ||= performance.now();
      environment ??= environmentFor(pair);
      return run(await environment);
    },
  });
  if (pair.smoke) return [task(smokeTest, (env) => runSmoke(pair, env))];
  return pair.files.map((file) =>
    task(`test/${file}.ts`, async (env) => {
      const result = await runFile(pair.runtime.executable, file, env, flags);
      noteTimes(file, result.times);
      return result;
    }),
  );
}

export function pairName({ runtime, python }: Pair): string {
  return `${runtime.name}, Python ${python.flavour}`;
}

export const smokeTest = 'test/runtimes/smoke.mjs';

/** Nothing of the developer's own Python or Node setup reaches the tests. */
async function environmentFor({ python }: Pair): Promise<NodeJS.ProcessEnv> {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    // Node reads all of NODE_EXTRA_CA_CERTS at its start, which takes as long as everything else that it does then.
    if (/^(PYTHON(?!DONTWRITEBYTECODE)|VIRTUAL_ENV|CONDA_|NODE_|CADUCEUS_(?!FULL_ROWS))/.test(name)) {
      delete env[name];
    }
  }
  env.CADUCEUS_PYTHON = python.executable;
  const venv = await venvFor(python);
  if (venv) env.CADUCEUS_TEST_VENV = venv;
  await compilePackage(python);
  return env;
}

/** As the first program of a user leaves it; where no bytecode may be written, each of the tests would compile it. */
async function compilePackage(python: Interpreter): Promise<void> {
  const { PYTHONDONTWRITEBYTECODE: _, ...env } = process.env;
  const { ok, output } = await run(python.executable, ['-m', 'compileall', '-q', inRoot('python')], env);
  if (!ok) throw new Error(`Python ${python.flavour} cannot compile python/:\n${output}`);
}

async function runSmoke(pair: Pair, env: NodeJS.ProcessEnv): Promise<Result> {
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
