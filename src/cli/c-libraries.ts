// The C libraries that Python sees inside this process, beside those that it sees on its own.

import { spawnSync } from 'node:child_process';
import type { Running } from './running.ts';

/**
 * Node exports OpenSSL, zlib and SQLite of its own; where Python gets those in place of its own, the versions differ.
 * `running` is undefined when Python did not start here: then plain Python's are still worth telling.
 */
export function compareLibraries(executable: string, running: Running | undefined): string[] {
  const plain = versionsInPlainPython(executable);
  const rows = libraries.map(({ name, module, attribute }) => {
    const here = running === undefined ? 'not started' : versionHere(running, module, attribute);
    const there = plain[name] ?? 'no answer';
    return [name, here, there, running !== undefined && here !== there ? '<- differs' : ''] as const;
  });
  const all = [['', 'in this process', 'plain python', ''] as const, ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const libraries = [
  { name: 'OpenSSL', module: 'ssl', attribute: 'OPENSSL_VERSION' },
  { name: 'zlib', module: 'zlib', attribute: 'ZLIB_RUNTIME_VERSION' },
  { name: 'sqlite', module: 'sqlite3', attribute: 'sqlite_version' },
] as const;

/** Distributions leave modules out, and builds skip those whose library was not there. */
const missing = 'not there';

function versionHere(running: Running, module: string, attribute: string): string {
  try {
    return running.read(module, attribute);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return name === 'ModuleNotFoundError' || name === 'ImportError'
      ? missing
      : `${name}: ${message.split('\n')[0]}`;
  }
}

function versionsInPlainPython(executable: string): Record<string, string> {
  // -P: a file named ssl.py in the working folder is not the module that is meant.
  const { stdout } = spawnSync(executable, ['-P', '-c', question, JSON.stringify(libraries)], {
    encoding: 'utf8',
    timeout: 10_000,
    stdio: ['ignore', 'pipe', 'ignore'],
    windowsHide: true,
  });
  try {
    return JSON.parse(stdout) as Record<string, string>;
  } catch {
    return {};
  }
}

const question = `
import importlib, json, sys
def version(module, attribute):
    try:
        return str(getattr(importlib.import_module(module), attribute))
    except ImportError:
        return '${missing}'
    except Exception as error:
        return f'{type(error).__name__}: {error}'
print(json.dumps({l['name']: version(l['module'], l['attribute']) for l in json.loads(sys.argv[1])}))
`;
