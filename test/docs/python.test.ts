// The Python examples of the documentation, and the one in examples/, run by `caduceus`.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type Ended, runCommand } from '../support/program.ts';
import { root } from './blocks.ts';

const folder = mkdtempSync(join(tmpdir(), 'caduceus-docs-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const page = 'docs/python.md';
const blocks = [...readFileSync(join(root, page), 'utf8').matchAll(/^```python\n([\s\S]*?)^```$/gm)];

const caduceus = (...args: string[]): Promise<Ended> =>
  runCommand(process.execPath, [join(root, 'dist/cli.cjs'), ...args], { cwd: folder });

describe('the examples for Python', { concurrency: 2 }, () => {
  test('are there', () => assert.ok(blocks.length > 5));

  for (const [index, [, code = '']] of blocks.entries()) {
    test(`number ${index + 1} of ${page} runs and prints what it says`, async () => {
      const file = join(folder, `example${index}.py`);
      writeFileSync(file, code);
      const expected = [...code.matchAll(/\bprint\(.*\) {2}# (.+)$/gm)].map((match) => match[1] ?? '');
      const ended = await caduceus(file);
      assert.equal(ended.status, 0, ended.stderr);
      assert.deepEqual(ended.stdout.trimEnd().split('\n'), expected);
    });
  }

  test('examples/markdown.py renders a page', async () => {
    const markdown = join(folder, 'page.md');
    writeFileSync(markdown, '# One & only\n\ntext\n\n## Two\n\n## Two\n');
    const ended = await caduceus(join(root, 'examples/markdown.py'), markdown);
    assert.equal(ended.status, 0, ended.stderr);
    assert.match(
      ended.stdout,
      /^page\.md: \d+ characters of HTML, 0 blocks of code\nOne & only {2}#one-only\n/,
    );
    assert.match(ended.stdout, /\n {2}Two {2}#two\n {2}Two {2}#two-2\n$/);
  });
});
