import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { search } from '../../src/environments/search.ts';
import { install, link, pyenv, temporaryFolder, world, write } from './layout.ts';

/** Three versions, each with a bin/python3, and shims for all their commands. */
function layout(folder: string) {
  const root = join(folder, 'pyenv');
  const { shims, version } = pyenv(root, ['python3', 'python', 'python3.12', 'python3.14']);
  for (const [name, tag] of [
    ['3.12.1', '3.12'],
    ['3.12.10', '3.12'],
    ['3.14.7t', '3.14t'],
  ] as const) {
    install(version(name), tag);
    link(`python${tag}`, join(version(name), 'bin', 'python3'));
  }
  return { root, version, here: world(folder, { path: [shims] }) };
}

test('a shim stands for the version that the user selected', (t) => {
  const { root, version, here } = layout(temporaryFolder(t));
  write(join(root, 'version'), '# my choice\n3.14.7t\n');
  const { chosen, refused } = search(here, {});
  assert.equal(chosen?.executable, join(version('3.14.7t'), 'bin', 'python3'));
  assert.equal(chosen?.freeThreaded, true);
  assert.equal(chosen?.source, 'PATH');
  assert.deepEqual(refused, []);
});

test('.python-version upward from the working folder counts before that, and PYENV_VERSION before both', (t) => {
  const folder = temporaryFolder(t);
  const { root, version, here } = layout(folder);
  write(join(root, 'version'), '3.14.7t\n');
  write(join(folder, 'project', '.python-version'), '3.12.1\r\n');
  const deep = join(folder, 'project', 'src', 'deep');
  mkdirSync(deep, { recursive: true });
  assert.equal(search({ ...here, folder: deep }, {}).chosen?.prefix, version('3.12.1'));
  const env = { ...here.env, PYENV_VERSION: '3.12.10:3.12.1' };
  assert.equal(search({ ...here, folder: deep, env }, {}).chosen?.prefix, version('3.12.10'));
});

test('a selected 3.12 is the newest 3.12 that is installed', (t) => {
  const { root, version, here } = layout(temporaryFolder(t));
  write(join(root, 'version'), '3.12\n');
  assert.equal(search(here, {}).chosen?.prefix, version('3.12.10'));
});

test('of several selected versions the first that has the command counts', (t) => {
  const { root, version, here } = layout(temporaryFolder(t));
  write(join(root, 'version'), '3.14.7t\n3.12.1\n');
  const { chosen } = search(here, { python: join(root, 'shims', 'python3.12') });
  assert.equal(chosen?.prefix, version('3.12.1'));
});

test('a selection of "system" leaves the choice to the rest of PATH', (t) => {
  const folder = temporaryFolder(t);
  const { root, here } = layout(folder);
  write(join(root, 'version'), 'system\n');
  install(join(folder, 'usr'), '3.13');
  link('python3.13', join(folder, 'usr', 'bin', 'python3'));
  const { chosen } = search({ ...here, env: { PATH: `${here.env.PATH}:${join(folder, 'usr', 'bin')}` } }, {});
  assert.equal(chosen?.prefix, join(folder, 'usr'));
});

test('a selected version that is not installed is told, and shims of versions nobody selected are not', (t) => {
  const { root, here } = layout(temporaryFolder(t));
  write(join(root, 'version'), '3.13.9\n');
  const { refused } = search({ ...here, env: { ...here.env, PYENV_ROOT: join(root, 'none') } }, {});
  const shims = refused.filter(({ place }) => place.startsWith(join(root, 'shims')));
  assert.deepEqual(
    shims.map(({ place }) => place),
    [join(root, 'shims', 'python3'), join(root, 'shims', 'python')],
  );
  assert.match(shims[0]?.reason ?? '', /selects 3\.13\.9, where there is no python3: install it with pyenv/);
});

test('a .python-version cannot lead out of pyenv', (t) => {
  const folder = temporaryFolder(t);
  const { here } = layout(folder);
  install(join(folder, 'evil'), '3.14');
  link('python3.14', join(folder, 'evil', 'bin', 'python3'));
  write(join(folder, '.python-version'), '../../evil\n');
  const { chosen } = search({ ...here, env: { ...here.env, PYENV_ROOT: join(folder, 'none') } }, {});
  assert.equal(chosen, undefined);
});
