// Runs one test file in a Node process of its own, under a hard limit, and reads what came of it.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { inRoot, root } from '../files.ts';
import { descendants, dumpStacks, killTree } from './hang.ts';
import type { Times } from './times.ts';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export interface FileResult extends Counts {
  /** What to show: empty when nothing failed. */
  report: string;
  times: Times;
}

interface Event {
  type: 'start' | 'pass' | 'fail' | 'note' | 'end';
  name: string;
  nesting: number;
  suite?: boolean;
  skipped?: boolean;
  inherited?: boolean;
  ms?: number;
  cpu?: number;
  error?: string;
  text?: string;
}

/** A file is given up when nothing was heard of it for so long, or when it took so long in all; a test ends before. */
const testLimit = 120_000;
const silenceLimit = 150_000;
const totalLimit = 300_000;

const reporter = new URL('./reporter.mjs', import.meta.url).href;
let runs = 0;

export async function runFile(
  executable: string,
  file: string,
  env: NodeJS.ProcessEnv,
  flags: string[],
): Promise<FileResult> {
  const events = inRoot('build/test-events', `${process.pid}-${++runs}.jsonl`);
  mkdirSync(inRoot('build/test-events'), { recursive: true });
  const fixed = [
    '--enable-source-maps',
    '--expose-gc',
    `--test-timeout=${testLimit}`,
    `--test-reporter=${reporter}`,
  ];
  const args = [...fixed, '--test-reporter-destination=stdout', ...flags, inRoot('build/test', `${file}.js`)];
  // In a group of its own, so that it can be ended with everything it started.
  const child = spawn(executable, args, {
    cwd: root,
    env: { ...env, CADUCEUS_TEST_REPORT: events },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const started = performance.now();
  const ended = await watch(child, () => (existsSync(events) ? statSync(events).size : 0));
  const lines = existsSync(events) ? readFileSync(events, 'utf8').split('\n').filter(Boolean) : [];
  rmSync(events, { force: true });
  const told: Event[] = lines.map((line) => JSON.parse(line));
  const seconds = (performance.now() - started) / 1000;
  return { ...judge(told, ended), times: timesOf(told, seconds) };
}

function timesOf(events: Event[], seconds: number): Times {
  const tests = events
    .filter(({ type, suite }) => (type === 'pass' || type === 'fail') && !suite)
    .map(({ name, ms = 0 }) => ({ name, seconds: ms / 1000 }));
  return { seconds, cpu: events.at(-1)?.cpu ?? 0, tests };
}

/** How a watched process ended; `problem` is empty unless it had to be killed or could not start. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  problem: string;
}

/** Waits for the process and everything it started; kills them, with a dump of the stacks, at the limit. */
export function watch(child: ChildProcess, progress: () => number = () => 0): Promise<Ended> {
  return new Promise((resolve) => {
    const started = Date.now();
    let heard = started;
    let seen = 0;
    let problem = '';
    const chunks: Buffer[] = [];
    const hear = (chunk: Buffer) => {
      heard = Date.now();
      chunks.push(chunk);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    running.add(child);

    const timer = setInterval(async () => {
      const size = progress();
      if (size !== seen) heard = Date.now();
      seen = size;
      const silent = Date.now() - heard > silenceLimit;
      if (!silent && Date.now() - started < totalLimit) return;
      clearInterval(timer);
      const pids = await descendants(child.pid as number);
      problem = silent
        ? `hung: nothing was heard for ${silenceLimit / 1000} s`
        : `ran over ${totalLimit / 1000} s`;
      problem += `\n${await dumpStacks(pids)}`;
      killTree(child.pid as number, pids);
      // A grandchild that left the group may still hold the pipes: the end of the process itself is enough.
      setTimeout(() => finish(null, 'SIGKILL'), 5000).unref();
    }, 500);

    const finish = (code: number | null, signal: NodeJS.Signals | null) => {
      clearInterval(timer);
      running.delete(child);
      resolve({ code, signal, output: Buffer.concat(chunks).toString(), problem });
    };
    child.on('error', (error) => {
      problem = error.message;
      finish(null, null);
    });
    child.on('close', finish);
  });
}

const running = new Set<ChildProcess>();

/** Ends everything that runs: for an interrupted runner, whose signals do not reach groups of their own. */
export function killRunning(): void {
  for (const child of running) if (child.pid) killTree(child.pid, []);
}

function judge(events: Event[], ended: Ended): Counts & { report: string } {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const shown: string[] = [];
  const notes: string[] = [];
  const path: string[] = [];
  for (const event of events) {
    if (event.type === 'note') notes.push(event.text ?? '');
    if (event.type !== 'start' && event.type !== 'pass' && event.type !== 'fail') continue;
    path.length = event.nesting;
    path.push(event.name);
    if (event.type === 'start') continue;
    if (event.skipped) counts.skipped += event.suite ? 0 : 1;
    else if (event.type === 'pass') counts.passed += event.suite ? 0 : 1;
    else if (!event.inherited) {
      counts.failed += 1;
      shown.push(`✗ ${path.join(' › ')}\n${indent(event.error ?? '')}`);
    }
  }
  const problem = unexpectedEnd(events, ended, counts, path);
  if (problem) {
    counts.failed += 1;
    shown.push(`✗ the process ${problem}`);
  }
  if (shown.length > 0) shown.push(...notes);
  if (shown.length > 0 && ended.output.trim()) shown.push(`its output:\n${indent(tail(ended.output, 80))}`);
  return { ...counts, report: shown.join('\n') };
}

function unexpectedEnd(events: Event[], ended: Ended, counts: Counts, path: string[]): string {
  const { code, signal, problem } = ended;
  const finished = events.at(-1)?.type === 'end';
  const last = path.length > 0 ? `after '${path.join(' › ')}'` : 'before its first test was done';
  const where = finished ? 'after its last test' : last;
  if (problem) return `${where} ${problem}`;
  if (signal) return `was ended by ${signal} ${where}`;
  if (!finished) return `exited with ${code} before its tests were done, ${where}`;
  if (code !== 0 && counts.failed === 0) return `exited with ${code} although no test failed`;
  return '';
}

export function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '    ').trimEnd();
}

export function tail(text: string, lines: number): string {
  const all = text.trimEnd().split('\n');
  return all.length > lines
    ? `… ${all.length - lines} lines before\n${all.slice(-lines).join('\n')}`
    : all.join('\n');
}
