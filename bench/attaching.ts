// Attaching: processor time of a call in one worker and in many at once. A word that all threads write would show.

import { type Built, resultOf } from './contestant.ts';
import type { Interpreter } from './interpreters.ts';
import { duration, type Row, times } from './row.ts';

export const threads = 16;

/** What the child tells a worker. */
export interface Order {
  readonly kind: 'calls' | 'contended';
  readonly count: number;
  /** How many begin at once. */
  readonly threads: number;
  readonly state: Int32Array;
  /** Shared by all. */
  readonly word: Int32Array;
}

/** Nanoseconds of processor time a call. */
export interface Costs {
  readonly one: number;
  readonly all: number;
  /** The same with a shared word that each call counts up and down. */
  readonly oneContended: number;
  readonly allContended: number;
}

const mostGrowth = 1.1;
const limitMilliseconds = 180_000;

export async function measureAttaching(interpreter: Interpreter, built: Built): Promise<Row[]> {
  const { one, all, oneContended, allContended } = await resultOf<Costs>(
    'attaching',
    interpreter,
    built,
    limitMilliseconds,
  );
  const row = (title: string, alone: number, together: number, target?: number): Row => ({
    title,
    caduceus: `${duration(together)} against ${duration(alone)}`,
    floor: '',
    figure: times(together / alone),
    target: target ? times(target) : '',
    met: target ? together / alone <= target : undefined,
  });
  return [
    row(`processor time of \`sqrt(2.5)\`: ${threads} workers at once, against one`, one, all, mostGrowth),
    row('the same with one shared word, counted up and down', oneContended, allContended),
  ];
}
