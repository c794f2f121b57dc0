// One worker: the operations of a JavaScript thread, and a function that Python threads call here.

import { parentPort, workerData } from 'node:worker_threads';
import { py } from 'caduceus';
import { Actor, operations } from './operations.ts';
import { Random } from './random.ts';

const { seed, serial } = workerData as { seed: number; serial: number };
const python = py.import('stress_side');
python.of_workers[serial] = (n: number) => n + 1;
const actor = new Actor(new Random(seed), operations, python);
parentPort?.on('message', () => {
  actor.stop();
  parentPort?.close();
});
const beat = setInterval(() => parentPort?.postMessage({ done: actor.done }), 500);
await actor.run();
clearInterval(beat);
parentPort?.postMessage({ counts: actor.counts, done: actor.done });
