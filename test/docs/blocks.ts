// The TypeScript examples of the documentation: where they stand, and running them.

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transform } from 'esbuild';

/** The repository's folder, wherever the tests were transpiled to. */
export const root = dirname(createRequire(import.meta.url).resolve('caduceus/package.json'));

export interface Block {
  /** 'docs/guide.md:12' */
  place: string;
  code: string;
  /** What its lines `console.log(…); // text` must print, in this order. */
  expected: string[];
  /** It decides about the interpreter or ends it, so that it needs a process of its own. */
  alone: boolean;
}

const ownImport = /^import .* from 'caduceus';$/m;
const usual = "import { at, BridgeError, kw, PythonError, py, start } from 'caduceus';\n";

/** The ```ts blocks of a Markdown file, or of the TSDoc comments of a source file. */
export function blocksOf(path: string): Block[] {
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  const inComment = path.endsWith('.ts');
  const blocks: Block[] = [];
  let open: { line: number; code: string[] } | undefined;
  for (const [index, whole] of lines.entries()) {
    const line = inComment ? whole.replace(/^\s*\* ?/, '') : whole;
    if (open && line.trimEnd() === '```') {
      blocks.push(block(`${path}:${open.line}`, open.code.join('\n')));
      open = undefined;
    } else if (open) open.code.push(line);
    else if (line.trimEnd() === '```ts') open = { line: index + 1, code: [] };
  }
  return blocks;
}

function block(place: string, body: string): Block {
  const code = ownImport.test(body) ? body : usual + body;
  const expected = [...body.matchAll(/^.*console\.log\(.*\);? \/\/ (.+)$/gm)].map((match) => match[1] ?? '');
  return { place, code, expected, alone: /\b(start|py\.close)\(|process\.exit|await using/.test(body) };
}

/** The Markdown files of the repository and the sources. */
export function documents(): string[] {
  const within = (folder: string, ending: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending))
      .map((name) => join(folder, name));
  const top = readdirSync(root).filter((name) => name.endsWith('.md'));
  return [...top, ...within('docs', '.md'), ...within('src', '.ts')].sort();
}

export interface Ran {
  output: string;
  /** Why the block did not run to its end; empty if it did. */
  problem: string;
}

const mark = '@@ block ';

/** Runs blocks one after the other in one process; each is a module of its own. */
export async function run(blocks: readonly Block[], folder: string): Promise<Map<Block, Ran>> {
  const place = join(root, 'build', 'docs', folder);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const main: string[] = [];
  for (const [index, { code }] of blocks.entries()) {
    const options = { loader: 'ts', format: 'esm', target: 'node20' } as const;
    writeFileSync(join(place, `${index}.mjs`), (await transform(code, options)).code);
    main.push(`process.stdout.write('${mark}${index}\\n');`, `await import('./${index}.mjs');`);
  }
  writeFileSync(join(place, 'main.mjs'), [...main, `process.stdout.write('${mark}end\\n');`].join('\n'));
  const child = spawnSync(process.execPath, [pathToFileURL(join(place, 'main.mjs')).pathname], {
    cwd: place,
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  const parts = child.stdout.split(mark).slice(1);
  const failure = `${child.signal ?? `status ${child.status}`}\n${child.stderr}`;
  const results = blocks.map((one, index): [Block, Ran] => {
    const output = parts[index]?.slice(`${index}\n`.length);
    const reached = output !== undefined;
    const ended = parts.length > index + 1 || child.status === 0;
    return [one, { output: output ?? '', problem: reached && ended ? '' : `did not end well: ${failure}` }];
  });
  if (child.status !== 0) {
    // A process that ends badly after its last block has no block to blame but the last one.
    const last = results.findLast(([, ran]) => ran.problem === '') ?? results[0];
    if (last && results.every(([, ran]) => ran.problem === '')) last[1].problem = failure;
  }
  rmSync(place, { recursive: true, force: true });
  return new Map(results);
}
