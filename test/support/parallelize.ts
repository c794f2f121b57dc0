// Runs one function many times at once, behind a start barrier: on Python threads, or on workers.

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { PythonError, py } from 'caduceus';

/** What a function that runs in a worker gets: everything it uses, since it sees nothing of its file. */
export interface Place {
  py: any;
  kw: any;
  at: any;
  PythonError: any;
  require: NodeJS.Require;
  gc: () => void;
  /** Which of the workers this is. */
  index: number;
  data: any;
}

/** Rows run their full counts with CADUCEUS_FULL_ROWS=1, `npm run stress -- --rows`, and smaller ones otherwise. */
export function count(usual: number, full: number): number {
  return process.env.CADUCEUS_FULL_ROWS === '1' ? full : usual;
}

const begin = py.def`
def begin(count, function):
    import threading
    barrier = threading.Barrier(count)
    results, errors = [None] * count, []
    def run(index):
        try:
            barrier.wait(60)
            results[index] = function(index)
        except BaseException as error:
            errors.append(error)
    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(count)]
    for thread in threads:
        thread.start()
    return threads, results, errors
`;
const isAnyAlive = py.eval('lambda threads: any(thread.is_alive() for thread in threads)');
const join = py.eval('lambda threads: [thread.join() for thread in threads]');

/** Runs a Python function on Python threads at once while this thread's loop turns; the results by index. */
export async function parallelize(threads: number, fn: unknown): Promise<any[]> {
  return checkingGil(async () => {
    const begun = begin(threads, fn);
    while (isAnyAlive(begun[0])) await new Promise((resolve) => setTimeout(resolve, 1));
    return resultsOf(begun);
  });
}

/** The same while this thread waits in Python for their end. */
export async function parallelizeJoined(threads: number, fn: unknown): Promise<any[]> {
  return checkingGil(async () => {
    const begun = begin(threads, fn);
    join(begun[0]);
    return resultsOf(begun);
  });
}

function resultsOf([, results, errors]: any): any[] {
  if (errors.length > 0) throw new PythonError(errors[0]);
  return [...results];
}

/** On a free-threaded build the GIL is off before and after. */
async function checkingGil<T>(work: () => Promise<T>): Promise<T> {
  const gilIsOn = !py.info.freeThreaded;
  assert.equal(py.info.gilEnabled, gilIsOn, 'the GIL before');
  const result = await work();
  // CPython turns it on for as long as some thread imports an extension module.
  for (let turn = 0; py.info.gilEnabled !== gilIsOn && turn < 100; turn++) await delay(10);
  assert.equal(py.info.gilEnabled, gilIsOn, 'the GIL after');
  return result;
}

const program = `
const { createRequire } = require('node:module');
const { parentPort } = require('node:worker_threads');
const requireHere = createRequire(process.cwd() + '/worker.js');
const { py, kw, at, PythonError } = requireHere('caduceus');
const __name = (fn) => fn; // what esbuild calls to keep a function's name
parentPort.on('message', async ({ source, workers, index, data, state }) => {
  if (!source) return parentPort.close();
  try {
    py.builtins; // starting is not what is to happen at once
    const fn = eval('(' + source + ')');
    if (Atomics.add(state, 0, 1) === workers - 1) {
      Atomics.store(state, 1, 1);
      Atomics.notify(state, 1);
    }
    Atomics.wait(state, 1, 0, 60000);
    const place = { py, kw, at, PythonError, require: requireHere, gc: globalThis.gc, index, data };
    parentPort.postMessage({ value: await fn(place) });
  } catch (error) {
    parentPort.postMessage({ error: [error?.stack ?? error, error?.traceback].join('\\n') });
  }
});
`;

/** Workers that are kept from one call to the next. */
export class Workers {
  readonly #workers: Worker[];
  readonly #exits: Promise<number>[];

  constructor(workers: number) {
    py.builtins; // the main thread starts Python
    this.#workers = Array.from({ length: workers }, () => new Worker(program, { eval: true }));
    this.#exits = this.#workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
  }

  /** Runs `fn` in each at once while this thread's loop turns; the results by index. */
  async parallelize<T>(fn: (place: Place) => T, data?: unknown): Promise<Awaited<T>[]> {
    return checkingGil(async () => {
      const workers = this.#workers.length;
      const state = new Int32Array(new SharedArrayBuffer(8));
      const answers = this.#workers.map(
        (worker, index) =>
          new Promise<any>((resolve) => {
            worker.once('message', resolve);
            worker.once('error', (error) => resolve({ error: String(error) }));
            worker.postMessage({ source: String(fn), workers, index, data, state });
          }),
      );
      return (await Promise.all(answers)).map(({ value, error }) => {
        if (error !== undefined) throw new Error(`in a worker: ${error}`);
        return value;
      });
    });
  }

  /** Lets them end by themselves; each must end well. */
  async close(): Promise<void> {
    for (const worker of this.#workers) worker.postMessage({});
    assert.deepEqual([...new Set(await Promise.all(this.#exits))], [0]);
  }
}
