// Memory: very many objects of a kind made and dropped, twice; the second pass must not need more.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Built, childEnvironment, type Side } from './contestant.ts';
import type { Interpreter } from './interpreters.ts';
import type { Row } from './row.ts';

export type Kind = 'proxies' | 'strings' | 'closures' | 'objects' | 'classes';

interface Amount {
  readonly title: string;
  readonly count: number;
}

const million = 1_000_000;
export const amounts: Readonly<Record<Kind, Amount>> = {
  proxies: { title: '10^6 proxies', count: million },
  strings: { title: '10^6 strings', count: million },
  closures: { title: '10^6 closures', count: million },
  objects: { title: '10^6 JavaScript objects made in Python', count: million },
  classes: { title: '10^5 JavaScript classes in Python, a method of each', count: million / 10 },
};
export const kinds = Object.keys(amounts) as readonly Kind[];

/**
 * 8 bytes for each of a million: no object of either heap is smaller, so one leaked per operation shows; both collectors'
 * noise stays below. A class takes thousands.
 */
const most = 8 * million;
const limitMilliseconds = 300_000;
/**
 * V8 otherwise enlarges its young generation at a time of its own choice, once, which looks like a leak. Of the 16 MiB
 * that it may have, it touches the last 5 only in later passes; hence a small one.
 */
const flags = ['--expose-gc', '--min-semi-space-size=4', '--max-semi-space-size=4'];
const mebi = 1024 * 1024;

export async function measureMemory(kind: Kind, interpreter: Interpreter, built: Built): Promise<Row> {
  const caduceus = await passes('caduceus', kind, interpreter, built);
  const floor = await passes('floor', kind, interpreter, built);
  const limit = most / mebi;
  const growth = caduceus.second - caduceus.first;
  return {
    title: `memory: ${amounts[kind].title}, twice`,
    caduceus: text(caduceus),
    floor: text(floor),
    figure: `${signed(growth, 1)} MiB (${signed((100 * growth) / caduceus.first, 1)} %)`,
    target: `${limit.toFixed(1)} MiB`,
    met: growth <= limit,
  };
}

/** Resident memory after each pass, in MiB. */
interface Passes {
  readonly first: number;
  readonly second: number;
}

async function passes(side: Side, kind: Kind, { executable }: Interpreter, built: Built): Promise<Passes> {
  const args = [...flags, built.child('memory'), side, kind, executable, built.floorPath];
  const env = childEnvironment(executable);
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: limitMilliseconds });
  const [first = Number.NaN, second = Number.NaN]: number[] = JSON.parse(stdout);
  return { first: first / mebi, second: second / mebi };
}

function text({ first, second }: Passes): string {
  return `${first.toFixed(0)} then ${second.toFixed(0)} MiB`;
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(digits)}`;
}
