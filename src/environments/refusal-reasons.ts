// The reasons that need more than a few words: what was found, and what to do.

import { basename } from 'node:path';
import { type Build, buildTag } from './build.ts';

/** A CPython that is there, but whose library is not. */
export function noLibrary(build: Build, shared: boolean, prefix: string): string {
  const tag = buildTag(build);
  const version = `${build.major}.${build.minor}${build.freeThreaded ? 't' : ''}`;
  if (prefix === '/usr' && process.platform === 'linux') {
    return `is Python ${tag} without its shared library libpython${tag}.so.1.0: install the system's package for it (Debian and Ubuntu: libpython${version}; Fedora: python${version}-libs)`;
  }
  if (shared) return `is Python ${tag}, but its shared library is not where its build says: install it anew`;
  return `is Python ${tag} built without --enable-shared, so that there is no library to load: use \`uv python install ${version}\`, or build it again with \`PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install\``;
}

/** Known by the executable's name, before anything is started. */
export function otherImplementation(executable: string): string | undefined {
  const file = basename(executable);
  const name = others.find((other) => file.startsWith(other));
  return (
    name && `is ${name}, and Caduceus loads CPython only: use \`uv python install 3.14\` or name a CPython`
  );
}

const others = ['pypy', 'graalpy', 'jython', 'ironpython', 'micropython', 'pyston'];

/**
 * Stand-ins that systems put on PATH. Starting them to ask would open an installer's window.
 * Written from their documentation; run neither on macOS nor on Windows yet.
 */
export function systemStub(executable: string): string | undefined {
  if (process.platform === 'darwin' && executable.startsWith('/usr/bin/')) {
    return "is the one of Apple's developer tools, Python 3.9 at best, which is too old: use `uv python install 3.14`";
  }
  if (process.platform === 'win32' && /\\WindowsApps\\/i.test(executable)) {
    return "is the Microsoft Store's stand-in, whose library other programs may not load: use `uv python install 3.14`";
  }
  return undefined;
}
