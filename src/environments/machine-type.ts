// Whether a library is made for the processor this process runs as.

import { fileHead } from './file-head.ts';

/**
 * The machine types in a library's header when none is this process's own; undefined when it fits or cannot be told.
 * A 32-bit Python beside a 64-bit Node is common on Windows, and so is an Intel Python on an Apple processor: what the
 * loader says about these helps nobody.
 */
export function foreignMachine(library: string): string | undefined {
  const own = machineNames[process.arch];
  const found = machinesOf(fileHead(library, 4096));
  return own === undefined || found.length === 0 || found.includes(own) ? undefined : found.join(', ');
}

const machineNames: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x64',
  arm64: 'arm64',
  ia32: 'x86',
};

const elf: Record<number, string> = { 3: 'x86', 62: 'x64', 183: 'arm64' };
const pe: Record<number, string> = { 332: 'x86', 34404: 'x64', 43620: 'arm64' };
const machO: Record<number, string> = { 7: 'x86', 16777223: 'x64', 16777228: 'arm64' };

function machinesOf(head: Buffer): string[] {
  if (head.length < 64) return [];
  const magic = head.toString('latin1', 0, 4);
  // Big-endian ELF files of other processors end up as unknown, which is as good as not being able to tell.
  if (magic === '\x7fELF') return named([elf[head.readUInt16LE(18)]]);
  if (head.readUInt32LE(0) === 0xfeedfacf) return named([machO[head.readUInt32LE(4)]]);
  if (head.readUInt32BE(0) === 0xcafebabe) {
    const count = Math.min(head.readUInt32BE(4), 8);
    return named(Array.from({ length: count }, (_, index) => machO[head.readUInt32BE(8 + 20 * index)]));
  }
  if (magic.startsWith('MZ')) {
    const header = head.readUInt32LE(0x3c);
    return header + 6 <= head.length ? named([pe[head.readUInt16LE(header + 4)]]) : [];
  }
  return [];
}

function named(machines: (string | undefined)[]): string[] {
  return machines.filter((machine) => machine !== undefined);
}
