// Turns test/**/*.ts into plain JavaScript in build/test/, file by file and folder by folder as they are.

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { filesUnder, inRoot, root, writeIfChanged } from '../files.ts';

/**
 * Every .ts of test/ becomes a .js at the same place under build/test/, with its relative imports; all other files
 * are copied beside them. Returns the test files, as paths relative to build/test/ without the ending.
 */
export async function transpileTests(): Promise<string[]> {
  const all = filesUnder('test').filter((path) => !path.startsWith('test/types/'));
  const scripts = all.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
  const expected = new Set<string>();
  const write = (path: string, content: Uint8Array) => {
    expected.add(path);
    writeIfChanged(path, content);
  };
  if (scripts.length > 0) {
    const result = await build({
      absWorkingDir: root,
      entryPoints: scripts,
      outbase: 'test',
      outdir: 'build/test',
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      packages: 'external',
      sourcemap: true,
      keepNames: true,
      write: false,
      logLevel: 'silent',
      plugins: [keepRelativeImports],
    });
    for (const file of result.outputFiles) write(file.path, file.contents);
  }
  for (const path of all.filter((path) => !scripts.includes(path))) {
    write(inRoot('build', path), readFileSync(inRoot(path)));
  }
  removeStale(expected);
  const tests = scripts.filter((path) => path.endsWith('.test.ts'));
  return tests.map((path) => path.slice('test/'.length, -'.ts'.length));
}

/** Test files and what they share stay separate modules; what lies outside test/ is bundled in. */
const keepRelativeImports: Plugin = {
  name: 'keep-relative-imports',
  setup(build) {
    build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir, kind }) => {
      const inside = inTests(resolveDir) && inTests(join(resolveDir, path));
      return kind !== 'entry-point' && inside
        ? { path: path.replace(/\.ts$/, '.js'), external: true }
        : undefined;
    });
  },
};

function inTests(path: string): boolean {
  return `${path}/`.startsWith(`${inRoot('test')}/`);
}

function removeStale(expected: Set<string>): void {
  for (const path of filesUnder('build/test')) {
    const absolute = inRoot(path);
    if (!expected.has(absolute) && !absolute.endsWith('.tmp')) rmSync(absolute);
  }
}
