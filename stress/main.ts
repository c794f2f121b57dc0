// The run itself, in a process of its own: scripts/stress.ts starts and watches it.

import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { PythonError, py } from 'caduceus';
import { held } from '../test/support/held.ts';
import { Actor } from './actor.ts';
import { asynchronous } from './asynchronous.ts';
import { handOver, handOvers, listen } from './hand-overs.ts';
import { assertNothingLeft, settledLeftOver } from './left-over.ts';
import { operations } from './operations.ts';
import { pairOperations } from './pairs.ts';
import { pythonSide } from './python-side.ts';
import { Random } from './random.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const seconds = Number(values.seconds);
const seed = Number(values.seed);
const random = new Random(seed);
const counts: Record<string, Record<string, number>> = {};
const add = (side: string, more: Record<string, number>) => {
  const sum = counts[side] ?? {};
  counts[side] = sum;
  for (const [name, n] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + n;
};

interface Running {
  worker: Worker;
  serial: number;
  done: number;
  ended: Promise<number>;
}
const running: Running[] = [];
let serials = 0;
let failure: unknown;

function startWorker(): Running {
  const serial = serials++;
  // Taken back when the worker has ended: some are terminated before, some while they adopt it.
  const { revoke, ...handedOver } = handOver(random, python);
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: { seed: seed * 100 + serial, serial, handedOver },
  });
  const ended = new Promise<number>((resolve) =>
    worker.once('exit', (status) => {
      revoke();
      resolve(status);
    }),
  );
  const one: Running = { worker, serial, done: 0, ended };
  worker.on('message', (message: { done: number; counts?: Record<string, number> }) => {
    one.done = message.done;
    if (message.counts) add('workers', message.counts);
  });
  worker.on('error', (error) => (failure ??= error));
  running.push(one);
  return one;
}

/** Ends one of the workers, by itself or not; sometimes one that has just begun. */
async function endWorker(): Promise<void> {
  const young = random.below(4) === 0;
  if (young) {
    startWorker();
    await new Promise((resolve) => setTimeout(resolve, random.below(150)));
  }
  const at = young ? running.length - 1 : random.below(running.length);
  const [victim] = running.splice(at, 1) as [Running];
  const { worker, ended, serial } = victim;
  python.of_workers.pop(serial, null);
  const how = young ? 'terminate' : random.pick(['terminate', 'terminate', 'stop', 'exit']);
  if (how === 'terminate') await worker.terminate();
  else worker.postMessage(how);
  const status = await ended;
  if (how !== 'terminate') assert.equal(status, how === 'exit' ? 3 : 0, `the status of worker ${serial}`);
  add('workers', { [how]: 1 });
  if (!young) startWorker();
}

const python = ((): any => {
  const util = py.import('types').ModuleType('stress_side');
  py.import('sys').modules.stress_side = util;
  py.builtins.exec(pythonSide, py.attr(util, '__dict__'));
  return util;
})();

const pairs = pairOperations(python);
python.pair_of_main.append(pairs.Pair);

/** What the Python threads use: objects and functions of this thread. */
function offered(): object {
  class Thing {
    n: number;
    self = this;
    constructor(n: number) {
      this.n = n;
    }
    plus(x: number): number {
      return this.n + x;
    }
  }
  class Offered {
    bag = new (class Bag {})();
    add = (a: number, b: number) => a + b;
    echo = (x: unknown) => x;
    call = (fn: (...args: unknown[]) => unknown, ...args: unknown[]) => {
      try {
        return fn(...args);
      } catch (error) {
        if (!(error instanceof PythonError)) console.log(error);
        throw error;
      }
    };
    down = (n: number, next: (n: number, next: unknown) => number): number =>
      n === 0 ? 0 : 1 + next(n - 1, next);
    make = (n: number) => new Thing(n);
    fail = (text: string) => {
      throw new RangeError(text);
    };
    numbers = (n: number) => py.ref(Array.from({ length: n }, (_, index) => index));
    floats = (n: number) => Float64Array.from({ length: n }, (_, index) => index);
    filled = (n: number, value: number) => new Uint8Array(n).fill(value);
    json = (data: unknown) => JSON.stringify(data);
    later = (n: number) => new Promise((resolve) => setTimeout(resolve, n % 4, n));
    failLater = async (text: string) => {
      throw new RangeError(text);
    };
    countLater = async function* (n: number) {
      for (let i = 0; i < n; i++) yield await Promise.resolve(i);
    };
    interrupt = (id: number) => py.interrupt(id);
    bytes = (view: any) => view.as(Uint8Array).reduce((sum: number, byte: number) => sum + byte, 0);
  }
  return new Offered();
}

async function stressed(seconds: number): Promise<void> {
  python.start(8, seed, py.ref(offered()));
  for (let n = 0; n < 4; n++) startWorker();
  const actor = new Actor(
    random,
    [...operations, ...pairs.operations, ...asynchronous, ...handOvers],
    python,
  );
  const stopListening = listen(random);
  const work = actor.run().catch((error) => (failure ??= error));
  const began = Date.now();
  let nextEnd = began + 300;
  let nextWord = began + 5000;
  while (Date.now() - began < seconds * 1000 && failure === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const wrong = python.errors();
    if (wrong.length > 0) failure ??= new Error(`in a Python thread: ${wrong[0]}`);
    if (Date.now() > nextEnd) {
      nextEnd = Date.now() + 100 + random.below(900);
      await endWorker();
    }
    if (Date.now() > nextWord) {
      nextWord = Date.now() + 5000;
      report(actor.done, began);
    }
  }
  report(actor.done, began);
  actor.stop();
  await work;
  stopListening();
  python.stop();
  for (const { worker } of running) worker.postMessage('stop');
  const statuses = await Promise.all(running.map(({ ended }) => ended));
  while (python.are_alive()) await new Promise((resolve) => setTimeout(resolve, 5));
  running.length = 0;
  add('main thread', actor.counts);
  add('Python threads', python.finish().as(Object));
  add('workers', { started: serials });
  if (failure !== undefined) throw failure;
  assert.deepEqual(new Set(statuses), new Set([0]), 'the statuses of the workers');
}

/** One line that the watcher reads: how far everybody is. */
function report(main: number, began: number): void {
  const threads = python.progress().as(Array);
  const workers = running.map(({ serial, done }) => `${serial}:${done}`);
  const { handles, objects, buffers } = held();
  const rss = Math.round(process.memoryUsage().rss / 2 ** 20);
  const at = Math.round((Date.now() - began) / 1000);
  console.log(
    `@${at} main ${main} threads ${threads.join(' ')} workers ${workers.join(' ')} | ${handles} handles, ${objects} objects, ${buffers} buffers, ${rss} MB`,
  );
}

try {
  py.import('faulthandler').enable();
  await stressed(3); // what stays for good (functions of ours, kept names) is there before the baseline
  const before = await settledLeftOver(python);
  await stressed(seconds);
  const after = await assertNothingLeft(python, before);
  for (const [side, mix] of Object.entries(counts)) {
    const all = Object.entries(mix).sort(([, a], [, b]) => b - a);
    console.log(`${side}: ${all.map(([name, n]) => `${name} ${n}`).join(', ')}`);
  }
  console.log(`left, as before: ${JSON.stringify(after)}`);
  console.log('stress ok');
} catch (error) {
  console.log(`stress failed with seed ${seed}: ${error instanceof PythonError ? error.traceback : ''}`);
  console.log(error);
  process.exit(1);
}
