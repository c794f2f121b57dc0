import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { search } from '../../src/environments/search.ts';
import { install, link, temporaryFolder, venv, world, write } from './layout.ts';

test('each place counts before those after it', (t) => {
  const folder = temporaryFolder(t);
  const base = install(join(folder, 'base'), '3.14');
  const project = join(folder, 'project');
  venv(join(folder, 'active'), base);
  install(join(folder, 'conda'), '3.14');
  venv(join(folder, 'script', '.venv'), base);
  venv(join(project, '.venv'), base);
  venv(join(project, 'venv'), base);
  link(install(join(folder, 'elsewhere'), '3.14'), join(folder, 'bin', 'python3'));
  install(join(folder, 'home', '.local', 'share', 'uv', 'python', 'cpython-3.14.0-linux-x86_64-gnu'), '3.14');
  install(join(folder, 'home', '.pyenv', 'versions', '3.14.7'), '3.14');
  install(join(folder, 'system'), '3.14');

  const everything = world(project, {
    env: { VIRTUAL_ENV: join(folder, 'active'), CONDA_PREFIX: join(folder, 'conda') },
    scriptFolder: join(folder, 'script', 'src'),
    path: [join(folder, 'bin')],
    home: join(folder, 'home'),
    systemFolders: [join(folder, 'system', 'bin')],
  });
  const all = search(everything, { all: true });
  assert.deepEqual(
    all.found.map(({ source }) => source),
    [
      'VIRTUAL_ENV',
      'CONDA_PREFIX',
      `.venv in ${join(folder, 'script')}`,
      `.venv in ${project}`,
      `venv in ${project}`,
      'PATH',
      'uv',
      'pyenv',
      'system folder',
    ],
  );
  assert.equal(all.chosen, all.found[0]);
  assert.deepEqual(all.refused, []);
  assert.deepEqual(search(everything, {}), { chosen: all.found[0], found: [all.found[0]], refused: [] });

  const named = { ...everything, env: { ...everything.env, CADUCEUS_PYTHON: join(project, 'venv') } };
  assert.equal(search(named, {}).chosen?.prefix, join(project, 'venv'));
  assert.equal(search(named, {}).chosen?.source, 'CADUCEUS_PYTHON');
  const given = search(named, { python: join(folder, 'system', 'bin', 'python3.14') });
  assert.equal(given.chosen?.prefix, join(folder, 'system'));
  assert.equal(given.chosen?.source, 'start({ python })');
});

test('the search goes upward from the main script, then from the working folder, and meets no folder twice', (t) => {
  const folder = temporaryFolder(t);
  const base = install(join(folder, 'base'), '3.12');
  venv(join(folder, '.venv'), base);
  venv(join(folder, 'app', 'venv'), base);
  venv(join(folder, 'work', '.venv'), base);
  const { found } = search(
    world(join(folder, 'work', 'deep', 'er'), { scriptFolder: join(folder, 'app', 'src', 'bin') }),
    { all: true },
  );
  assert.deepEqual(
    found.map(({ source }) => source),
    [`venv in ${join(folder, 'app')}`, `.venv in ${folder}`, `.venv in ${join(folder, 'work')}`],
  );
});

test('a source folder named venv is passed over', (t) => {
  const folder = temporaryFolder(t);
  write(join(folder, 'venv', 'index.ts'));
  const { chosen, refused } = search(world(folder), {});
  assert.equal(chosen, undefined);
  assert.ok(refused.every(({ place }) => place !== join(folder, 'venv')));
});

test('a conda environment in the project folder counts as one', (t) => {
  const folder = temporaryFolder(t);
  install(join(folder, '.venv'), '3.13');
  write(join(folder, '.venv', 'conda-meta', 'history'));
  const { chosen } = search(world(folder), {});
  assert.equal(chosen?.prefix, join(folder, '.venv'));
  assert.equal(chosen?.basePrefix, join(folder, '.venv'));
});

test('what cannot be used is passed over, and its reason is kept', (t) => {
  const folder = temporaryFolder(t);
  venv(join(folder, '.venv'), install(join(folder, 'old'), '3.9'));
  install(join(folder, 'new'), '3.13');
  const { chosen, refused } = search(world(folder, { path: [join(folder, 'new', 'bin')] }), {});
  assert.equal(chosen?.source, 'PATH');
  assert.deepEqual(
    refused.map(({ place, reason }) => [place, /3\.9, which is too old/.test(reason)]),
    [[join(folder, '.venv'), true]],
  );
});

test('PATH is searched name by name: python3 before python before versioned names, the newest of these first', (t) => {
  const folder = temporaryFolder(t);
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  link(install(join(folder, 'a'), '3.12'), join(first, 'python'));
  link(install(join(folder, 'b'), '3.13'), join(second, 'python3'));
  link(install(join(folder, 'c'), '3.11'), join(first, 'python3.11'));
  link(install(join(folder, 'd'), '3.14t'), join(first, 'python3.14t'));
  link(install(join(folder, 'e'), '3.14'), join(second, 'python3.14'));
  const { found } = search(world(folder, { path: [first, second] }), { all: true });
  assert.deepEqual(
    found.map(({ version, freeThreaded }) => `${version}${freeThreaded ? 't' : ''}`),
    ['3.13', '3.12', '3.14', '3.11', '3.14t'],
  );
});

test('an interpreter with many names is listed once', (t) => {
  const folder = temporaryFolder(t);
  const bin = join(folder, 'usr', 'bin');
  install(join(folder, 'usr'), '3.13');
  link('python3.13', join(bin, 'python3'));
  link('python3', join(bin, 'python'));
  link(bin, join(folder, 'bin'));
  const { found } = search(world(folder, { path: [join(folder, 'bin'), bin] }), { all: true });
  assert.equal(found.length, 1);
  assert.equal(found[0]?.executable, join(folder, 'bin', 'python3'));
  assert.equal(found[0]?.prefix, join(folder, 'usr'));
});

test('among installed versions the newest release comes first, plain before free-threaded, previews last', (t) => {
  const folder = temporaryFolder(t);
  const names = ['3.15.0rc1', '3.14.7t-debug', '3.9.18', '3.14.7t', '3.14.10', '3.14.7', '3.12.1'];
  for (const name of names) {
    const tag = `${/^\d\.\d+/.exec(name)?.[0]}${name.includes('t') ? 't' : ''}${name.includes('debug') ? 'd' : ''}`;
    install(join(folder, 'versions', name), tag, { version: name.replace(/t.*/, '') });
  }
  const { found, refused } = search(world(folder, { env: { PYENV_ROOT: folder } }), { all: true });
  assert.deepEqual(
    found.map(({ prefix }) => prefix.slice(join(folder, 'versions').length + 1)),
    ['3.14.10', '3.14.7', '3.14.7t', '3.14.7t-debug', '3.12.1', '3.15.0rc1'],
  );
  assert.deepEqual(
    refused.map(({ source }) => source),
    ['pyenv'],
  );
});
