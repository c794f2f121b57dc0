import assert from 'node:assert/strict';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { notFoundMessage } from '../../src/environments/not-found.ts';
import { search } from '../../src/environments/search.ts';
import type { Surroundings } from '../../src/environments/surroundings.ts';
import { install, link, temporaryFolder, venv, world, write } from './layout.ts';

function reason(surroundings: Surroundings, python: string): string {
  const { chosen, refused } = search(surroundings, { python });
  assert.equal(chosen, undefined);
  return refused[0]?.reason ?? '';
}

test('a build without a shared library is refused, and the reason says how to get one', (t) => {
  const folder = temporaryFolder(t);
  install(join(folder, 'static'), '3.12', { kind: 'static' });
  const text = reason(world(folder), './static');
  assert.match(text, /3\.12 built without --enable-shared/);
  assert.match(text, /uv python install 3\.12/);
  assert.match(text, /PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install/);
});

test('what the system does not let us look at is refused with its reason, and the search goes on', (t) => {
  const folder = temporaryFolder(t);
  link(join(folder, 'two'), join(folder, 'one'));
  link(join(folder, 'one'), join(folder, 'two'));
  assert.match(reason(world(folder), './one'), /the system does not let it be looked at \(ELOOP: .*stat/);
});

test('a shared build whose library is gone is refused as that', (t) => {
  const folder = temporaryFolder(t);
  install(join(folder, 'base'), '3.12');
  rmSync(join(folder, 'base', 'lib', 'libpython3.12.so.1.0'));
  assert.match(reason(world(folder), './base'), /its shared library is not where its build says/);
});

test('libpython3.so is never taken for the library', (t) => {
  const folder = temporaryFolder(t);
  install(join(folder, 'base'), '3.12', { kind: 'static' });
  write(join(folder, 'base', 'lib', 'libpython3.so'));
  assert.match(reason(world(folder), './base'), /built without --enable-shared/);
});

test('versions that are not supported are refused by name', (t) => {
  const folder = temporaryFolder(t);
  for (const [tag, text] of [
    ['2.7', /2\.7, which is too old: Caduceus works with CPython 3\.11 to 3\.15/],
    ['3.10', /3\.10, which is too old/],
    ['3.16', /3\.16, which is too new/],
    ['3.13t', /free-threaded build of 3\.13.*use 3\.14t or newer, or 3\.13 without the t/],
  ] as const) {
    install(join(folder, tag), tag);
    assert.match(reason(world(folder), `./${tag}`), text);
  }
});

test('another implementation is refused by name, behind a link too', (t) => {
  const folder = temporaryFolder(t);
  const pypy = write(join(folder, 'pypy', 'bin', 'pypy3.11'), '\x7fELF', 0o755);
  link('pypy3.11', join(folder, 'pypy', 'bin', 'python3'));
  for (const python of [pypy, './pypy'])
    assert.match(reason(world(folder), python), /is pypy, and Caduceus loads CPython only/);
});

test('a venv whose installation is gone is refused, with links and with copies', (t) => {
  const folder = temporaryFolder(t);
  const base = install(join(folder, 'base'), '3.14');
  venv(join(folder, 'links'), base);
  venv(join(folder, 'copies'), base, { copies: true });
  rmSync(join(folder, 'base'), { recursive: true });
  assert.equal(
    reason(world(folder), './links'),
    `its ${join('bin', 'python')} links to ${base}, which is gone: make it anew with that Python or another`,
  );
  assert.match(
    reason(world(folder), './copies'),
    /the installation it was made from is gone .*make the venv anew/,
  );
});

test('an empty folder and a file that may not be executed are refused', (t) => {
  const folder = temporaryFolder(t);
  write(join(folder, 'empty', 'readme'));
  assert.equal(reason(world(folder), './empty'), 'there is no python in this folder');
  chmodSync(install(join(folder, 'base'), '3.14'), 0o644);
  assert.equal(reason(world(folder), './base/bin/python3.14'), 'it is a file that may not be executed');
});

test('a script that is no Python is asked once and refused', (t) => {
  const folder = temporaryFolder(t);
  write(join(folder, 'fake'), '#!/bin/sh\necho not a python >&2\nexit 3\n', 0o755);
  assert.equal(reason(world(folder), './fake'), 'it does not answer as a Python 3 does (not a python)');
});

test('a program of another name is not taken for the Python whose folder it lies in', (t) => {
  const folder = temporaryFolder(t);
  install(join(folder, 'base'), '3.14', { kind: 'whole' });
  // A version manager's one program with many names: only starting it shows what it stands for.
  write(join(folder, 'base', 'bin', 'manager'), '\x7fELF', 0o755);
  const shim = link('manager', join(folder, 'base', 'bin', 'python3'));
  assert.match(reason(world(folder), shim), /it does not answer as a Python 3 does/);
});

test('a library for another processor is refused', (t) => {
  const folder = temporaryFolder(t);
  install(join(folder, 'base'), '3.14');
  const foreign = process.arch === 'arm64' ? 62 : 183;
  const header = Buffer.alloc(64);
  header.writeUInt32BE(0x7f454c46, 0);
  header.writeUInt16LE(foreign, 18);
  write(join(folder, 'base', 'lib', 'libpython3.14.so.1.0'), header);
  assert.match(reason(world(folder), './base'), /is made for (x64|arm64), while this process runs as/);
});

test('the message for no Python at all lists every place and says what to do', (t) => {
  const folder = temporaryFolder(t);
  install(join(folder, 'static'), '3.12', { kind: 'static' });
  const { chosen, refused } = search(world(folder, { path: [join(folder, 'static', 'bin')] }), {});
  assert.equal(chosen, undefined);
  const before = process.env.CADUCEUS_PYTHON;
  delete process.env.CADUCEUS_PYTHON;
  t.after(() => {
    if (before !== undefined) process.env.CADUCEUS_PYTHON = before;
  });
  const text = notFoundMessage(refused);
  assert.match(text, /^No Python was found that can be loaded\.\nLooked at:\n/);
  assert.ok(
    text.includes(`${join(folder, 'static', 'bin', 'python3.12')} (PATH): is Python 3.12 built without`),
  );
  for (const place of [
    'VIRTUAL_ENV',
    'CONDA_PREFIX',
    join(folder, 'home', '.pyenv', 'versions'),
    join('uv', 'python'),
  ]) {
    assert.ok(text.includes(place), place);
  }
  assert.match(text, /What to do:\n.*uv python install.*CADUCEUS_PYTHON=/s);
});

test('the message for a request names the request', () => {
  const text = notFoundMessage([{ place: '3.14t', source: 'start({ python })', reason: 'because' }], '3.14t');
  assert.match(
    text,
    /^The Python that start\({ python }\) asks for, 3\.14t, cannot be used\.\nLooked at:\n {2}- 3\.14t/,
  );
});
