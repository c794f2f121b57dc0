// Folders in which version managers and installers keep one installation per version.

import { join } from 'node:path';
import type { Candidate, Refusal } from './environment.ts';
import { listFolder } from './list-folder.ts';
import { newestFirst } from './newest-first.ts';
import type { Surroundings } from './surroundings.ts';

export function* installedVersions(surroundings: Surroundings): Generator<Candidate | Refusal> {
  for (const { folder, source, pattern } of keepers(surroundings)) {
    const names = listFolder(folder).filter((name) => pattern.test(name));
    for (const name of newestFirst(names)) yield { place: join(folder, name), source };
    if (names.length === 0) yield { place: folder, source, reason: 'there is no Python in this folder' };
  }
}

interface Keeper {
  folder: string;
  source: string;
  pattern: RegExp;
}

const any = /^[^.]/;

function keepers({ env, home }: Surroundings): Keeper[] {
  const windows = process.platform === 'win32';
  const data = windows ? (env.APPDATA ?? home) : env.XDG_DATA_HOME || join(home, '.local', 'share');
  const uv = env.UV_PYTHON_INSTALL_DIR || join(data, 'uv', windows ? 'data' : '', 'python');
  const pyenv = env.PYENV_ROOT || join(home, '.pyenv', windows ? 'pyenv-win' : '');
  return [
    { folder: uv, source: 'uv', pattern: any },
    { folder: join(pyenv, 'versions'), source: 'pyenv', pattern: any },
    ...installers(env),
  ];
}

/** Written from the documentation of the python.org installers and the Python install manager; run on Linux only. */
function installers(env: Surroundings['env']): Keeper[] {
  if (process.platform === 'darwin') {
    return ['Python', 'PythonT'].map((name) => ({
      folder: `/Library/Frameworks/${name}.framework/Versions`,
      source: 'python.org framework',
      pattern: /^3\./,
    }));
  }
  if (process.platform !== 'win32') return [];
  const local = env.LOCALAPPDATA ?? '';
  return [
    { folder: join(local, 'Programs', 'Python'), source: 'python.org installer', pattern: /^Python3/i },
    { folder: env.ProgramFiles ?? '', source: 'python.org installer', pattern: /^Python3/i },
    { folder: join(local, 'Python'), source: 'Python install manager', pattern: /^pythoncore-/i },
  ].filter(({ folder }) => folder !== '');
}
