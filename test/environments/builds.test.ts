import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { search } from '../../src/environments/search.ts';
import { hardLink, install, link, temporaryFolder, venv, world, write } from './layout.ts';

test('with both builds in one prefix, the one that a venv links to decides, not what pyvenv.cfg says', (t) => {
  const folder = temporaryFolder(t);
  const prefix = join(folder, 'both');
  const plain = install(prefix, '3.14', { version: '3.14.7' });
  const threaded = install(prefix, '3.14t', { version: '3.14.7' });
  for (const [name, executable] of [
    ['a', plain],
    ['b', threaded],
  ] as const) {
    const python = venv(join(folder, name), executable);
    // Both say the same, as the files that 3.14 and 3.14t write do.
    write(join(folder, name, 'pyvenv.cfg'), `home = ${join(prefix, 'bin')}\nversion = 3.14.7\n`);
    const { chosen } = search(world(folder), { python });
    assert.equal(chosen?.freeThreaded, executable === threaded);
    assert.equal(
      chosen?.library,
      join(prefix, 'lib', `libpython3.14${executable === threaded ? 't' : ''}.so.1.0`),
    );
    assert.equal(chosen?.version, '3.14.7');
  }
});

test('a free-threaded build that goes by the plain name is known by the library it is linked with', (t) => {
  const folder = temporaryFolder(t);
  const executable = install(join(folder, 'base'), '3.14td');
  hardLink(executable, join(folder, 'base', 'bin', 'python3.14'));
  link('python3.14', join(folder, 'base', 'bin', 'python3'));
  const { chosen } = search(world(folder), { python: './base' });
  assert.equal(chosen?.executable, join(folder, 'base', 'bin', 'python3'));
  assert.deepEqual([chosen?.freeThreaded, chosen?.debug], [true, true]);
});

test('an executable that holds CPython itself is known by its name and its standard library', (t) => {
  const folder = temporaryFolder(t);
  install(join(folder, 'plain'), '3.14', { kind: 'whole' });
  install(join(folder, 'threaded'), '3.14t', { kind: 'whole' });
  // Under the plain name, and the only standard library is python3.14t.
  hardLink(join(folder, 'threaded', 'bin', 'python3.14t'), join(folder, 'threaded', 'bin', 'python3.14'));
  const both = join(folder, 'both');
  install(both, '3.14t', { kind: 'whole' });
  install(both, '3.14', { kind: 'whole' });
  const second = join(folder, 'second');
  install(second, '3.14', { kind: 'whole' });
  rmSync(join(second, 'bin', 'python3.14'));
  hardLink(install(second, '3.14t', { kind: 'whole' }), join(second, 'bin', 'python3.14'));

  const isThreaded = (python: string) => search(world(folder), { python }).chosen?.freeThreaded;
  assert.equal(isThreaded('./plain/bin/python3.14'), false);
  assert.equal(isThreaded('./threaded/bin/python3.14'), true);
  assert.equal(isThreaded('./both/bin/python3.14'), false);
  assert.equal(isThreaded('./both/bin/python3.14t'), true);
  assert.equal(isThreaded('./second/bin/python3.14'), true);
});

test('a venv made of copies leads to the installation that pyvenv.cfg names', (t) => {
  const folder = temporaryFolder(t);
  const base = install(join(folder, 'base'), '3.14t', { kind: 'whole' });
  const python = venv(join(folder, 'mine'), base, { copies: true });
  const { chosen } = search(world(folder), { python });
  assert.equal(chosen?.executable, python);
  assert.equal(chosen?.basePrefix, join(folder, 'base'));
  assert.equal(chosen?.freeThreaded, true);
});

test('without headers the venv tells the patch release, and without a venv it stays open', (t) => {
  const folder = temporaryFolder(t);
  const base = install(join(folder, 'base'), '3.13');
  assert.equal(
    search(world(folder), { python: venv(join(folder, 'a'), base, { version: '3.13.4' }) }).chosen?.version,
    '3.13.4',
  );
  // Written by virtualenv for a release candidate; and left from before the base became another version.
  assert.equal(
    search(world(folder), { python: venv(join(folder, 'b'), base, { version: '3.13.0.candidate.1' }) }).chosen
      ?.version,
    '3.13',
  );
  assert.equal(
    search(world(folder), { python: venv(join(folder, 'c'), base, { version: '3.12.9' }) }).chosen?.version,
    '3.13',
  );
  assert.equal(search(world(folder), { python: base }).chosen?.version, '3.13');
});

test('the library is found in lib64 and in the folder of the architecture', {
  skip: process.platform !== 'linux',
}, (t) => {
  const folder = temporaryFolder(t);
  const triplet =
    { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch as 'x64' | 'arm64'] ?? '';
  for (const lib of ['lib64', join('lib', triplet)]) {
    const python = install(join(folder, lib), '3.13', { kind: 'whole', lib });
    assert.equal(
      search(world(folder), { python }).chosen?.library,
      join(folder, lib, lib, 'libpython3.13.so.1.0'),
    );
  }
});

test('a library out of the ordinary is found where the build says it put it', (t) => {
  const folder = temporaryFolder(t);
  const python = install(join(folder, 'base'), '3.13', { kind: 'static' });
  const library = write(join(folder, 'odd', 'libpython3.13.so.9'));
  write(
    join(folder, 'base', 'lib', 'python3.13', '_sysconfigdata__linux_x.py'),
    `build_time_vars = {'INSTSONAME': 'libpython3.13.so.9',\n 'LIBDIR': '${join(folder, 'odd')}',\n 'Py_ENABLE_SHARED': 1}`,
  );
  assert.equal(search(world(folder), { python }).chosen?.library, library);
});
