import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type Ended, runCommand } from '../support/program.ts';

const copies: string[] = [];
after(() => {
  for (const folder of copies) rmSync(folder, { recursive: true });
});

/** A copy of the package that has not been used yet. */
function freshCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'caduceus-kept-'));
  const filter = (path: string) => !path.endsWith('cache');
  for (const name of ['dist', 'package.json', 'python']) {
    cpSync(name, join(folder, name), { recursive: true, filter });
  }
  copies.push(folder);
  return folder;
}

const source =
  "try { require('./dist/index.cjs').py.import(''); } catch (error) { console.log(error.message); }";

function run(folder: string, env: NodeJS.ProcessEnv = {}, flags: string[] = []): Promise<Ended> {
  return runCommand(process.execPath, [...flags, '-e', source], { cwd: folder, env });
}

const kept = (folder: string) =>
  readdirSync(folder).includes('cache') ? readdirSync(join(folder, 'cache')) : [];

/** Another text of the same length: only code compiled earlier can still say the old one. */
function changeBundle(folder: string): void {
  const bundle = join(folder, 'dist/bundle.cjs');
  const text = readFileSync(bundle, 'latin1');
  writeFileSync(bundle, text.replace("a module's dotted name", "A MODULE'S DOTTED NAME"), 'latin1');
}

const skip = /^v20\.[0-9]\./.test(process.version) && 'this Node cannot keep code';

describe('compiled code of the package', { concurrency: 2, skip }, () => {
  test('is kept by the first program that uses Python, and taken by the next', async () => {
    const folder = freshCopy();
    const first = await run(folder);
    assert.match(first.stdout, /a module's dotted name/, first.stderr);
    assert.equal(kept(join(folder, 'dist')).length, 1);
    changeBundle(folder);
    assert.match((await run(folder)).stdout, /a module's dotted name/);
    const plain = await run(folder, { NODE_DISABLE_COMPILE_CACHE: '1' });
    assert.match(plain.stdout, /A MODULE'S DOTTED NAME/);
  });

  test('is kept for each set of options', async () => {
    const folder = freshCopy();
    await run(folder);
    await run(folder, {}, ['--max-old-space-size=300']);
    await run(folder, { NODE_OPTIONS: '--max-old-space-size=400' });
    assert.equal(kept(join(folder, 'dist')).length, 3);
  });

  test('that is damaged or of another V8 is not used', async () => {
    const folder = freshCopy();
    await run(folder);
    const [name = ''] = kept(join(folder, 'dist'));
    const path = join(folder, 'dist/cache', name);
    const whole = readFileSync(path);
    for (const damaged of [Buffer.alloc(0), Buffer.from('nonsense'), whole.subarray(0, whole.length >> 1)]) {
      writeFileSync(path, damaged);
      const ended = await run(folder);
      assert.deepEqual([ended.status, ended.stderr], [0, '']);
      assert.match(ended.stdout, /a module's dotted name/);
    }
  });

  test('is not kept where the folder cannot be written, which nobody notices', async () => {
    const folder = freshCopy();
    writeFileSync(join(folder, 'dist/cache'), 'a file where the folder would be');
    const ended = await run(folder);
    assert.deepEqual([ended.status, ended.stderr], [0, '']);
    assert.match(ended.stdout, /a module's dotted name/);
  });
});
