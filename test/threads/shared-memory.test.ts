import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { py } from 'caduceus';
import { collectUntil, held } from '../support/held.ts';
import { count, parallelize, Workers } from '../support/parallelize.ts';
import { runProgram, workerSource } from '../support/program.ts';

// Each memory is full of one byte, so that whoever looks at other memory, at memory that was freed or at too much of
// it sees another one. A view is made and released by one thread: CPython's own memoryview bears no more everywhere.
const look = `
import collections, gc, threading, time
def check(looked_at, value):
    view = memoryview(looked_at)
    assert view.nbytes == len(view) * view.itemsize == view.shape[0] * view.strides[0], (view.nbytes, view.shape)
    data = bytes(view)
    assert data == bytes([value]) * len(data), (value, data[:10])
    size = view.nbytes
    view.release()
    return size
`;

const memories = (size: number, value: number) => {
  const shared = new SharedArrayBuffer(size);
  new Uint8Array(shared).fill(value);
  return [
    new Uint8Array(size).fill(value),
    new Float64Array(new Uint8Array(8 * size).fill(value).buffer),
    new Uint8Array(size + 9).fill(value).subarray(9),
    new Uint8Array(size).fill(value).buffer,
    new DataView(new Uint8Array(size + 3).fill(value).buffer, 3),
    shared,
    new Int16Array(new SharedArrayBuffer(0)),
    Buffer.from(String.fromCharCode(value & 127).repeat(size)).fill(value),
    new Uint8Array(0),
  ];
};

py.exec(look);
const first_looks = py.def`
def first_looks(arrays, value, times):
    def look(_):
        return [check(array, value) for _ in range(times) for array in arrays]
    return look
`;

describe('memory of JavaScript in many Python threads', () => {
  const workers = new Workers(4);
  after(() => workers.close());

  test('eight threads look first at the same memory at once, while its owner makes and collects more', async () => {
    for (let round = 0; round < count(20, 400); round++) {
      const value = 1 + (round % 250);
      const arrays = memories(round % 3 ? 7 : 5000, value);
      const sizes = await parallelize(8, first_looks(py.list(arrays), value, 4));
      for (const seen of sizes) {
        assert.deepEqual(
          [...seen].slice(0, arrays.length),
          arrays.map(({ byteLength }) => byteLength),
        );
      }
      if (round % 10 === 0) (globalThis as unknown as { gc: () => void }).gc();
    }
    await collectUntil(() => held().objects < 40);
  });

  test('what grows meanwhile has one size in each view', async () => {
    const Growable = SharedArrayBuffer as unknown as new (
      length: number,
      options: object,
    ) => SharedArrayBuffer & { grow(n: number): void };
    for (let round = 0; round < count(5, 50); round++) {
      const buffer = new Growable(8, { maxByteLength: 1 << 16 });
      let open = true;
      const grown = (async () => {
        for (let size = 16; open && size <= 1 << 16; size += 8) {
          buffer.grow(size);
          if (size % 256 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      const looks = first_looks(py.list([buffer, new Float64Array(buffer)]), 0, 40);
      for (const seen of await parallelize(8, looks)) {
        const sizes = [...seen] as number[];
        assert.deepEqual(
          sizes,
          [...sizes].sort((a, b) => a - b),
          'it never shrinks',
        );
      }
      open = false;
      await grown;
    }
  });

  test('four workers make it, eight threads look at it and let it go', async () => {
    const queue = py.import('queue').SimpleQueue();
    py.main.queue = queue;
    const consumed = parallelize(
      8,
      py.def`
      def consume(index):
          total = 0
          while (entry := queue.get()) is not None:
              assert check(entry[0], entry[1]) == entry[2], entry
              total += 1
              entry = None
          return total
    `,
    );
    const each = count(300, 20_000);
    await workers.parallelize(async ({ py, index, data, gc }) => {
      const put = py.main.queue.put;
      for (let n = 0; n < data; n++) {
        const value = 1 + ((n + index) % 250);
        const bytes = new Uint8Array(new (n % 3 ? ArrayBuffer : SharedArrayBuffer)((n * 37) % 3000)).fill(
          value,
        );
        // Looked at here, or there for the first time.
        if (n % 2) py.builtins.memoryview(bytes).release();
        put(py.tuple([bytes, value, bytes.length]));
        if (n % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
        if (n % 1000 === 0) gc();
      }
    }, each);
    for (let n = 0; n < 8; n++) queue.put(null);
    const totals = await consumed;
    assert.equal(
      totals.reduce((sum, n) => sum + n, 0),
      4 * each,
    );
  });
});

for (const end of ['terminate', 'exit', 'return']) {
  test(`workers that end by ${end} while eight Python threads look at their memory`, async () => {
    const ended = await runProgram(
      `
      import { Worker } from 'node:worker_threads';
      import { once } from 'node:events';
      py.exec(${JSON.stringify(`${look}
kept = collections.deque()
seen = collections.Counter()
errors = []
open = True
def work():
    try:
        while open or kept:
            try: looked_at, value, size = kept.popleft()
            except IndexError:
                time.sleep(0.0005)
                continue
            try:
                assert check(looked_at, value) == size, size
                seen['looked at'] += 1
            except (BufferError, ReferenceError) as error:
                assert 'has ended' in str(error), error
                seen['ended'] += 1
                del error
            looked_at = None
    except BaseException as error:
        errors.append(repr(error))
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
alive = lambda: any(thread.is_alive() for thread in threads)
`)});
      const source = ${workerSource(`
        const { kept } = py.main;
        const append = kept.append;
        parentPort.on('message', () => {
          if (workerData.end === 'exit') process.exit(0);
          open = false;
          parentPort.close();
        });
        let open = true;
        parentPort.postMessage(1);
        for (let n = 0; open; n++) {
          const value = 1 + (n % 250);
          const bytes = new Uint8Array(new (n % 3 ? ArrayBuffer : SharedArrayBuffer)((n * 37) % 3000)).fill(value);
          const memory = n % 5 < 2 ? bytes.buffer : bytes;
          append(py.tuple([n % 2 ? memory : py.builtins.memoryview(memory), value, bytes.length]));
          if (n % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
          while (kept.length > 500 && open) await new Promise((resolve) => setImmediate(resolve));
        }
      `)};
      for (let round = 0; round < ${count(3, 150)}; round++) {
        const workers = [1, 2].map(() => new Worker(source, { eval: true, workerData: { end: '${end}' } }));
        await Promise.all(workers.map((worker) => once(worker, 'message')));
        await new Promise((resolve) => setTimeout(resolve, 5 + 7 * (round % 5)));
        const exits = workers.map((worker) => once(worker, 'exit'));
        for (const worker of workers) '${end}' === 'terminate' ? worker.terminate() : worker.postMessage('end');
        await Promise.all(exits);
        if (round % 4 === 0) py.main.gc.collect();
      }
      py.main.open = false;
      while (py.main.alive()) await new Promise((resolve) => setTimeout(resolve, 5));
      console.log(py.main.errors.as(Array), py.eval('seen["looked at"] > 0'));
      `,
      { limit: count(60, 1000), env: { MALLOC_PERTURB_: '165' } },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, '[] true\n'], ended.stderr);
  });
}
