// Bundles src/ into dist/: one CommonJS instance of the package, and an ES module that re-exports that instance.

import { chmodSync, existsSync } from 'node:fs';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { filesUnder, inRoot, root, whenChanged, writeIfChanged } from '../files.ts';

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  keepNames: true,
  metafile: true,
  write: false,
  logLevel: 'silent',
  // What a module of src/ sees of its own place is the bundle's place: dist/, beside dist/native/ and ../python/.
  define: {
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
    'import.meta.url': '__bundle_url',
  },
  banner: { js: "const __bundle_url = require('node:url').pathToFileURL(__filename).href;" },
} satisfies BuildOptions;

/** Builds dist/index.cjs, dist/index.mjs and dist/cli.cjs. */
export async function buildBundles(): Promise<void> {
  if (!existsSync(inRoot('src/index.ts'))) return console.log('bundle: src/index.ts is not there yet');
  const inputs = [...filesUnder('src', /\.(ts|json|py)$/), 'package-lock.json', 'scripts/build/bundle.ts'];
  const outputs = ['dist/index.cjs', 'dist/index.mjs'];
  const hasCli = existsSync(inRoot('src/cli/main.ts'));
  if (hasCli) outputs.push('dist/cli.cjs');
  const ran = await whenChanged({ name: 'bundle', inputs, outputs }, async () => {
    await bundleIndex();
    if (hasCli) await bundleCli();
  });
  if (ran) console.log(`bundle: ${outputs.join(', ')}`);
}

async function bundleIndex(): Promise<void> {
  const entryPoints = ['src/index.ts'];
  const cjs = await build({ ...shared, entryPoints, format: 'cjs', outfile: 'dist/index.cjs' });
  for (const file of cjs.outputFiles) writeIfChanged(file.path, file.contents);

  // Only an ES module bundle lists its export names.
  const esm = await build({ ...shared, entryPoints, format: 'esm', outfile: 'dist/index.mjs' });
  const names = esm.metafile.outputs['dist/index.mjs']?.exports ?? [];
  writeIfChanged(inRoot('dist/index.mjs'), wrapper(names.filter((name) => name !== 'default').sort()));
}

/** `import` hands out the very objects that `require` does: one instance per process, whoever loads it how. */
function wrapper(names: string[]): string {
  return [
    // Not a static import: Node would run its lexer over the bundle to guess the names that stand here.
    "import { createRequire } from 'node:module';",
    "const api = createRequire(import.meta.url)('./index.cjs');",
    ...names.map((name) => `export const ${name} = api.${name};`),
    'export default api;',
    '',
  ].join('\n');
}

async function bundleCli(): Promise<void> {
  const result = await build({
    ...shared,
    entryPoints: ['src/cli/main.ts'],
    format: 'cjs',
    outfile: 'dist/cli.cjs',
    plugins: [indexIsShared],
    banner: { js: `#!/usr/bin/env node\n${shared.banner.js}` },
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
  chmodSync(inRoot('dist/cli.cjs'), 0o755);
}

const indexIsShared: Plugin = {
  name: 'index-is-shared',
  setup(build) {
    build.onResolve({ filter: /^(\.\.\/)+index\.ts$/ }, () => ({ path: './index.cjs', external: true }));
  },
};
