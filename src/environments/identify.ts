// Which build an executable is, told from files alone.

import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Build, buildOfExecutable, buildOfLinkedLibrary, buildTag } from './build.ts';
import { listFolder } from './list-folder.ts';

/**
 * The name alone does not tell: installing 3.14t writes `python3.14` too, and a venv's pyvenv.cfg says 3.14 for
 * both. An executable of a shared build carries its library's name in its first bytes, which decides. One that holds
 * CPython itself (Debian, conda, uv) has its standard library beside it, in `python3.14` or `python3.14t`.
 * Undefined when the files leave a choice, and for a program of another name: version managers have those.
 */
export function identify(executable: string, head: Buffer, prefix: string): Build | undefined {
  if (process.platform === 'win32') return identifyOnWindows(executable, prefix);
  const linked = buildOfLinkedLibrary(head);
  if (linked !== undefined) return linked;
  const name = basename(executable);
  const named = buildOfExecutable(name) ?? (/^python[23]?$/.test(name) ? onlyBuildIn(prefix) : undefined);
  if (named === undefined || named.freeThreaded || named.debug) return named;
  const threaded = { ...named, freeThreaded: true };
  if (standardLibrary(prefix, threaded) === undefined) return named;
  if (standardLibrary(prefix, named) === undefined) return threaded;
  return sideBySide(executable, named, threaded);
}

/** The folder with os.py in it: distributions keep folders of that name for packages only, too. */
export function standardLibrary(prefix: string, build: Build): string | undefined {
  const name = `python${buildTag({ ...build, debug: false })}`;
  if (process.platform === 'win32') return join(prefix, 'Lib');
  return ['lib', 'lib64']
    .map((lib) => join(prefix, lib, name))
    .find((folder) => existsSync(join(folder, 'os.py')));
}

/** Both builds in one prefix: `python3.14` is a second name of `python3.14t` or a file of its own. */
function sideBySide(executable: string, named: Build, threaded: Build): Build | undefined {
  const sibling = statSync(join(dirname(executable), `python${buildTag(threaded)}`), {
    throwIfNoEntry: false,
  });
  if (sibling === undefined) return undefined;
  const self = statSync(executable);
  return self.ino === sibling.ino && self.dev === sibling.dev ? threaded : named;
}

/** For an executable that is just `python`: the one standard library in its prefix, if there is one. */
function onlyBuildIn(prefix: string): Build | undefined {
  const builds = listFolder(join(prefix, 'lib'))
    .map(buildOfExecutable)
    .filter((build) => build !== undefined && standardLibrary(prefix, build) !== undefined);
  return builds.length === 1 ? builds[0] : undefined;
}

/** Written from the layout of the python.org installers and uv's archives; not run on Windows yet. */
function identifyOnWindows(executable: string, prefix: string): Build | undefined {
  const name = basename(executable).toLowerCase();
  const freeThreaded = /^python\d\.\d+t/.test(name);
  const debug = name.endsWith('_d.exe');
  const builds = listFolder(prefix)
    .map((file) => /^python(\d)(\d+)(t?)(_d)?\.dll$/i.exec(file))
    .filter((match) => match !== null)
    .map(
      (match): Build => ({
        major: Number(match[1]),
        minor: Number(match[2]),
        freeThreaded: match[3] !== '',
        debug: match[4] !== undefined,
      }),
    );
  const same = builds.filter((build) => build.freeThreaded === freeThreaded && build.debug === debug);
  return same.length === 1 ? same[0] : builds.length === 1 ? builds[0] : undefined;
}
