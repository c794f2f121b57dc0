// What a case of the benchmark is: one operation, written for Caduceus as a user writes it and for the floor by hand.

import type * as Caduceus from 'caduceus';
import type { Floor } from '../floor/floor.ts';

export type { Caduceus };

/** Does the operation `count` times and returns the last result, or a promise of it. */
export type Batch = (count: number) => unknown;

/** What Caduceus has to reach, in the unit of the comparison. */
export type Target =
  /** At most this many times the floor's own time for the same operation. */
  | { readonly kind: 'ratio'; readonly limit: number }
  /** At most this many times the floor's `sqrt(2.5)`, so that a slower machine has more nanoseconds. */
  | { readonly kind: 'sqrts'; readonly limit: number }
  /** At most this many nanoseconds. */
  | { readonly kind: 'nanoseconds'; readonly limit: number };

export interface Case {
  readonly name: string;
  /** What the table shows: the operation in the user's words. */
  readonly title: string;
  /** Absent where the row is only for information. */
  readonly target?: Target;
  /** What a batch returns on both sides: the proof that both did the work. */
  readonly expected: unknown;
  /** Statements run in Python's `__main__` before either side is made. */
  readonly python: string;
  readonly caduceus: (api: typeof Caduceus) => Batch;
  /** Absent where nothing comparable is written by hand: the target is then a time. */
  readonly floor?: (floor: Floor) => Batch;
  /** Whether it makes sense without the GIL alone. */
  readonly freeThreaded?: boolean;
}
