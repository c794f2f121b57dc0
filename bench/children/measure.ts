// One side of one case in its own process: warms up, then answers each message 'run' with nanoseconds per operation.

import { allCases } from '../cases/all.ts';
import type { Batch, Case } from '../cases/case.ts';
import type { Answer, Assignment } from '../contestant.ts';
import { loadFloor } from '../floor/floor.ts';
import { median } from '../statistics.ts';

/** Long enough that the clock and a timer tick do not matter, short enough for several in a round. */
const batchMilliseconds = 25;
const batchesPerRound = 5;
const warmUpMilliseconds = 250;

await main();

async function main(): Promise<void> {
  try {
    const assignment: Assignment = JSON.parse(process.argv[2] ?? '');
    const wanted = allCases.find(({ name }) => name === assignment.name);
    if (!wanted) throw new Error(`there is no case '${assignment.name}'`);
    const isFloor = assignment.side === 'floor';
    const batch = isFloor ? prepareFloor(wanted, assignment) : await prepareCaduceus(wanted);
    const result = await batch(2);
    if (result !== wanted.expected) throw new Error(`expected ${show(wanted.expected)}, got ${show(result)}`);
    const size = await batchSize(batch);
    process.on('message', async () => {
      const times: number[] = [];
      for (let i = 0; i < batchesPerRound; i++) times.push(await time(batch, size));
      answer({ nanoseconds: median(times) });
    });
    answer({ ready: true });
  } catch (error) {
    answer({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.disconnect?.();
  }
}

async function prepareCaduceus({ python, caduceus }: Case): Promise<Batch> {
  const api = await import('caduceus');
  api.py.exec(python);
  return caduceus(api);
}

function prepareFloor({ name, python, floor }: Case, { executable, floorPath }: Assignment): Batch {
  if (!floor) throw new Error(`the case '${name}' has no floor`);
  const loaded = loadFloor(floorPath);
  loaded.init(executable);
  loaded.run(python);
  return floor(loaded);
}

/** Nanoseconds per operation. */
async function time(batch: Batch, size: number): Promise<number> {
  const start = process.hrtime.bigint();
  const result = batch(size);
  if (result instanceof Promise) await result;
  return Number(process.hrtime.bigint() - start) / size;
}

/** Warms up and says how many operations make a batch of the wanted length. */
async function batchSize(batch: Batch): Promise<number> {
  let size = 1;
  const end = performance.now() + warmUpMilliseconds;
  while (performance.now() < end) {
    const milliseconds = ((await time(batch, size)) * size) / 1e6;
    const wanted = Math.round((size * batchMilliseconds) / Math.max(milliseconds, 0.001));
    size = Math.max(1, Math.min(wanted, size * 4));
  }
  return size;
}

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 80) ?? String(value);
}

function answer(message: Answer): void {
  process.send?.(message);
}
