// Threads: a JavaScript function called from a Python thread, and two workers that call Python at once.

import { type Built, resultOf } from './contestant.ts';
import type { Interpreter } from './interpreters.ts';
import { duration, type Row, times } from './row.ts';

/** Nanoseconds a call. */
export interface Measured {
  /** The owner of the function idles in its event loop. */
  readonly idle: number;
  /** The owner of the function waits inside a synchronous Python call. */
  readonly blocked: number;
  /** `math.sqrt(2.5)` in a worker alone. */
  readonly one: number;
  /** The same in each of two workers at once. */
  readonly two: number;
}

const mostCallback = 5_000;
const leastGain = 1.9;
const limitMilliseconds = 120_000;

export async function measureThreads(interpreter: Interpreter, built: Built): Promise<Row[]> {
  const { idle, blocked, one, two } = await resultOf<Measured>(
    'threads',
    interpreter,
    built,
    limitMilliseconds,
  );
  const callback = (title: string, nanoseconds: number): Row => ({
    title: `callback from another thread, its owner ${title}`,
    caduceus: duration(nanoseconds),
    floor: '',
    figure: '',
    target: duration(mostCallback),
    met: nanoseconds <= mostCallback,
  });
  const gain = (2 * one) / two;
  const isParallel = interpreter.version.endsWith('t');
  return [
    callback('idle', idle),
    callback('waiting in Python', blocked),
    {
      title: '`sqrt(2.5)` in two workers at once, against one alone',
      caduceus: `${duration(two)} against ${duration(one)}`,
      floor: '',
      figure: times(gain),
      target: isParallel ? times(leastGain) : '',
      met: isParallel ? gain >= leastGain : undefined,
    },
  ];
}
