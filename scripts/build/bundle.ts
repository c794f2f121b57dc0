// Bundles src/ into dist/: one CommonJS instance of the package, what loads it, and an ES module that re-exports it.

import { createHash } from 'node:crypto';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { filesUnder, inRoot, root, whenChanged, writeIfChanged } from '../files.ts';

/** In a CommonJS module `require` is at hand: loading node:module for it takes time at the start of a program. */
const requireIsThere: Plugin = {
  name: 'require-is-there',
  setup(build) {
    build.onResolve({ filter: /^node:module$/ }, ({ path }) => ({ path, namespace: 'require' }));
    build.onLoad({ filter: /./, namespace: 'require' }, () => ({
      contents: 'export const createRequire = () => require;',
    }));
  },
};

/**
 * Importing node:module takes 0.4 ms at the start of a program. Every Node that has the condition `module-sync` can do
 * without; for the others, the older ones, there is another entry.
 */
const builtinsAreThere: Plugin = {
  name: 'builtins-are-there',
  setup(build) {
    build.onResolve({ filter: /^node:module$/ }, ({ path }) => ({ path, namespace: 'builtins' }));
    build.onLoad({ filter: /./, namespace: 'builtins' }, () => ({
      contents:
        "export const createRequire = (place) => process.getBuiltinModule('node:module').createRequire(place);",
    }));
  },
};

/** Names stay as they are, and lines short enough for an error to show one. */
const small = { minifyWhitespace: true, lineLimit: 120 } satisfies BuildOptions;

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  metafile: true,
  write: false,
  logLevel: 'silent',
  plugins: [requireIsThere],
  // What a module of src/ sees of its own place is the bundle's place: dist/, beside dist/native/ and ../python/.
  define: {
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
    'import.meta.url': '__filename',
    // Given by src/load-bundle.ts.
    'import.meta.keepCode': 'module.keepCode',
  },
} satisfies BuildOptions;

/** Builds dist/bundle.cjs, dist/index.cjs, dist/index.mjs and dist/module-sync.mjs which hand it out, what it loads late, and dist/cli.cjs. */
export async function buildBundles(): Promise<void> {
  if (!existsSync(inRoot('src/index.ts'))) return console.log('bundle: src/index.ts is not there yet');
  const inputs = [...filesUnder('src', /\.(ts|json|py)$/), 'package-lock.json', 'scripts/build/bundle.ts'];
  const outputs = ['bundle.cjs', 'index.cjs', 'index.mjs', 'module-sync.mjs', 'resolve.cjs', 'jsdoc.cjs'].map(
    (name) => `dist/${name}`,
  );
  const hasCli = existsSync(inRoot('src/cli/main.ts'));
  if (hasCli) outputs.push('dist/cli.cjs', 'dist/python.cjs');
  const ran = await whenChanged({ name: 'bundle', inputs, outputs }, async () => {
    await bundleIndex();
    if (!hasCli) return;
    await bundleCli('src/cli/main.ts', 'dist/cli.cjs');
    await bundleCli('src/cli/python.ts', 'dist/python.cjs');
  });
  if (ran) console.log(`bundle: ${outputs.join(', ')}`);
}

async function bundleIndex(): Promise<void> {
  // Only an ES module bundle lists its export names.
  const entryPoints = ['src/index.ts'];
  const esm = await build({ ...shared, entryPoints, format: 'esm', outfile: 'dist/index.mjs' });
  const exported = esm.metafile.outputs['dist/index.mjs']?.exports ?? [];
  const names = exported.filter((name) => name !== 'default').sort();

  // Not as exports: a program's start would pay for the functions that turn those into a CommonJS module's.
  const list = `{ ${names.join(', ')} }`;
  const contents = `import ${list} from './src/index.ts'; module.exports = ${list};`;
  const stdin = { contents, resolveDir: root, sourcefile: 'bundle.ts' };
  const banner = { js: '"use strict";' };
  const cjs = await build({ ...shared, ...small, stdin, banner, format: 'cjs', outfile: 'dist/bundle.cjs' });
  for (const file of cjs.outputFiles) writeIfChanged(file.path, file.contents);
  const text = cjs.outputFiles.find((file) => file.path.endsWith('.cjs'))?.contents ?? new Uint8Array();

  const late = await build({
    ...shared,
    entryPoints: ['src/session/resolve.ts', 'src/session/jsdoc.ts'],
    format: 'cjs',
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    plugins: [],
    sourcemap: false,
  });
  for (const file of late.outputFiles) writeIfChanged(file.path, file.contents);

  await bundleEntries(text, names);
}

/** dist/index.cjs, dist/index.mjs and dist/module-sync.mjs. The code of older bundles that was kept goes. */
async function bundleEntries(text: Uint8Array, names: string[]): Promise<void> {
  const kept = {
    __bundle_hash: JSON.stringify(createHash('sha256').update(text).digest('hex').slice(0, 16)),
    __bundle_size: String(text.length),
  };
  const cjs = await build({
    ...shared,
    ...small,
    entryPoints: ['src/entry-cjs.ts'],
    format: 'cjs',
    outfile: 'dist/index.cjs',
    external: ['./bundle.cjs'],
    sourcemap: false,
    define: kept,
  });
  const module = {
    ...shared,
    ...small,
    entryPoints: ['src/entry-mjs.ts'],
    format: 'esm',
    sourcemap: false,
    define: kept,
    footer: { js: names.map((name) => `export const ${name} = api.${name};`).join('\n') },
  } satisfies BuildOptions;
  const mjs = await build({ ...module, outfile: 'dist/index.mjs', plugins: [] });
  const sync = await build({ ...module, outfile: 'dist/module-sync.mjs', plugins: [builtinsAreThere] });
  rmSync(inRoot('dist/cache'), { recursive: true, force: true });
  const files = [...cjs.outputFiles, ...mjs.outputFiles, ...sync.outputFiles];
  for (const { path, contents } of files) writeIfChanged(path, contents);
}

/** A program of its own: the `caduceus` command, and what Python programs know as python. */
async function bundleCli(entry: string, outfile: string): Promise<void> {
  const result = await build({
    ...shared,
    entryPoints: [entry],
    format: 'cjs',
    outfile,
    plugins: [requireIsThere, indexIsShared],
    banner: { js: '#!/usr/bin/env node' },
  });
  const twice = Object.keys(result.metafile.inputs).filter((path) =>
    /^src\/(python\.ts|native\/)/.test(path),
  );
  if (twice.length > 0) {
    throw new Error(
      `src/cli must reach ${twice.join(', ')} through src/index.ts: a second copy has its own state`,
    );
  }
  for (const file of result.outputFiles) writeIfChanged(file.path, file.contents);
  chmodSync(inRoot(outfile), 0o755);
}

const indexIsShared: Plugin = {
  name: 'index-is-shared',
  setup(build) {
    build.onResolve({ filter: /^(\.\.\/)+index\.ts$/ }, () => ({ path: './index.cjs', external: true }));
  },
};
