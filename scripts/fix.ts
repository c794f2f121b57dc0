// `npm run fix`: applies what the formatters and the safe fixes of the linters can do by themselves.
// Files and folders as arguments restrict it to these.

import { repositoryFiles } from './check/source.ts';
import { installTools, tool } from './check/tools.ts';
import { run } from './commands.ts';
import { inRoot } from './files.ts';

const named = process.argv.slice(2).map((name) => name.replace(/\/$/, ''));
const all = repositoryFiles();
const files =
  named.length > 0 ? all.filter((path) => named.some((name) => `${path}/`.startsWith(`${name}/`))) : all;
const pick = (pattern: RegExp) => files.filter((path) => pattern.test(path));

const web = pick(/\.(ts|cts|mts|js|mjs|cjs)$|^[^/]*\.json$/).filter(
  (path) => !path.endsWith('package-lock.json'),
);
const cpp = pick(/\.(cpp|hpp|h)$/);
const python = pick(/\.pyi?$/);

await installTools();
await fix(
  process.execPath,
  [inRoot('node_modules/@biomejs/biome/bin/biome'), 'check', '--write', '--colors=off'],
  web,
);
await fix(tool('ruff'), ['check', '--fix', '--quiet'], python);
await fix(tool('ruff'), ['format', '--quiet'], python);
await fix(tool('clang-format'), ['-i'], cpp);

async function fix(command: string, args: string[], paths: string[]): Promise<void> {
  if (paths.length === 0) return;
  const { ok, output } = await run(command, [...args, ...paths]);
  if (ok) return;
  console.log(output.trim());
  process.exitCode = 1;
}
