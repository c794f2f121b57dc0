// Running other programs from the scripts.

import { spawn, spawnSync } from 'node:child_process';
import { inRoot, root } from './files.ts';

export interface Outcome {
  ok: boolean;
  /** Standard output and standard error in the order in which they came. */
  output: string;
}

/** Runs a program to its end and keeps what it printed; a program that cannot be started is an outcome too. */
export function run(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const output = () => Buffer.concat(chunks).toString();
    child.on('error', (error) => resolve({ ok: false, output: `${command}: ${error.message}\n` }));
    child.on('close', (code) => resolve({ ok: code === 0, output: output() }));
  });
}

/** Runs the TypeScript compiler of this repository. */
export function tsc(args: string[]): Promise<Outcome> {
  return run(process.execPath, [inRoot('node_modules/typescript/bin/tsc'), ...args]);
}

/** Runs npm, through the very npm that started this script where there is one. */
export function npm(args: string[]): Promise<Outcome> {
  const path = process.env.npm_execpath;
  return path?.endsWith('.js') ? run(process.execPath, [path, ...args]) : run('npm', args);
}

/** Whether a program can be started at all. */
export function exists(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
}
