// One case: its processes run side by side and take turns, so that both meet the same weather.

import { sqrtHoisted } from './cases/calls.ts';
import type { Case, Target } from './cases/case.ts';
import { type Built, Contestant, type Side } from './contestant.ts';
import type { Interpreter } from './interpreters.ts';
import { duration, type Row, times } from './row.ts';
import { median, quantile } from './statistics.ts';

/** Nanoseconds per operation, one number a round. */
interface Rounds {
  readonly caduceus: number[];
  readonly floor: number[];
  /** The floor's `sqrt(2.5)`, measured only where the target is in its unit. */
  readonly yardstick: number[];
}

export async function compare(
  wanted: Case,
  interpreter: Interpreter,
  built: Built,
  count: number,
): Promise<Row> {
  const rounds: Rounds = { caduceus: [], floor: [], yardstick: [] };
  const entrants: [keyof Rounds, Side, string][] = [['caduceus', 'caduceus', wanted.name]];
  if (wanted.floor) entrants.push(['floor', 'floor', wanted.name]);
  if (wanted.target?.kind === 'sqrts') entrants.push(['yardstick', 'floor', sqrtHoisted.name]);
  const started: [keyof Rounds, Contestant][] = [];
  try {
    for (const [key, side, name] of entrants) {
      started.push([key, await Contestant.start(side, name, interpreter, built)]);
    }
    for (let round = 0; round < count; round++) {
      const turn = round % 2 === 0 ? started : started.toReversed();
      for (const [key, contestant] of turn) rounds[key].push(await contestant.run());
    }
  } finally {
    for (const [, contestant] of started) contestant.close();
  }
  return rowOf(wanted, rounds);
}

function rowOf({ title, target }: Case, rounds: Rounds): Row {
  if (rounds.floor.length === 0) return rowWithoutFloor(title, target, rounds.caduceus);
  const [caduceus, floor] = [median(rounds.caduceus), median(rounds.floor)];
  const ratios = rounds.caduceus.map((value, i) => value / (rounds.floor[i] ?? Number.NaN));
  const spread = `${times(quantile(ratios, 0.1))} to ${times(quantile(ratios, 0.9))}`;
  const limit = target && limitOf(target, floor, median(rounds.yardstick));
  return {
    title,
    caduceus: duration(caduceus),
    floor: duration(floor),
    figure: `${times(caduceus / floor)} (${spread})`,
    target: limit?.text ?? '',
    met: limit && caduceus <= limit.nanoseconds,
  };
}

function rowWithoutFloor(title: string, target: Target | undefined, all: number[]): Row {
  const caduceus = median(all);
  const spread = `${duration(quantile(all, 0.1))} to ${duration(quantile(all, 0.9))}`;
  const limit = target?.kind === 'nanoseconds' ? limitOf(target, 0, 0) : undefined;
  return {
    title,
    caduceus: duration(caduceus),
    floor: '',
    figure: `(${spread})`,
    target: limit?.text ?? '',
    met: limit && caduceus <= limit.nanoseconds,
  };
}

function limitOf(
  { kind, limit }: Target,
  floor: number,
  yardstick: number,
): { nanoseconds: number; text: string } {
  switch (kind) {
    case 'ratio':
      return { nanoseconds: limit * floor, text: times(limit) };
    case 'sqrts':
      return {
        nanoseconds: limit * yardstick,
        text: `${duration(limit * yardstick)} (${limit.toFixed(2)} sqrt)`,
      };
    case 'nanoseconds':
      return { nanoseconds: limit, text: duration(limit) };
  }
}
