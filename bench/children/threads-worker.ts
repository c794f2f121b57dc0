// A worker of children/threads.ts: calls Python as often as it is told, and says how many nanoseconds that took.

import { parentPort } from 'node:worker_threads';
import { py } from 'caduceus';

const { sqrt } = py.import('math');

parentPort?.on('message', (count: number) => {
  const begun = process.hrtime.bigint();
  for (let i = 0; i < count; i++) sqrt(2.5);
  parentPort?.postMessage(Number(process.hrtime.bigint() - begun));
});
