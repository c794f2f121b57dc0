// Calls that are not waited for.

import type { Case } from './case.ts';

export const awaitedCall: Case = {
  name: 'async-one',
  title: '`await sqrt.async(2.5)`, one after the other',
  target: { kind: 'nanoseconds', limit: 8000 },
  expected: 1.5811388300841898,
  python: 'import math',
  caduceus: ({ py }) => {
    const { sqrt } = py.import('math');
    return async (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = await sqrt.async(2.5);
      return last;
    };
  },
};

const most = 10_000;

export const callsInFlight: Case = {
  name: 'async-many',
  title: '`sqrt.async(2.5)`, 10,000 in flight',
  target: { kind: 'nanoseconds', limit: 3000 },
  expected: 1.5811388300841898,
  python: 'import math',
  caduceus: ({ py }) => {
    const { sqrt } = py.import('math');
    return async (count) => {
      let last: unknown;
      for (let left = count; left > 0; left -= most) {
        const calls = Array.from({ length: Math.min(left, most) }, () => sqrt.async(2.5));
        last = (await Promise.all(calls)).at(-1);
      }
      return last;
    };
  },
};

/** The floor that calls a Python function of one float. */
const callingFloat =
  (name: string): NonNullable<Case['floor']> =>
  (floor) => {
    const call = floor.evaluate(name);
    return (count) => {
      let last = 0;
      for (let i = 0; i < count; i++) last = floor.callFloat(call, 0);
      return last;
    };
  };

export const fourAtOnce: Case = {
  name: 'async-four',
  title: 'four calls that compute at once, against one',
  target: { kind: 'ratio', limit: 2.1 },
  freeThreaded: true,
  expected: 0,
  // Immortal constants: one that is not would be counted by all threads at once.
  python: `
def burn():
    x = 0
    for _ in range(200000): x ^= 1
    return x
def burn_float(_):
    return float(burn())
`,
  caduceus: ({ py }) => {
    const { burn } = py.main;
    return async (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++)
        [last] = await Promise.all([burn.async(), burn.async(), burn.async(), burn.async()]);
      return last;
    };
  },
  floor: callingFloat('burn_float'),
};

/** What the host's two processors can do at all: at times they are two threads of one core. */
export const fourThreads: Case = {
  ...fourAtOnce,
  name: 'async-four-threads',
  title: 'four calls that compute at once, against four waiting threads of plain Python',
  target: { kind: 'ratio', limit: 1.1 },
  python: `${fourAtOnce.python}
import queue, threading
todo, done = queue.SimpleQueue(), queue.SimpleQueue()
def serve():
    while todo.get(): done.put(burn())
for _ in range(4): threading.Thread(target=serve, daemon=True).start()
def burn_in_threads(_):
    for _ in range(4): todo.put(True)
    return float(sum(done.get() for _ in range(4)))
`,
  floor: callingFloat('burn_in_threads'),
};

export const awaitedCoroutine: Case = {
  name: 'await-coroutine',
  title: '`await coroutine()`, one after the other',
  expected: 1,
  python: `
async def coroutine():
    return 1
`,
  caduceus: ({ py }) => {
    const { coroutine } = py.main;
    return async (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = await coroutine();
      return last;
    };
  },
};
