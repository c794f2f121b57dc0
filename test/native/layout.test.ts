import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { py } from 'caduceus';

const { native, version } = py.info;

function stringsAreReadInPlace(): boolean {
  return (createRequire(import.meta.url)(native) as { state(): boolean }).state();
}

test('the layout of strings is measured on every version that is supported', () => {
  assert.equal(stringsAreReadInPlace(), true, `Python ${version} falls back to copying each string`);
});

test('what lies uninitialized beside the measured bits does not mislead', () => {
  // Other environments give other memory to the strings that are measured.
  const script = `
    const { py } = require('caduceus');
    process.stdout.write(String(require(py.info.native).state()));`;
  for (let size = 0; size < 5; size++) {
    const env = { ...process.env, PADDING: 'x'.repeat(1 + size * 37) };
    assert.equal(execFileSync(process.execPath, ['-e', script], { env, encoding: 'utf8' }), 'true');
  }
});

test('strings of every kind arrive as they are', () => {
  for (const text of [
    '',
    'a',
    'é',
    'Āb',
    '€'.repeat(1000),
    '😀',
    'a😀'.repeat(999),
    '\ud800',
    'x\udc00y',
    '\0',
  ]) {
    assert.equal(py`${text}`, text);
  }
});
