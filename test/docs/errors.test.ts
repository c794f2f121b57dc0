import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { documents, root } from './blocks.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const source = read('src/errors/bridge-error.ts');
const union = /export type BridgeErrorCode =([^;]*);/.exec(source)?.[1] ?? '';
const codes = [...union.matchAll(/'(\w+)'/g)].map((match) => match[1] ?? '').sort();
const documented = [...read('docs/errors.md').matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1] ?? '');

test('docs/errors.md has every code of BridgeError once, and no other', () => {
  assert.ok(codes.length > 10);
  assert.deepEqual([...documented].sort(), codes);
});

test('every code of BridgeError is one that something throws', () => {
  const sources = documents().filter((path) => path.endsWith('.ts') && !path.endsWith('bridge-error.ts'));
  const text = sources.map(read).join('\n');
  assert.deepEqual(
    codes.filter((code) => !text.includes(`'${code}'`)),
    [],
  );
});

test('every relative link of the documentation leads to a file', () => {
  for (const path of documents().filter((path) => path.endsWith('.md'))) {
    const links = [...read(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(
      (match) => match[1] ?? '',
    );
    for (const link of links) assert.ok(existsSync(join(root, path, '..', link)), `${path}: ${link}`);
  }
});
