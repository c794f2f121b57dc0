// One worker: the operations of a JavaScript thread, and a function that Python threads call here.

import { parentPort, workerData } from 'node:worker_threads';
import { py } from 'caduceus';
import { Actor } from './actor.ts';
import { asynchronous } from './asynchronous.ts';
import { type HandedOver, handOvers, listen, take, workerOperations } from './hand-overs.ts';
import { operations } from './operations.ts';
import { pairOperations } from './pairs.ts';
import { Random } from './random.ts';

const { seed, serial, handedOver } = workerData as { seed: number; serial: number; handedOver: HandedOver };
const random = new Random(seed);
take(handedOver, random);
const python = py.import('stress_side');
python.of_workers[serial] = (n: number) => n + 1;
const pairs = pairOperations(python).operations;
const actor = new Actor(
  random,
  [...operations, ...pairs, ...asynchronous, ...handOvers, ...workerOperations],
  python,
);
const stopListening = listen(random);
parentPort?.on('message', (how) => {
  if (how === 'exit') process.exit(3); // in the middle of whatever is under way
  actor.stop();
  parentPort?.close();
});
const beat = setInterval(() => parentPort?.postMessage({ done: actor.done }), 500);
// Not awaited by the module: V8 aborts the process if a worker is terminated just as a module begins that waits.
actor.run().then(() => {
  clearInterval(beat);
  stopListening();
  parentPort?.postMessage({ counts: actor.counts, done: actor.done });
});
