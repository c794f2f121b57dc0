import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { blocksOf, documents, root, run } from './blocks.ts';

const blocks = documents().flatMap(blocksOf);
const together = blocks.filter((block) => !block.alone);
const results = await run(together, `${process.pid}-together`);
for (const block of blocks.filter((block) => block.alone)) {
  const number = blocks.indexOf(block);
  for (const [key, ran] of await run([block], `${process.pid}-${number}`)) results.set(key, ran);
}

test('there are examples in README, the guide and the sources', () => {
  for (const path of ['README.md', 'docs/guide.md', 'src/python.ts', 'src/proxies/at.ts']) {
    assert.ok(
      blocks.some(({ place }) => place.startsWith(`${path}:`)),
      path,
    );
  }
});

for (const block of blocks) {
  test(`the example at ${block.place} runs and prints what it says`, () => {
    const { problem, output } = results.get(block) ?? { problem: 'was not run', output: '' };
    assert.equal(problem, '', output);
    let from = 0;
    const printed = output.split('\n');
    for (const text of block.expected) {
      const found = printed.indexOf(text, from);
      assert.ok(found >= 0, `'${text}' is not, or not in its place, among:\n${printed.join('\n')}`);
      from = found + 1;
    }
  });
}

test('every example compiles as a strict user would compile it', () => {
  const folder = join(root, 'build', 'docs', `${process.pid}-types`);
  mkdirSync(folder, { recursive: true });
  const files = blocks.map(({ place, code }, index) => {
    const file = join(folder, `${index}.ts`);
    writeFileSync(file, `// ${place}\n${code}\nexport {};\n`);
    return file;
  });
  const strict = ['--ignoreConfig', '--noEmit', '--strict', '--noUncheckedIndexedAccess', '--skipLibCheck'];
  const target = [
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2023,esnext.disposable',
    '--types',
    'node',
  ];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...strict, ...target, ...files], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
  rmSync(folder, { recursive: true });
});

const venv = process.env.CADUCEUS_TEST_VENV;

function example(name: string, python: string | undefined): { status: number | null; output: string } {
  const tsx = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href;
  const env = { ...process.env, ...(python ? { CADUCEUS_PYTHON: python } : {}) };
  const args = ['--import', tsx, join(root, 'examples', `${name}.ts`)];
  const child = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 60_000 });
  return { status: child.status, output: child.stdout + child.stderr };
}

function has(module: string, folder: string | undefined): boolean {
  const libraries = folder && existsSync(join(folder, 'lib')) ? readdirSync(join(folder, 'lib')) : [];
  return libraries.some((name) => existsSync(join(folder ?? '', 'lib', name, 'site-packages', module)));
}

test('the demo works with the standard library alone', () => {
  const { status, output } = example('demo', process.env.CADUCEUS_PYTHON);
  assert.equal(status, 0, output);
  assert.match(output, /^Gentoo +123 +5076 g +54\.6 g {3}▇{25}$/m);
  assert.match(output, /^Left out: 2 birds \(could not convert string to float: 'NA'\)$/m);
});

const skip = has('pandas', venv) ? false : 'CADUCEUS_TEST_VENV has no numpy and pandas';

test('the demo works with numpy and pandas', { skip }, () => {
  const { status, output } = example('demo', venv);
  assert.equal(status, 0, output);
  assert.match(output, /numpy does the fit/);
  assert.match(output, /^Gentoo +123 +5076 g +54\.6 g {3}▇{25}$/m);
  assert.match(output, /^Gentoo +5071\.0 +5020\.0 +5141\.0$/m);
});

test('the example with numpy shares memory both ways', { skip }, () => {
  const { status, output } = example('numpy', venv);
  assert.equal(status, 0, output);
  assert.match(output, /333 birds, memory shared: true$/m);
  assert.match(output, /on the right for numpy too: true$/m);
  assert.match(output, /x shows 69 % of the variance/);
});

test('the estimator passes the checks of scikit-learn', {
  skip: has('sklearn', venv) ? false : 'CADUCEUS_TEST_VENV has no scikit-learn, which two flavours have',
}, () => {
  const { status, output } = example('estimator', venv);
  assert.equal(status, 0, output);
  assert.match(output, /^check_estimator: \d{2} passed, 0 failed, \d skipped$/m);
  assert.match(output, /^best: NearestMean\(shrinkage=0\.25\)$/m);
});
