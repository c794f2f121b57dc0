// `npm run check`: every check runs, whatever the others found. Words after `--` pick checks by name.

import { buildDeclarations } from './build/declarations.ts';
import { checkDocblocks } from './check/docblocks.ts';
import { checkLayers } from './check/layers.ts';
import { checkPaths } from './check/paths.ts';
import { checkPythonTypes } from './check/python-types.ts';
import { checkSizes } from './check/sizes.ts';
import { type Finding, repositoryFiles } from './check/source.ts';
import { installTools, tool } from './check/tools.ts';
import { type Outcome, run, tsc } from './commands.ts';
import { filesUnder, inRoot } from './files.ts';

const files = repositoryFiles();
const cppFiles = files.filter((path) => /^(native|bench)\/.*\.(cpp|hpp|h)$/.test(path));
const hasPython = filesUnder('python/caduceus', /\.py$/).length > 0;

const checks: Record<string, () => Finding | Promise<Finding>> = {
  types: async () => {
    // Tests and examples import the package by its name, and so its declarations.
    const declarations = await settle(async () => {
      await buildDeclarations();
      return { problems: [] };
    });
    const everything = found(await tsc(['-p', 'tsconfig.json', '--pretty', 'false']));
    return { problems: [...declarations.problems, ...everything.problems] };
  },
  biome: async () => {
    const args = ['check', '--colors=off', '--max-diagnostics=50', '--error-on-warnings'];
    return found(await run(process.execPath, [inRoot('node_modules/@biomejs/biome/bin/biome'), ...args]));
  },
  ruff: () => withTools('ruff', ['check', '--quiet', '--output-format=concise', '.']),
  'ruff-format': () => withTools('ruff', ['format', '--quiet', '--diff', '.']),
  mypy: () => (hasPython ? withTools('mypy', ['--no-error-summary']) : nothing('python/caduceus is empty')),
  'python-types': async () => {
    await installTools();
    return checkPythonTypes();
  },
  'clang-format': () => (cppFiles.length > 0 ? clangFormat() : nothing('no C++')),
  layers: () => checkLayers(files),
  sizes: () => checkSizes(files),
  docblocks: () => checkDocblocks(),
  paths: () => checkPaths(files),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in checks));
if (unknown.length > 0) {
  console.error(`no check is called ${unknown.join(', ')}; there are: ${Object.keys(checks).join(', ')}`);
  process.exit(2);
}

const failed: string[] = [];
for (const [name, check] of Object.entries(checks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { problems, note } = await settle(check);
  console.log(`${problems.length > 0 ? '✗' : '✓'} ${name}${note ? `: ${note}` : ''}`);
  for (const problem of problems) console.log(problem.replace(/^/gm, '    '));
  if (problems.length > 0) failed.push(name);
}
console.log(failed.length > 0 ? `\nfailed: ${failed.join(', ')}` : '\nall checks passed');
process.exitCode = failed.length > 0 ? 1 : 0;

async function settle(check: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await check();
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
}

async function withTools(name: string, args: string[]): Promise<Finding> {
  await installTools();
  return found(await run(tool(name), args));
}

/** One line a file: where a line breaks says little, and `npm run fix` mends it. */
async function clangFormat(): Promise<Finding> {
  const { problems } = await withTools('clang-format', ['--dry-run', '-Werror', ...cppFiles]);
  const places = problems.flatMap((output) => [...output.matchAll(/^([^\s:]+):\d+:\d+: error/gm)]);
  const paths = [...new Set(places.map((match) => match[1]))];
  if (paths.length === 0) return { problems };
  return { problems: paths.map((path) => `${path}: is not formatted; npm run fix -- ${path}`) };
}

function found({ ok, output }: Outcome): Finding {
  return { problems: ok ? [] : [output.trim() || 'failed without a message'] };
}

function nothing(note: string): Finding {
  return { problems: [], note };
}
