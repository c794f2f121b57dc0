// pyvenv.cfg: how a virtual environment names the installation it was made from.

import { dirname, join } from 'node:path';
import { readText } from './read-text.ts';

export interface VenvConfig {
  /** The virtual environment's own folder. */
  folder: string;
  /** The folder of the executable it was made from. */
  home: string | undefined;
  /** That executable: written by venv since 3.11 and, under another name, by virtualenv. */
  executable: string | undefined;
  version: string | undefined;
}

/** CPython's own rule: pyvenv.cfg lies beside the executable or one folder above. */
export function venvConfigOf(executable: string): VenvConfig | undefined {
  const folder = dirname(executable);
  return readVenvConfig(dirname(folder)) ?? readVenvConfig(folder);
}

export function readVenvConfig(folder: string): VenvConfig | undefined {
  const text = readText(join(folder, 'pyvenv.cfg'));
  if (text === undefined) return undefined;
  const entries = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0) entries.set(line.slice(0, equals).trim().toLowerCase(), line.slice(equals + 1).trim());
  }
  return {
    folder,
    home: entries.get('home'),
    executable: entries.get('executable') ?? entries.get('base-executable'),
    version: plainVersion(entries.get('version') ?? entries.get('version_info')),
  };
}

/** virtualenv writes `3.14.7.final.0`; where it is no final release only X.Y is certain. */
function plainVersion(text: string | undefined): string | undefined {
  const match = /^(\d+\.\d+)(\.\d+)?(\.(?!final)[a-z]+)?/.exec(text ?? '');
  return match ? `${match[1]}${match[3] ? '' : (match[2] ?? '')}` : undefined;
}
