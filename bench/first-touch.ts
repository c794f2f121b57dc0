// A class with very many members: what Python's first look at it costs, and the looks after that.

import { type Built, resultOf } from './contestant.ts';
import type { Interpreter } from './interpreters.ts';
import { duration, type Row } from './row.ts';

/** Nanoseconds. */
export interface Touches {
  /** The class becomes a type, constructs an object, and a member of that is called. */
  readonly first: number;
  /** The same again. */
  readonly second: number;
  /** A Python class extends it, and `super()` finds a member. */
  readonly firstExtended: number;
  /** Another Python class does. */
  readonly secondExtended: number;
}

export const members = 10_000;
const most = 1e9;
const limitMilliseconds = 120_000;

export async function measureFirstTouch(interpreter: Interpreter, built: Built): Promise<Row[]> {
  const touches = await resultOf<Touches>('first-touch', interpreter, built, limitMilliseconds);
  const row = (title: string, nanoseconds: number, target?: number): Row => ({
    title: `a JavaScript class with ${members.toLocaleString('en')} members, ${title}`,
    caduceus: duration(nanoseconds),
    floor: '',
    figure: '',
    target: target ? duration(target) : '',
    met: target ? nanoseconds <= target : undefined,
  });
  return [
    row('first touch', touches.first, most),
    row('second', touches.second),
    row('first extended', touches.firstExtended, most),
    row('extended again', touches.secondExtended),
  ];
}
