// How late the event loop is while Python computes on another thread.

import { setTimeout as wait } from 'node:timers/promises';
import { py } from 'caduceus';
import type { Delays, Lateness } from '../responsiveness.ts';
import { median, quantile } from '../statistics.ts';

const rounds = 5;
const milliseconds = 1000;

py.exec(`
stop = False
def compute():
    x = 0
    while not stop:
        for _ in range(1000): x ^= 1
`);
const { sqrt } = py.import('math');

console.log(JSON.stringify(await main()));

async function main(): Promise<Lateness> {
  await delays(() => {}); // warm
  const idle = await delays(() => {});
  const computing = py.main.compute.async();
  await wait(50);
  const timers = await delays(() => {});
  const calls = await delays(() => sqrt(2.5));
  py.main.stop = true;
  await computing;
  return { idle, timers, calls };
}

/** Each turn of the loop does `work` and waits for a timer of one millisecond: how late that comes, in milliseconds. */
async function delays(work: () => unknown): Promise<Delays> {
  const found: Delays[] = [];
  for (let i = 0; i < rounds; i++) {
    const late: number[] = [];
    for (const end = performance.now() + milliseconds; performance.now() < end; ) {
      const begun = performance.now();
      work();
      await wait(1);
      late.push(Math.max(0, performance.now() - begun - 1));
    }
    found.push({ median: median(late), most: quantile(late, 0.99), longest: quantile(late, 1) });
  }
  const of = (which: keyof Delays) => median(found.map((one) => one[which]));
  return { median: of('median'), most: of('most'), longest: of('longest') };
}
