// The type tests: src/ and every file of test/types/ compile as a strict user of the package would compile them.

import { buildDeclarations } from '../build/declarations.ts';
import { tsc } from '../commands.ts';
import { filesUnder } from '../files.ts';
import { indent } from './run-file.ts';
import type { Row } from './run-pairs.ts';

const options = [
  ...['--ignoreConfig', '--noEmit', '--strict', '--noUncheckedIndexedAccess', '--skipLibCheck'],
  ...['--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,esnext.disposable', '--types', 'node'],
  '--allowImportingTsExtensions',
];

/** One test for the declarations of src/ and one for each file of test/types/. */
export async function runTypeTests(): Promise<Row> {
  const started = performance.now();
  const row: Row = { name: 'types', passed: 0, failed: 0, skipped: 0, seconds: 0 };
  try {
    await buildDeclarations();
    row.passed += 1;
  } catch (error) {
    row.failed += 1;
    console.log(`\ntypes: ${error instanceof Error ? indent(error.message) : error}`);
  }
  const files = filesUnder('test/types', /\.ts$/);
  if (files.length > 0) {
    const { ok, output } = await tsc([...options, ...files]);
    const failing = files.filter((file) => output.includes(file)).length;
    row.failed += ok ? 0 : Math.max(failing, 1);
    row.passed += ok ? files.length : files.length - failing;
    if (!ok) console.log(`\ntypes:\n${indent(output)}`);
  }
  row.seconds = (performance.now() - started) / 1000;
  return row;
}
