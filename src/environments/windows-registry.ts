// Installations that Windows' registry names (PEP 514): those that were put into folders of their owner's choice.

import type { Candidate } from './environment.ts';
import { spawnSync } from './spawn.ts';

/**
 * The last place of all, since it starts a program. The py launcher reads the same entries.
 * Written from PEP 514 and the output format of reg.exe; not run on Windows yet.
 */
export function* windowsRegistry(): Generator<Candidate> {
  if (process.platform !== 'win32') return;
  for (const hive of ['HKCU', 'HKLM']) {
    const { stdout } = spawnSync(
      'reg',
      ['query', `${hive}\\Software\\Python\\PythonCore`, '/s', '/v', 'ExecutablePath'],
      {
        encoding: 'utf8',
        timeout: 5000,
        windowsHide: true,
      },
    );
    for (const match of (stdout ?? '').matchAll(/ExecutablePath\s+REG_SZ\s+(.+?)\r?$/gm)) {
      yield { place: match[1] ?? '', source: `registry (${hive})` };
    }
  }
}
