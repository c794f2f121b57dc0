// Installations, venvs and shims as they look on disk, without a Python in them.

import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Surroundings } from '../../src/environments/surroundings.ts';

/** A folder of its own for one test, gone after it. */
export function temporaryFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'environments-')));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A world that holds only what the test puts into it. */
export function world(
  folder: string,
  changes: Partial<Surroundings> & { path?: string[] } = {},
): Surroundings {
  const { path = [], env = {}, ...rest } = changes;
  return {
    env: { PATH: path.join(delimiter), ...env },
    folder,
    scriptFolder: undefined,
    home: join(folder, 'home'),
    systemFolders: [],
    ...rest,
  };
}

export function write(file: string, text: string | Buffer = '', mode = 0o644): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

export function link(target: string, file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  symlinkSync(target, file);
  return file;
}

/** A second name for the same file, as `make install` gives it to `python3.14t`. */
export function hardLink(target: string, file: string): string {
  linkSync(target, file);
  return file;
}

interface Shape {
  /** The patch release in the headers; no headers without it. */
  version?: string;
  /** `linked`: an executable that names its library; `whole`: one that holds CPython; `static`: that and no library. */
  kind?: 'linked' | 'whole' | 'static';
  lib?: string;
}

/** Adds the build `tag` (`3.14`, `3.14t`, `3.14td`) to an installation, and answers its executable. */
export function install(
  prefix: string,
  tag: string,
  { version, kind = 'linked', lib = 'lib' }: Shape = {},
): string {
  const threaded = tag.replace('d', '');
  const library = `libpython${tag}.so.1.0`;
  const standardLibrary = join(prefix, 'lib', `python${threaded}`);
  write(join(standardLibrary, 'os.py'));
  const flags = tag.replace(/^[\d.]+/, '');
  const shared = kind === 'static' ? 0 : 1;
  write(
    join(standardLibrary, `_sysconfigdata_${flags}_linux_x.py`),
    `build_time_vars = {'Py_ENABLE_SHARED': ${shared}}`,
  );
  if (kind !== 'static') write(join(prefix, lib, library));
  if (version)
    write(join(prefix, 'include', `python${tag}`, 'patchlevel.h'), `#define PY_VERSION  "${version}"\n`);
  const names = kind === 'linked' ? `\0${library}\0libc.so.6\0` : '\0libc.so.6\0';
  return write(join(prefix, 'bin', `python${tag}`), `\x7fELF${names}`, 0o755);
}

/** What `python -m venv` writes; `copies` as with --copies. */
export function venv(
  folder: string,
  executable: string,
  { copies = false, version = '3.14.7' } = {},
): string {
  write(
    join(folder, 'pyvenv.cfg'),
    `home = ${dirname(executable)}\nversion = ${version}\nexecutable = ${executable}\n`,
  );
  const python = join(folder, 'bin', 'python');
  return copies ? write(python, '\x7fELF', 0o755) : link(executable, python);
}

/** pyenv's folder: versions to be installed into, and one shim for each command. */
export function pyenv(
  root: string,
  commands: string[],
): { shims: string; version: (name: string) => string } {
  const shims = join(root, 'shims');
  const script = `#!/usr/bin/env bash\nset -e\nexport PYENV_ROOT="${root}"\nexec "${root}/libexec/pyenv" exec "$program" "$@"\n`;
  for (const command of commands) write(join(shims, command), script, 0o755);
  return { shims, version: (name) => join(root, 'versions', name) };
}
