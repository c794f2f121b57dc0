// Emits the declarations of src/ into dist/types/.

import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tsc } from '../commands.ts';
import { filesUnder, inRoot, whenChanged, writeIfChanged } from '../files.ts';

/** Throws with the compiler's own words when src/ has a type error. */
export async function buildDeclarations(): Promise<void> {
  if (!existsSync(inRoot('src/index.ts'))) return console.log('types: src/index.ts is not there yet');
  const inputs = [
    ...filesUnder('src', /\.(ts|json)$/),
    'tsconfig.json',
    'tsconfig.build.json',
    'package-lock.json',
  ];
  const outputs = ['dist/types/index.d.ts', 'dist/types/package.json'];
  const ran = await whenChanged({ name: 'declarations', inputs, outputs }, async () => {
    const fresh = inRoot(`build/types-${process.pid}`);
    const outcome = await tsc(['-p', 'tsconfig.build.json', '--outDir', fresh]);
    // The instance is CommonJS for both kinds of importer, and there is one set of types, so that
    // augmenting the module (PythonModules) reaches both.
    writeIfChanged(join(fresh, 'package.json'), '{ "type": "commonjs" }\n');
    rmSync(inRoot('dist/types'), { recursive: true, force: true });
    mkdirSync(inRoot('dist'), { recursive: true });
    renameSync(fresh, inRoot('dist/types'));
    if (!outcome.ok) throw new Error(`type errors in src/:\n${outcome.output}`);
  });
  if (ran) console.log('types: dist/types');
}
