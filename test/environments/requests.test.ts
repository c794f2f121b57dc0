import assert from 'node:assert/strict';
import { join, sep } from 'node:path';
import { test } from 'node:test';
import { search } from '../../src/environments/search.ts';
import { install, link, temporaryFolder, venv, world } from './layout.ts';

const versions: [folder: string, tag: string, version: string][] = [
  ['3.14.7', '3.14', '3.14.7'],
  ['3.14.7t', '3.14t', '3.14.7'],
  ['3.14.7t-debug', '3.14td', '3.14.7'],
  ['3.14.2', '3.14', '3.14.2'],
  ['3.13.0', '3.13', '3.13.0'],
  ['3.13.0t', '3.13t', '3.13.0'],
  ['3.15.0rc1t', '3.15t', '3.15.0rc1'],
  ['3.10.13', '3.10', '3.10.13'],
];

test('a version asked for is found wherever it is', (t) => {
  const folder = temporaryFolder(t);
  for (const [name, tag, version] of versions) install(join(folder, 'versions', name), tag, { version });
  const here = world(folder, { env: { PYENV_ROOT: folder } });
  const asked: Record<string, string> = {
    '3.14': '3.14.7',
    '3.14.2': '3.14.2',
    '3.14t': '3.14.7t',
    '3.14.7t': '3.14.7t',
    '3.14+freethreaded': '3.14.7t',
    '3.14td': '3.14.7t-debug',
    '3.14t-debug': '3.14.7t-debug',
    '3.15t': '3.15.0rc1t',
    '3.15.0rc1t': '3.15.0rc1t',
    'python3.13': '3.13.0',
    'cpython-3.13': '3.13.0',
    ' 3.13 ': '3.13.0',
  };
  for (const [python, name] of Object.entries(asked)) {
    const { chosen } = search(here, { python });
    assert.equal(chosen?.prefix, join(folder, 'versions', name), python);
    assert.equal(chosen?.source, 'start({ python }) (pyenv)');
    const fromEnvironment = { ...here, env: { ...here.env, CADUCEUS_PYTHON: python } };
    assert.equal(search(fromEnvironment, {}).chosen?.prefix, join(folder, 'versions', name), python);
  }
});

test('a version that cannot be had is an error, and nothing else is taken in its place', (t) => {
  const folder = temporaryFolder(t);
  for (const [name, tag, version] of versions) install(join(folder, 'versions', name), tag, { version });
  const here = world(folder, { env: { PYENV_ROOT: folder } });
  const reasons: Record<string, RegExp> = {
    '3.12': /no Python that was found matches/,
    '3.14.1': /no Python that was found matches/,
    '3.15': /no Python that was found matches/,
    '3.14d': /no Python that was found matches/,
    '3.10': /3\.10, which is too old/,
    '2.7': /2\.7, which is too old/,
    '3.16': /3\.16, which is too new/,
    '3.13t': /free-threaded build of 3\.13.*use 3\.14t or newer/,
  };
  for (const [python, reason] of Object.entries(reasons)) {
    const { chosen, found, refused } = search(here, { python });
    assert.equal(chosen, undefined, python);
    assert.deepEqual(found, []);
    assert.equal(refused[0]?.place, python);
    assert.match(refused[0]?.reason ?? '', reason);
    assert.ok(
      refused.some((refusal) => refusal.reason === `is 3.14.7t, not the ${python} that was asked for`),
    );
  }
});

test('a version asked for is taken from the active venv before anything else', (t) => {
  const folder = temporaryFolder(t);
  venv(join(folder, 'active'), install(join(folder, 'versions', '3.13.0'), '3.13', { version: '3.13.0' }));
  const here = world(folder, { env: { PYENV_ROOT: folder, VIRTUAL_ENV: join(folder, 'active') } });
  assert.equal(search(here, { python: '3.13' }).chosen?.prefix, join(folder, 'active'));
  assert.equal(search(here, { python: '3.13' }).chosen?.source, 'start({ python }) (VIRTUAL_ENV)');
});

test('a place asked for may be an interpreter, a venv, an installation, and relative to the working folder', (t) => {
  const folder = temporaryFolder(t);
  const executable = install(join(folder, 'base'), '3.14');
  const python = venv(join(folder, 'mine'), executable);
  const here = world(folder);
  for (const place of [python, join(folder, 'mine'), 'mine', `.${sep}mine`, join('mine', 'bin', 'python')]) {
    const { chosen } = search(here, { python: place });
    assert.equal(chosen?.executable, python, place);
    assert.equal(chosen?.prefix, join(folder, 'mine'));
    assert.equal(chosen?.basePrefix, join(folder, 'base'));
  }
  // No python and no python3 in its bin: what pyenv leaves of a free-threaded build.
  assert.equal(search(here, { python: 'base' }).chosen?.executable, executable);
});

test('a place that cannot be used is an error, and nothing else is taken in its place', (t) => {
  const folder = temporaryFolder(t);
  install(join(folder, 'good'), '3.14');
  const here = world(folder, { path: [join(folder, 'good', 'bin')] });
  for (const all of [false, true]) {
    const { chosen, found, refused } = search(here, { python: './nowhere', all });
    assert.equal(chosen, undefined);
    assert.equal(found.length, all ? 1 : 0);
    assert.deepEqual(refused[0], {
      place: join(folder, 'nowhere'),
      source: 'start({ python })',
      reason: 'there is no such file or folder',
    });
  }
});

test('a command asked for is the one on PATH', (t) => {
  const folder = temporaryFolder(t);
  link(install(join(folder, 'base'), '3.14'), join(folder, 'bin', 'snake'));
  const here = world(folder, { path: [join(folder, 'bin')] });
  assert.equal(search(here, { python: 'snake' }).chosen?.executable, join(folder, 'bin', 'snake'));
  const { chosen, refused } = search(here, { python: 'python4' });
  assert.equal(chosen, undefined);
  assert.match(refused[0]?.reason ?? '', /no such command on PATH/);
});

test('with a request, listing all still lists all and chooses only what was asked for', (t) => {
  const folder = temporaryFolder(t);
  for (const [name, tag, version] of versions) install(join(folder, 'versions', name), tag, { version });
  const { chosen, found } = search(world(folder, { env: { PYENV_ROOT: folder } }), {
    python: '3.14t',
    all: true,
  });
  assert.equal(chosen?.prefix, join(folder, 'versions', '3.14.7t'));
  assert.equal(found.length, 6);
});

test('an empty request is none', (t) => {
  const folder = temporaryFolder(t);
  install(join(folder, 'base'), '3.14');
  const here = world(folder, { env: { CADUCEUS_PYTHON: '' }, path: [join(folder, 'base', 'bin')] });
  assert.equal(search(here, { python: '' }).chosen?.source, 'PATH');
});
