// What threads cost, in one process: JavaScript functions called from a Python thread, and calls from two workers at once.

import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { py } from 'caduceus';
import { median } from '../statistics.ts';
import type { Measured } from '../threads.ts';

const rounds = 9;
const callbacks = 20_000;
const calls = 300_000;

py.exec(`
import threading, time
def repeat(function, count):
    begun = time.perf_counter_ns()
    for i in range(count): function(i)
    elapsed.append((time.perf_counter_ns() - begun) / count)
elapsed = []
def start(function, count):
    thread = threading.Thread(target=repeat, args=(function, count))
    thread.start()
    return thread
`);

console.log(JSON.stringify(await main()));
process.exit(0);

async function main(): Promise<Measured> {
  const idle: number[] = [];
  const blocked: number[] = [];
  for (let i = 0; i < rounds; i++) {
    idle.push(await callbacksWhileIdle());
    blocked.push(callbacksWhileBlocked());
  }
  return { idle: median(idle), blocked: median(blocked), ...(await workers()) };
}

async function callbacksWhileIdle(): Promise<number> {
  const thread = py.main.start((i: number) => i, callbacks);
  do await wait(50);
  while (thread.is_alive());
  return py.main.elapsed.pop();
}

function callbacksWhileBlocked(): number {
  py.main.start((i: number) => i, callbacks).join();
  return py.main.elapsed.pop();
}

/** Interleaved: one worker, then two, then one. Each says how many nanoseconds its calls took. */
async function workers(): Promise<{ one: number; two: number }> {
  const file = fileURLToPath(import.meta.url.replace('threads.mjs', 'threads-worker.mjs'));
  const both = [new Worker(file), new Worker(file)];
  const run = async (some: Worker[]) => {
    for (const worker of some) worker.postMessage(calls);
    const times = await Promise.all(some.map(async (worker) => (await once(worker, 'message'))[0] as number));
    return Math.max(...times) / calls;
  };
  await run(both); // warm
  const one: number[] = [];
  const two: number[] = [];
  for (let i = 0; i < rounds; i++) {
    one.push(await run(both.slice(i % 2, (i % 2) + 1)));
    two.push(await run(both));
  }
  return { one: median(one), two: median(two) };
}
