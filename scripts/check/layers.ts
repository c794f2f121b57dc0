// Who may import whom: only a lower rank, and rooms of one rank do not see each other.

import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { inRoot } from '../files.ts';
import { type Finding, readSource } from './source.ts';

/** What lies in src/ itself is one room, the composition. */
const ranks: Record<string, number> = {
  errors: 0,
  environments: 1,
  native: 1,
  values: 2,
  proxies: 3,
  classes: 4,
  async: 4,
  session: 5,
  composition: 6,
  hooks: 7,
  cli: 8,
};

/** For each native room, the rooms whose headers it may include. */
const nativeRooms: Record<string, string[]> = {
  js: ['js'],
  py: ['py'],
  bridge: ['bridge', 'js', 'py'],
  addon: ['addon', 'bridge', 'js', 'py'],
};

export function checkLayers(files: string[]): Finding {
  const problems = [
    ...files.filter((path) => /^src\/.*\.ts$/.test(path)).flatMap(importProblems),
    ...files.filter((path) => /^native\/.*\.(cpp|hpp|h|def)$/.test(path)).flatMap(includeProblems),
  ];
  return { problems };
}

function importProblems(path: string): string[] {
  const room = roomOf(path);
  const rank = ranks[room];
  if (rank === undefined) return [`${path}: the room '${room}' has no rank in scripts/check/layers.ts`];
  return imports(readSource(path)).flatMap((specifier) => {
    if (!specifier.startsWith('.')) return [];
    const target = posix.join(posix.dirname(path), specifier);
    if (!target.startsWith('src/')) return [`${path}: imports ${target}, which is outside src/`];
    const other = roomOf(target);
    const otherRank = ranks[other];
    if (other === room || otherRank === undefined || otherRank < rank) return [];
    return [`${path} (${room}, rank ${rank}) imports ${target} (${other}, rank ${otherRank})`];
  });
}

function roomOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : 'composition';
}

/** The specifiers of static and dynamic imports and of re-exports; comments do not count. */
function imports(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const pattern = /\b(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g;
  return [...code.matchAll(pattern)].map((match) => match[2] ?? '');
}

function includeProblems(path: string): string[] {
  const room = nativeRoomOf(path);
  const allowed = nativeRooms[room];
  if (!allowed) return [`${path}: the room '${room}' is not in scripts/check/layers.ts`];
  const lines = readSource(path).matchAll(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/gm);
  return [...lines].flatMap(([, bracket, name = '']) => {
    if (/^Python\.h$|(^|\/)(cpython|internal)\//.test(name))
      return [`${path}: includes ${name}; use py/api.def`];
    if (bracket !== '"') return [];
    const beside = posix.join(posix.dirname(path), name);
    const target = existsSync(inRoot(beside)) ? beside : posix.join('native', name);
    const other = nativeRoomOf(target);
    return allowed.includes(other) ? [] : [`${path} (native/${room}) includes ${target} (native/${other})`];
  });
}

function nativeRoomOf(path: string): string {
  const parts = path.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : (parts[1] ?? '').replace(/\.\w+$/, '');
}
