// What a call that attaches costs where many threads make one at a time: processor time, in one worker and in all.

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { py } from 'caduceus';
import { type Costs, type Order, threads } from '../attaching.ts';
import { median } from '../statistics.ts';

const rounds = 7;
const calls = 200_000;

console.log(JSON.stringify(await main()));
process.exit(0);

async function main(): Promise<Costs> {
  py.builtins; // the main thread starts Python
  const file = fileURLToPath(import.meta.url.replace('attaching.mjs', 'attaching-worker.mjs'));
  const workers = Array.from({ length: threads }, () => new Worker(file));
  await run(workers, 'calls'); // warm
  await run(workers, 'contended');
  const costs = {
    one: [] as number[],
    all: [] as number[],
    oneContended: [] as number[],
    allContended: [] as number[],
  };
  for (let i = 0; i < rounds; i++) {
    const alone = [workers[i % threads] as Worker];
    costs.one.push(await run(alone, 'calls'));
    costs.all.push(await run(workers, 'calls'));
    costs.oneContended.push(await run(alone, 'contended'));
    costs.allContended.push(await run(workers, 'contended'));
  }
  return {
    one: median(costs.one),
    all: median(costs.all),
    oneContended: median(costs.oneContended),
    allContended: median(costs.allContended),
  };
}

/** Nanoseconds of processor time a call, the mean of the threads. */
async function run(some: readonly Worker[], kind: Order['kind']): Promise<number> {
  const order: Order = {
    kind,
    count: calls,
    threads: some.length,
    state: new Int32Array(new SharedArrayBuffer(8)),
    word: new Int32Array(new SharedArrayBuffer(4)),
  };
  const answers = some.map((worker) => once(worker, 'message'));
  for (const worker of some) worker.postMessage(order);
  const times = (await Promise.all(answers)).map(([time]) => time as number);
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}
