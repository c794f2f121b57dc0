// The machine by its kind: enough to read the table by, nothing that tells whose it is.

import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const systems: Partial<Record<NodeJS.Platform, string>> = { linux: 'Linux', darwin: 'macOS' };

export function machineKind(): string {
  const architecture = process.arch === 'x64' ? 'x86-64' : process.arch;
  const system = systems[process.platform] ?? process.platform;
  return `a ${availableParallelism()}-core ${architecture} ${system} ${isVirtual() ? 'virtual machine' : 'machine'}`;
}

/** Only x86 Linux tells. */
function isVirtual(): boolean {
  if (process.platform !== 'linux') return false;
  return /^flags\s*:.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
}
