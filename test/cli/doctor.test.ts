import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { type ProgramOptions, runCommand } from '../support/program.ts';

const command = resolve('dist/cli.cjs');
const caduceus = (args: string[], options: ProgramOptions = {}) =>
  runCommand(process.execPath, [command, ...args], options);

/** An empty folder to work in, so that no venv of the project's is found. */
async function within<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'caduceus-doctor-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const nowhere = (folder: string): ProgramOptions => ({
  cwd: folder,
  env: {
    PATH: folder,
    HOME: folder,
    CADUCEUS_PYTHON: undefined,
    PYENV_ROOT: folder,
    VIRTUAL_ENV: undefined,
    CONDA_PREFIX: undefined,
    UV_PYTHON_INSTALL_DIR: folder,
    XDG_DATA_HOME: folder,
  },
});

describe('caduceus doctor', { concurrency: 2 }, () => {
  test('tells what was found, what is used and what it loads', async () => {
    const ended = await caduceus(['doctor']);
    assert.equal(ended.status, 0, ended.stderr);
    assert.equal(ended.stderr, '');
    for (const title of ['Found', 'Refused', 'Chosen', 'In this process', 'C libraries']) {
      assert.match(ended.stdout, new RegExp(`^${title}$`, 'm'));
    }
    assert.match(ended.stdout, /^ {2}GIL now +(on|off)/m);
    assert.match(ended.stdout, /^ {2}native +.*caduceus\.node$/m);
    assert.match(ended.stdout, /^ {2}OpenSSL +OpenSSL \d.* +OpenSSL \d/m);
  });

  test('says what is wrong with a Python that was asked for', async () => {
    await within(async (folder) => {
      const options = { cwd: folder, env: { CADUCEUS_PYTHON: join(folder, 'no-such-python') } };
      const ended = await caduceus(['doctor'], options);
      assert.equal(ended.status, 1, ended.stdout + ended.stderr);
      assert.ok(ended.stdout.includes('no-such-python'), ended.stdout);
      assert.doesNotMatch(ended.stdout + ended.stderr, /^\s+at .*:\d+:\d+/m);
    });
  });

  test('names a venv that is broken, and why', async () => {
    await within(async (folder) => {
      mkdirSync(join(folder, '.venv', 'bin'), { recursive: true });
      writeFileSync(
        join(folder, '.venv', 'pyvenv.cfg'),
        `home = ${join(folder, 'gone')}\nversion = 3.12.0\n`,
      );
      const ended = await caduceus(['doctor'], nowhere(folder));
      // The machine may have another one in a system folder, which is then used.
      assert.ok(ended.stdout.includes(join(folder, '.venv')), ended.stdout + ended.stderr);
    });
  });

  test('refuses arguments, and tells its usage', async () => {
    assert.equal((await caduceus(['doctor', 'x'])).status, 2);
    assert.equal((await caduceus(['nothing'])).status, 2);
    const help = await caduceus(['--help']);
    assert.deepEqual([help.status, help.stderr], [0, '']);
    assert.match(help.stdout, /caduceus doctor/);
    assert.match((await caduceus(['--version'])).stdout, /^caduceus \d+\.\d+\.\d+\n$/);
  });
});
