import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type BridgeError, py } from 'caduceus';
import { runProgram, workerSource } from '../support/program.ts';

const code = (wanted: string) => (error: unknown) => (error as BridgeError).code === wanted;

/** A main program with `begin(source, workerData)`, which starts a worker. */
const main = `
const { Worker, MessageChannel, BroadcastChannel } = require('node:worker_threads');
const { once } = require('node:events');
const begin = (source, workerData) => new Worker(source, { eval: true, workerData });
`;

describe('py.share', () => {
  test('gives a token that is plain data, and py.adopt the same object as often as wanted', () => {
    const list = py.list([1, 2, 3]);
    const token = py.share(list);
    assert.deepEqual(Object.keys(token), ['caduceusShare']);
    assert.equal(py.adopt(structuredClone(token)), list);
    assert.equal(py.adopt(JSON.parse(JSON.stringify(token))), list);
    assert.equal(py.adopt(token), list);
    token.revoke();
    token.revoke();
    assert.throws(() => py.adopt(token), code('NOT_SHARED'));
    assert.equal(list.length, 3);
  });

  test('keeps the object alive when its proxy is released', () => {
    const made = py.eval('type("Kept", (), {})()');
    const ref = py.import('weakref').ref(made);
    const isAlive = py.eval('lambda ref: ref() is not None');
    const token = py.share(made);
    made[Symbol.dispose]();
    assert.equal(isAlive(ref), true);
    const again = py.adopt(token);
    token.revoke();
    assert.equal(isAlive(ref), true);
    again[Symbol.dispose]();
    assert.equal(isAlive(ref), false);
  });

  test('holds immutable values unconverted, functions, methods, modules and exceptions', () => {
    for (const value of [py.int(5), py.str('x'), py.builtins.len, py.list([1]).append, py.import('math')]) {
      using token = py.share(value);
      assert.equal(py.adopt(token).is(value), true);
    }
    const error = py.eval('ValueError("mine")');
    using token = py.share(error);
    assert.equal(py.adopt(token), error);
  });

  test('says what to do with what is no Python object', () => {
    for (const value of [1, 'x', null, undefined, {}, [1], () => 1]) {
      assert.throws(() => py.share(value), code('NOT_PYTHON'));
    }
    const released = py.list([1]);
    released[Symbol.dispose]();
    assert.throws(() => py.share(released), code('RELEASED'));
  });

  test('knows what is no token', () => {
    for (const value of [1, 'x', null, undefined, {}, { caduceusShare: 1 }, py.list([1])]) {
      assert.throws(() => py.adopt(value as never), code('NOT_SHARED'));
    }
    for (const text of ['', 'x', '0'.repeat(32), '\0', '💥']) {
      assert.throws(() => py.adopt({ caduceusShare: text }), code('NOT_SHARED'));
    }
  });
});

describe('a proxy', () => {
  test('cannot be cloned, and says what to do instead', () => {
    for (const post of [
      (x: unknown) => structuredClone(x),
      (x: unknown) => structuredClone({ deep: [x] }),
      (x: unknown) => new MessageChannel().port1.postMessage(x),
    ]) {
      assert.throws(
        () => post(py.list([1])),
        (error: Error) => error.name === 'DataCloneError' && /Python object.*py\.share/.test(error.message),
      );
      assert.throws(
        () => post(py.builtins.len),
        (error: Error) => error.name === 'DataCloneError',
      );
    }
  });
});

describe('an object shared between JavaScript threads', { concurrency: 2 }, () => {
  test('is the same object everywhere, by workerData, postMessage, MessageChannel and BroadcastChannel', async () => {
    const ended = await runProgram(
      `${main}
      const list = py.list([]);
      const token = py.share(list);
      const worker = begin(${workerSource(`
        const { BroadcastChannel } = require('node:worker_threads');
        const first = py.adopt(workerData);
        first.append('workerData');
        const take = (name) => (token) => {
          const again = py.adopt(token);
          if (again !== first) throw new Error(name);
          again.append(name);
        };
        const channel = new BroadcastChannel('objects');
        let open = 3;
        const done = (port) => { port.close?.(); if (--open === 0) parentPort.close(); };
        channel.onmessage = ({ data }) => { take('BroadcastChannel')(data); done(channel); };
        parentPort.on('message', (message) => {
          if (message.port) {
            message.port.on('message', (token) => { take('MessageChannel')(token); done(message.port); });
          } else { take('postMessage')(message); done({}); }
        });
        parentPort.postMessage('ready');
      `)}, token);
      await once(worker, 'message');
      worker.postMessage(token);
      const { port1, port2 } = new MessageChannel();
      worker.postMessage({ port: port2 }, [port2]);
      port1.postMessage(token);
      const channel = new BroadcastChannel('objects');
      channel.postMessage(token);
      await once(worker, 'exit');
      channel.close();
      port1.close();
      console.log(py.as(list, Array).sort().join());
    `,
    );
    assert.deepEqual(
      [ended.status, ended.stdout],
      [0, 'BroadcastChannel,MessageChannel,postMessage,workerData\n'],
      ended.stderr,
    );
  });

  test('goes back and forth, and functions of it run in each thread', async () => {
    const ended = await runProgram(
      `${main}
      py.exec('class Counter:\\n    n = 0\\n    def add(self, f):\\n        self.n += f(self.n)');
      const counter = py.main.Counter();
      const worker = begin(${workerSource(`
        const counter = py.adopt(workerData);
        for (let i = 0; i < 100; i++) counter.add(() => 1);
        parentPort.postMessage(py.share(counter));
        parentPort.once('message', () => {});
      `)}, py.share(counter));
      const [token] = await once(worker, 'message');
      console.log(py.adopt(token) === counter, counter.n);
      worker.postMessage('end');
      await once(worker, 'exit');
      try { py.adopt(token); } catch (error) { console.log(error.code); }
      console.log(counter.n);
    `,
    );
    assert.deepEqual([ended.status, ended.stdout], [0, 'true 100\nNOT_SHARED\n100\n'], ended.stderr);
  });

  test('stays whole when the receiver is terminated before, during or after', async () => {
    const ended = await runProgram(
      `${main}
      const list = py.list([]);
      const count = py.import('sys').getrefcount;
      const before = count(list);
      for (let i = 0; i < 30; i++) {
        const token = py.share(list);
        const worker = begin(${workerSource('for (;;) { py.adopt(workerData).append(1); parentPort.postMessage(1); }')}, token);
        if (i % 3 === 1) await new Promise((r) => setTimeout(r, i * 5));
        if (i % 3 === 2) await once(worker, 'message');
        await worker.terminate();
        token.revoke();
      }
      console.log(count(list) - before, list.length > 0, py.eval('1'));
    `,
      { limit: 100 },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, '0 true 1\n'], ended.stderr);
  });

  test('is adopted and revoked by eight workers at once', async () => {
    const ended = await runProgram(
      `${main}
      const list = py.list([]);
      const token = py.share(list);
      const workers = Array.from({ length: 8 }, () => begin(${workerSource(`
        for (let i = 0; i < 500; i++) {
          const mine = py.share(py.adopt(workerData));
          py.adopt(mine).append(i);
          mine.revoke();
        }
      `)}, token));
      await Promise.all(workers.map((worker) => once(worker, 'exit')));
      console.log(list.length);
    `,
      { limit: 100 },
    );
    assert.deepEqual([ended.status, ended.stdout], [0, '4000\n'], ended.stderr);
  });
});
