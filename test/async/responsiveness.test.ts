import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { py } from 'caduceus';

py.exec(`
  def burn(n):
      x = 0
      for _ in range(n): x ^= 1
      return x
  stop = False
  def burn_until_stopped():
      while not stop: burn(1000)
  def make(i): return [i]
`);
const { burn, burn_until_stopped, make } = py.main;

interface Delays {
  median: number;
  /** 95 of 100 are shorter. */
  most: number;
  longest: number;
}

/** How long the event loop is held up while `work` runs, in milliseconds: of three rounds what others disturbed least. */
async function delays(work: () => Promise<void>): Promise<Delays> {
  const rounds: Delays[] = [];
  for (let i = 0; i < 3; i++) {
    const histogram = monitorEventLoopDelay({ resolution: 1 });
    histogram.enable();
    await work();
    histogram.disable();
    const percentile = (percent: number) => histogram.percentile(percent) / 1e6;
    rounds.push({ median: percentile(50), most: percentile(95), longest: histogram.max / 1e6 });
  }
  const least = (which: keyof Delays) => Math.min(...rounds.map((round) => round[which]));
  return { median: least('median'), most: least('most'), longest: least('longest') };
}

// What is promised; another process may take the cores from this one for longer, now and then.
const promised = 50;
const longest = 4 * promised;

function check(what: string, found: Delays): void {
  const text = `${what}: ${JSON.stringify(found)}`;
  assert.ok(found.median < promised / 2, text);
  assert.ok(found.most < promised, text);
  assert.ok(found.longest < longest, text);
}

test('the event loop turns while four Python threads compute', async (t) => {
  const running = Array.from({ length: 4 }, () => burn_until_stopped.async());
  const found = {
    'nothing is asked': await delays(() => sleep(300)),
    'calls are awaited': await delays(async () => {
      for (const end = Date.now() + 300; Date.now() < end; await sleep(1))
        await Promise.race([make.async(1), sleep(20)]);
    }),
    // With the GIL each call waits for its turn among five threads.
    'calls are made': await delays(async () => {
      for (const end = Date.now() + 300; Date.now() < end; await sleep(1)) make(1);
    }),
  };
  py.main.stop = true;
  await Promise.all(running);
  py.main.stop = false;
  t.diagnostic(JSON.stringify(found));
  for (const [what, delays] of Object.entries(found)) check(what, delays);
});

test('10,000 answers do not hold up a timer', async () => {
  const found = await delays(async () => {
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => make.async(i)));
  });
  assert.ok(found.longest < 2 * longest, JSON.stringify(found));
});

test('timers fire while calls are awaited one after the other', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const end = Date.now() + 20_000;
  while (ticks < 20 && Date.now() < end) await burn.async(10);
  clearInterval(timer);
  assert.equal(ticks >= 20, true, `${ticks} ticks`);
});
