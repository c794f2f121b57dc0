import assert from 'node:assert/strict';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type Ended, runCommand } from '../support/program.ts';

const copies: string[] = [];
after(() => {
  for (const folder of copies) rmSync(folder, { recursive: true, force: true });
});

/** A copy of the package that has not been used yet. */
function freshCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'caduceus-kept-'));
  const filter = (path: string) => !path.endsWith('cache');
  for (const name of ['dist', 'package.json', 'python']) {
    cpSync(name, join(folder, name), { recursive: true, filter });
  }
  // A whole second, which utimes can put back.
  utimesSync(join(folder, 'python/caduceus/_undefined.py'), 1e9, 1e9);
  copies.push(folder);
  return folder;
}

const source =
  "try { require('./dist/index.cjs').py.import(''); } catch (error) { console.log(error.message); }";

function run(folder: string, env: NodeJS.ProcessEnv = {}, flags: string[] = []): Promise<Ended> {
  return runCommand(process.execPath, [...flags, '-e', source], { cwd: folder, env });
}

const allKept = (folder: string) =>
  readdirSync(join(folder, 'dist')).includes('cache') ? readdirSync(join(folder, 'dist/cache')) : [];
const kept = (folder: string) => allKept(folder).filter((name) => !name.startsWith('python'));
const keptOfPython = (folder: string) => allKept(folder).filter((name) => name.startsWith('python'));

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
    assert.equal(kept(folder).length, 1);
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
    assert.equal(kept(folder).length, 3);
  });

  test('that is damaged or of another V8 is not used', async () => {
    const folder = freshCopy();
    await run(folder);
    const [name = ''] = kept(folder);
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

/** What a function of our Python side answers, and where the code of its module came from. */
const asked = `
  const { py } = require('./dist/index.cjs');
  py.exec('from caduceus import _undefined');
  console.log(py.eval('repr(_undefined.undefined)'), py.eval('type(_undefined.__loader__).__name__'));
`;

function ask(folder: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return runCommand(process.execPath, ['-e', asked], {
    cwd: folder,
    env: { PYTHONDONTWRITEBYTECODE: '1', ...env },
  });
}

/** Another text of the same length, with the old time of change unless `noticed`. */
function changeModule(folder: string, noticed: boolean): void {
  const file = join(folder, 'python/caduceus/_undefined.py');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"undefined"', '"UNDEFINED"'));
  const time = noticed ? 2e9 : 1e9;
  utimesSync(file, time, time);
}

describe("compiled code of the package's Python side", { concurrency: 2 }, () => {
  test('is kept by the first program, and taken by the next, though Python itself may keep none', async () => {
    const folder = freshCopy();
    const first = await ask(folder);
    assert.deepEqual([first.stdout, first.stderr], ['undefined SourceFileLoader\n', '']);
    assert.equal(keptOfPython(folder).length, 1);
    changeModule(folder, false);
    assert.equal((await ask(folder)).stdout, 'undefined _Loader\n');
    assert.equal(
      (await ask(folder, { NODE_DISABLE_COMPILE_CACHE: '1' })).stdout,
      'UNDEFINED SourceFileLoader\n',
    );
    assert.equal((await ask(folder, { PYTHONOPTIMIZE: '1' })).stdout, 'UNDEFINED SourceFileLoader\n');
  });

  test('is kept anew when a module has changed', async () => {
    const folder = freshCopy();
    await ask(folder);
    changeModule(folder, true);
    assert.equal((await ask(folder)).stdout, 'UNDEFINED SourceFileLoader\n');
    assert.equal((await ask(folder)).stdout, 'UNDEFINED _Loader\n');
  });

  test('that is damaged or of another folder is not used, and kept anew', async () => {
    const folder = freshCopy();
    await ask(folder);
    const [name = ''] = keptOfPython(folder);
    const path = join(folder, 'dist/cache', name);
    const whole = readFileSync(path);
    const digits = Buffer.from('99999999');
    for (const damaged of [
      Buffer.alloc(0),
      Buffer.from('nonsense'),
      whole.subarray(0, whole.length >> 1),
      Buffer.concat([whole.subarray(0, -8), digits]),
      Buffer.concat([whole.subarray(0, -300), Buffer.alloc(292, 1), whole.subarray(-8)]),
    ]) {
      writeFileSync(path, damaged);
      const ended = await ask(folder);
      assert.deepEqual([ended.status, ended.stdout, ended.stderr], [0, 'undefined SourceFileLoader\n', '']);
      assert.equal((await ask(folder)).stdout, 'undefined _Loader\n');
    }
    const moved = `${folder}-moved`;
    renameSync(folder, moved);
    copies.push(moved);
    assert.equal((await ask(moved)).stdout, 'undefined SourceFileLoader\n');
    assert.equal((await ask(moved)).stdout, 'undefined _Loader\n');
  });

  test('that another program replaces while this one runs is not mixed up', async () => {
    const folder = freshCopy();
    await ask(folder);
    const [name = ''] = keptOfPython(folder);
    const source = `
      const fs = require('node:fs');
      const { py } = require('./dist/index.cjs');
      py.exec('pass');
      const path = ${JSON.stringify(join(folder, 'dist/cache', name))};
      const bytes = fs.readFileSync(path);
      for (const other of [bytes.map((byte) => byte ^ 1), bytes.subarray(0, 100), undefined]) {
        if (other) fs.writeFileSync(path, other); else fs.unlinkSync(path);
        py.exec('import sys; sys.modules.pop("caduceus._undefined", None); from caduceus import _undefined');
        console.log(py.eval('repr(_undefined.undefined)'));
      }
    `;
    const ended = await runCommand(process.execPath, ['-e', source], { cwd: folder });
    assert.deepEqual(
      [ended.status, ended.stdout, ended.stderr],
      [0, 'undefined\nundefined\nundefined\n', ''],
    );
  });
});
