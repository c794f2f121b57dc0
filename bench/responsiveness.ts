// How late the event loop is while Python computes, of which it is promised that it stays responsive.

import { type Built, resultOf } from './contestant.ts';
import type { Interpreter } from './interpreters.ts';
import type { Row } from './row.ts';

/** Milliseconds by which a timer came late. */
export interface Delays {
  readonly median: number;
  /** 99 of 100 are less. */
  readonly most: number;
  readonly longest: number;
}

export interface Lateness {
  /** Python does nothing. */
  readonly idle: Delays;
  /** One call computes on the pool; the loop has its timers alone. */
  readonly timers: Delays;
  /** The same, and each turn of the loop makes a synchronous call of its own. */
  readonly calls: Delays;
}

const promised = 50;
const limitMilliseconds = 120_000;

export async function measureResponsiveness(interpreter: Interpreter, built: Built): Promise<Row[]> {
  const { idle, timers, calls } = await resultOf<Lateness>(
    'responsiveness',
    interpreter,
    built,
    limitMilliseconds,
  );
  const row = (title: string, delays: Delays): Row => ({
    title: `event loop late while a Python call computes${title}`,
    caduceus: text(delays),
    floor: text(idle),
    figure: '',
    target: `${promised} ms`,
    met: delays.longest <= promised,
  });
  return [row('', timers), row(', a call in each turn', calls)];
}

function text({ median, most, longest }: Delays): string {
  return `${[median, most, longest].map((ms) => ms.toFixed(2)).join(', ')} ms`;
}
