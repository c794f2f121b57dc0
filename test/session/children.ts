import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a child program ended. */
export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

const folder = mkdtempSync(join(process.cwd(), 'build', 'session-children-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
let count = 0;

/** Runs a module in a Node process of its own, inside the package, and waits for its end under a hard limit. */
export function run(code: string, env: NodeJS.ProcessEnv = {}, args: string[] = []): Ended {
  const path = join(folder, `program-${++count}.mjs`);
  writeFileSync(path, code);
  const child = spawnSync(process.execPath, ['--expose-gc', path, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
    killSignal: 'SIGKILL',
    env: { ...process.env, ...env },
  });
  return { status: child.status, signal: child.signal, stdout: child.stdout, stderr: child.stderr };
}

/** The JSON that a child program prints, which must end well. */
export function answer(code: string, env: NodeJS.ProcessEnv = {}, args: string[] = []): any {
  const ended = run(code, env, args);
  if (ended.status !== 0) throw new Error(`ended with ${ended.status ?? ended.signal}: ${ended.stderr}`);
  return JSON.parse(ended.stdout);
}
