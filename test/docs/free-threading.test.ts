import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from './blocks.ts';

const table = readFileSync(join(root, 'docs/free-threading.md'), 'utf8');
const rows = [...table.matchAll(/^\| ([A-Z]\d+) \| .+? \| (.+?) \|/gm)].map(([, id = '', files = '']) => ({
  id,
  files: files.split(', '),
}));

/** The ids that the names of a file's tests begin with. */
function idsIn(path: string): string[] {
  const source = readFileSync(join(root, 'test', path), 'utf8');
  return [...source.matchAll(/\btest(?:\.\w+)?\(\s*[`'"]([A-Z]\d+): /g)].map(([, id = '']) => id);
}

const files = ['threads', 'process'].flatMap((folder) =>
  readdirSync(join(root, 'test', folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name}`),
);
const tested = new Set(files.flatMap(idsIn));

test('each row of docs/free-threading.md has a test whose name begins with its id, and each such test a row', () => {
  assert.ok(rows.length > 50);
  assert.deepEqual([...tested].sort(), rows.map(({ id }) => id).sort());
});

test('each row names first the file that its tests are in', () => {
  for (const { id, files } of rows) {
    for (const file of files) assert.ok(existsSync(join(root, 'test', `${file}.test.ts`)), `${id}: ${file}`);
    assert.ok(idsIn(`${files[0]}.test.ts`).includes(id), `${id} in ${files[0]}`);
  }
});

test('no row is missing: every hazard, rule and scenario has its number', () => {
  const wanted = { H: 7, G: 10, P: 6, R: 9, T: 6, S: 16, A: 5 };
  const ids = Object.entries(wanted).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, n) => `${letter}${n + 1}`),
  );
  assert.deepEqual(rows.map(({ id }) => id).sort(), ids.sort());
});
