// Runs a program in a process of its own, under a hard limit: for ends, crashes, hangs and standard streams.

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { descendants, dumpStacks, killTree } from '../../scripts/test/hang.ts';

export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  milliseconds: number;
}

export interface ProgramOptions {
  /** Added to the environment; undefined takes a variable away. */
  env?: NodeJS.ProcessEnv;
  /** Written to standard input, which is then closed. Default: nothing to read. */
  input?: string | Buffer;
  stdio?: SpawnOptions['stdio'];
  /** Seconds until it counts as hung. */
  limit?: number;
  cwd?: string;
  /** Called once it runs. */
  meanwhile?: (child: ChildProcess) => void;
}

const imports = `import { createRequire } from 'node:module';
const require = createRequire(process.cwd() + '/program.mjs');
const { py, kw, at, start, PythonError, BridgeError } = require('caduceus');
`;

/** The command line that runs `source`, an ES module's text in which the package's exports are in scope. */
export function nodeArguments(source: string): string[] {
  return ['--expose-gc', '--input-type=module', '-e', imports + source];
}

/** The text of a worker with the same names in scope, for `new Worker(…, { eval: true })`: a module too. */
export function workerSource(source: string): string {
  return JSON.stringify(
    `${imports}const { parentPort, workerData } = require('node:worker_threads');\n${source}`,
  );
}

/** The beginning of a main program: `begin(source, workerData)` starts a worker that tells how it ended. */
export const beginsWorkers = `
const { Worker } = require('node:worker_threads');
const { once } = require('node:events');
const begin = (source, workerData) => {
  const worker = new Worker(source, { eval: true, workerData });
  worker.errors = [];
  worker.on('error', (error) => worker.errors.push(error));
  worker.ended = new Promise((resolve) => worker.on('exit', resolve));
  return worker;
};
`;

/** A main program that stays idle while a worker runs `source`; it tells how the worker ended. */
export function inWorker(source: string): string {
  return `${beginsWorkers}py.eval('1'); // the main thread starts Python
const worker = begin(${workerSource(source)});
console.log('ended', await worker.ended, ...worker.errors);
`;
}

/** Runs `source` in a Node of its own. */
export function runProgram(source: string, options: ProgramOptions = {}): Promise<Ended> {
  return runCommand(process.execPath, nodeArguments(source), options);
}

/** Runs a command; an Error with the stacks of its threads if it does not end in time. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Ended> {
  const { env, input, stdio = 'pipe', limit = 30, cwd = process.cwd(), meanwhile } = options;
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...inherited } = process.env;
  const started = performance.now();
  const child = spawn(command, args, { cwd, stdio, detached: true, env: { ...inherited, ...env } });
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (chunk) => stdout.push(chunk));
    child.stderr?.on('data', (chunk) => stderr.push(chunk));
    child.stdin?.on('error', () => {}); // it need not read what it gets
    child.stdin?.end(input);
    const timer = setTimeout(async () => {
      const pid = child.pid as number;
      const pids = await descendants(pid);
      const stacks = await dumpStacks(pids);
      killTree(pid, pids);
      const said = `${Buffer.concat(stdout)}${Buffer.concat(stderr)}`.slice(-4000);
      reject(new Error(`still running after ${limit} s; it said:\n${said}\n${stacks}`));
    }, limit * 1000);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({
        status,
        signal,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
        milliseconds: performance.now() - started,
      });
    });
    meanwhile?.(child);
  });
}
