import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ask } from '../../src/environments/ask.ts';
import { discover } from '../../src/environments/discover.ts';
import type { Environment } from '../../src/environments/environment.ts';
import { search } from '../../src/environments/search.ts';
import { currentSurroundings } from '../../src/environments/surroundings.ts';
import { temporaryFolder, world, write } from './layout.ts';

// The machine's own interpreters, whatever the runner of these tests has chosen.
const { CADUCEUS_PYTHON: _, VIRTUAL_ENV: __, ...env } = process.env;
const machine = search({ ...currentSurroundings(), env }, { all: true });
const short = ({ version, freeThreaded, debug }: Environment) =>
  `${version}${freeThreaded ? 't' : ''}${debug ? 'd' : ''}`;

test('there are interpreters to test with', () => assert.ok(machine.found.length > 0));

for (const environment of machine.found) {
  test(`what the files tell of ${short(environment)} is what it says itself`, () => {
    const said = ask(environment.executable);
    assert.ok(!('reason' in said));
    const { version, freeThreaded, debug, basePrefix, library } = environment;
    assert.equal(version, said.version);
    assert.deepEqual([freeThreaded, debug], [said.build.freeThreaded, said.build.debug]);
    assert.equal(realpathSync(basePrefix), realpathSync(said.basePrefix));
    const libraries = said.libraries.flatMap((file) => {
      try {
        return [realpathSync(file)];
      } catch {
        return [];
      }
    });
    assert.ok(libraries.includes(realpathSync(library)), `${library} is not among ${libraries.join(', ')}`);
  });

  test(`a venv of ${short(environment)}, with links and with copies, leads to it`, (t) => {
    const folder = temporaryFolder(t);
    for (const kind of ['symlinks', 'copies']) {
      const venv = join(folder, kind);
      const made = spawnSync(environment.executable, ['-m', 'venv', '--without-pip', `--${kind}`, venv]);
      if (made.status !== 0) return t.skip('its venv module is not installed');
      const { chosen } = search(world(folder), { python: venv });
      assert.equal(chosen?.library && realpathSync(chosen.library), realpathSync(environment.library));
      assert.deepEqual([chosen?.freeThreaded, chosen?.debug], [environment.freeThreaded, environment.debug]);
      assert.equal(chosen?.prefix, venv);
      // The same prefix that this python has when it runs: what argv[0] is for.
      const { stdout } = spawnSync(chosen?.executable ?? '', ['-c', 'import sys; print(sys.prefix)'], {
        encoding: 'utf8',
      });
      assert.equal(stdout.trim(), venv);
    }
  });
}

test('a wrapper script leads to the interpreter behind it', (t) => {
  const folder = temporaryFolder(t);
  const real = machine.found[0];
  const wrapper = write(
    join(folder, 'snake'),
    `#!/bin/sh\necho welcome\nexec "${real?.executable}" "$@"\n`,
    0o755,
  );
  const { chosen } = search(world(folder), { python: wrapper });
  assert.equal(chosen && realpathSync(chosen.library), real && realpathSync(real.library));
  assert.notEqual(chosen?.executable, wrapper);
});

test('every interpreter is listed once', () => {
  const keys = machine.found.map(({ prefix, library }) => `${realpathSync(prefix)} ${realpathSync(library)}`);
  assert.equal(new Set(keys).size, keys.length);
});

test('discover reads the process as it is now', (t) => {
  const before = process.env.CADUCEUS_PYTHON;
  t.after(() => {
    if (before === undefined) delete process.env.CADUCEUS_PYTHON;
    else process.env.CADUCEUS_PYTHON = before;
  });
  const last = machine.found.at(-1);
  process.env.CADUCEUS_PYTHON = last?.executable ?? '';
  assert.equal(discover().chosen?.library, last?.library);
  process.env.CADUCEUS_PYTHON = join('no', 'such', 'python');
  assert.equal(discover().chosen, undefined);
  assert.equal(discover({ python: last?.executable ?? '' }).chosen?.source, 'start({ python })');
});
