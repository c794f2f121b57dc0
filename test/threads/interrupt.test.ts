import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BridgeError, py } from 'caduceus';
import { beginsWorkers, runProgram, workerSource } from '../support/program.ts';
import { inOneProcess } from '../support/rows.ts';

const waits: Record<string, string> = {
  'a loop': 'while True: pass',
  'time.sleep': 'import time; time.sleep(1000)',
  'Lock.acquire': 'import threading; k = threading.Lock(); k.acquire(); k.acquire()',
  'Queue.get': 'import queue; queue.Queue().get()',
  'os.read': 'import os; os.read(os.pipe()[0], 1)',
  'select.select': 'import select, os; select.select([os.pipe()[0]], [], [])',
};

const printed = inOneProcess(
  `${beginsWorkers}
  py.eval('1');
  const worker = begin(${workerSource(`
    py.eval('1');
    parentPort.on('message', () => setTimeout(() => parentPort.postMessage(py.interrupt(workerData)), 100));
    parentPort.postMessage(1);
  `)}, py.threadId);
  await once(worker, 'message');
  worker.unref();`,
  Object.fromEntries(
    Object.entries(waits).map(([name, code]) => [
      name,
      `worker.postMessage('go');
      const answer = once(worker, 'message');
      try { py.exec(${JSON.stringify(code)}); } catch (error) { console.log(error.name); }
      console.log(await answer);
      console.log(py.eval('sum(range(100000))'));`,
    ]),
  ),
);

describe('py.interrupt', { concurrency: 2 }, () => {
  for (const name of Object.keys(waits)) {
    test(`ends ${name} of the main thread, from a worker`, async () => {
      assert.equal(await printed(name), 'KeyboardInterrupt\n[ true ]\n4999950000\n');
    });
  }

  test('ends a loop of a worker, and a sleep loop step by step', async () => {
    const ended = await runProgram(`${beginsWorkers}
      py.eval('1');
      const worker = begin(${workerSource(`
        for (const code of ['while True: pass', 'import time\\nwhile True: time.sleep(0.01)']) {
          parentPort.postMessage(py.threadId);
          try { py.exec(code); } catch (error) { console.log(error.name); }
        }
      `)});
      for (let i = 0; i < 2; i++) {
        const [id] = await once(worker, 'message');
        await new Promise((r) => setTimeout(r, 100));
        console.log(py.interrupt(id));
      }
      await once(worker, 'exit');
    `);
    assert.equal(ended.status, 0, ended.stderr);
    assert.equal(ended.stdout.replaceAll('true\n', ''), 'KeyboardInterrupt\nKeyboardInterrupt\n');
  });

  test('ends a Python thread by its ident', async () => {
    const ended = await runProgram(`
      py.exec(${JSON.stringify(`
import threading, time
def work():
    try:
        while True: time.sleep(0.001)
    except KeyboardInterrupt: print('interrupted', flush=True)
t = threading.Thread(target=work); t.start()
`)});
      console.log(py.interrupt(py.main.t.ident));
      py.main.t.join();
    `);
    assert.equal(ended.status, 0, ended.stderr);
    assert.deepEqual(ended.stdout.split('\n').sort(), ['', 'interrupted', 'true']);
  });

  test('inside a callback interrupts the call that the callback is in', () => {
    py.exec('def call(f):\n    f()\n    for _ in range(10**9): pass');
    assert.throws(
      () => py.main.call(() => assert.equal(py.interrupt(), true)),
      (error: Error) => error.name === 'KeyboardInterrupt',
    );
    assert.equal(py.eval('sum(range(10**6))'), 499999500000);
  });

  test('is false where nothing runs, and nothing is interrupted later', async () => {
    assert.equal(py.interrupt(), false);
    assert.equal(py.interrupt(py.threadId), false);
    assert.equal(py.interrupt(BigInt(py.threadId)), false);
    assert.equal(py.interrupt(1), false);
    assert.equal(py.eval('sum(range(10**6))'), 499999500000);
  });

  test('never hits a call that began later', async () => {
    const ended = await runProgram(
      `${beginsWorkers}
      py.eval('1');
      const worker = begin(${workerSource(`
        const { sqrt } = py.import('math');
        const guarded = py.eval('lambda: sum(range(20))');
        let hit = 0;
        parentPort.postMessage(py.threadId);
        const end = Date.now() + 1000;
        while (Date.now() < end) {
          // What is interrupted is this call, or none.
          try { py.eval('[x for x in range(200)]'); } catch (error) { if (error.name !== 'KeyboardInterrupt') throw error; hit++; }
        }
        parentPort.postMessage(hit);
      `)});
      const [id] = await once(worker, 'message');
      let told = 0, hit;
      worker.once('message', (n) => { hit = n; });
      while (hit === undefined) {
        if (py.interrupt(id)) told++;
        await new Promise((r) => setTimeout(r, 1));
      }
      console.log(told > 0, hit <= told, hit > 0);
    `,
      { limit: 60 },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, 'true true true\n'], ended.stderr);
  });

  test('says what an id is', () => {
    for (const id of ['1', 1.5, null, {}]) {
      assert.throws(
        () => py.interrupt(id as unknown as number),
        (error: BridgeError) => error.code === 'WRONG_ARGUMENT',
      );
    }
  });
});

describe('an interrupt that meets work of the bridge', () => {
  /** It comes with whatever Python code runs next on this thread, ours or the bridge's own. */
  const pastInterrupt = <T>(work: () => T): T => {
    for (let times = 0; ; times++) {
      try {
        return work();
      } catch (error) {
        if (times > 1 || (error as Error).name !== 'KeyboardInterrupt') throw error;
      }
    }
  };

  test('does not make a proxy of the wrong kind', () => {
    py.exec(`
      import collections.abc
      armed = False
      class Hook(collections.abc.Set):
          @classmethod
          def __subclasshook__(cls, other):
              global armed
              if armed:
                  armed = False
                  raise KeyboardInterrupt
              return NotImplemented
      def make():
          global armed
          made = type('Callable', (), {'__call__': lambda self: 1, '__contains__': lambda self, item: False})()
          armed = True
          return made
    `);
    const made = py.main.make();
    assert.equal(
      pastInterrupt(() => made()),
      1,
    );
    assert.equal(
      pastInterrupt(() => py.main.armed),
      false,
    );
  });

  test('does not lose the answer of a promise', async () => {
    py.exec(`
      import asyncio
      class Loop(asyncio.SelectorEventLoop):
          raises = None
          def call_soon_threadsafe(self, *args, **kwargs):
              raises = Loop.raises
              if type(getattr(args[0], '__self__', None)).__name__ == 'Waiter': Loop.raises = None
              else: raises = None
              if raises in ('before', 'twice'):
                  if raises == 'twice': Loop.raises = 'before'
                  raise KeyboardInterrupt
              handle = super().call_soon_threadsafe(*args, **kwargs)
              if raises == 'after': raise KeyboardInterrupt
              return handle
      async def wait(promise): return await asyncio.wait_for(promise_of(promise), 20)
      async def promise_of(promise): return await promise
      def run(promise, raises):
          Loop.raises = raises
          with asyncio.Runner(loop_factory=Loop) as runner:
              return runner.run(wait(promise))
    `);
    const { run, Loop } = py.main;
    for (const raises of ['before', 'after', 'twice', null]) {
      const later = new Promise((resolve) => setTimeout(resolve, 50, raises));
      assert.equal(await pastInterrupt(() => py.async(run, [later, raises])), raises);
      assert.equal(
        pastInterrupt(() => Loop.raises),
        null,
      );
    }
  });
});
