// A worker of children/attaching.ts: makes calls behind a start barrier, and says how much processor time each took.

import { parentPort } from 'node:worker_threads';
import { py } from 'caduceus';
import type { Order } from '../attaching.ts';

const { sqrt } = py.import('math');
const { thread_time_ns } = py.import('time');

const work = {
  calls(count: number): void {
    for (let i = 0; i < count; i++) sqrt(2.5);
  },
  contended(count: number, word: Int32Array): void {
    for (let i = 0; i < count; i++) {
      Atomics.add(word, 0, 1); // as attaching might do
      sqrt(2.5);
      Atomics.sub(word, 0, 1); // and detaching
    }
  },
};

parentPort?.on('message', ({ kind, count, threads, state, word }: Order) => {
  if (Atomics.add(state, 0, 1) === threads - 1) {
    Atomics.store(state, 1, 1);
    Atomics.notify(state, 1);
  }
  Atomics.wait(state, 1, 0);
  const begun: number = thread_time_ns();
  work[kind](count, word);
  parentPort?.postMessage((thread_time_ns() - begun) / count);
});
