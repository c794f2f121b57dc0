import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { py } from 'caduceus';
import { runProgram, workerSource } from '../support/program.ts';

const { freeThreaded, gilEnabled } = py.info;
// One of CPython's own test modules holds another one, which does not declare that it can do without the GIL.
const holder = py`__import__('importlib.util').util.find_spec('_testsinglephase')`;
const module = '_testsinglephase_circular';
const skip =
  !freeThreaded || gilEnabled ? 'the GIL is on from the start' : holder ? false : 'no _testsinglephase';

const load = `
py.exec(\`
import importlib.util, warnings
warnings.simplefilter('ignore')
origin = importlib.util.find_spec('_testsinglephase').origin
def load():
    importlib.util.module_from_spec(importlib.util.spec_from_file_location('${module}', origin))
\`);
process.on('warning', (warning) => console.log(warning.code, warning.message.split(' ')[3]));
`;

describe('an extension module that turns the GIL on', { concurrency: 2 }, () => {
  test('is named by py.info and in a warning, once, where it was imported', { skip }, async () => {
    const ended = await runProgram(`${load}
      console.log(py.info.gilEnabled, py.info.gilEnabledBy);
      py.main.load();
      py.main.load();
      console.log(py.info.gilEnabled, py.info.gilEnabledBy);
    `);
    assert.deepEqual(
      [ended.status, ended.stdout],
      [0, `false null\ntrue ${module}\nCADUCEUS_GIL_ENABLED ${module}\n`],
      ended.stderr,
    );
    assert.match(ended.stderr, /no longer runs in parallel/);
  });

  test('in a worker warns there, and is named everywhere', { skip }, async () => {
    const ended = await runProgram(`
      const { Worker } = require('node:worker_threads');
      py.eval('1');
      process.on('warning', (warning) => console.log('main', warning.code));
      const worker = new Worker(${workerSource(`${load}
        py.main.load();
      `)}, { eval: true });
      await new Promise((r) => worker.on('exit', r));
      console.log(py.info.gilEnabled, py.info.gilEnabledBy);
    `);
    assert.deepEqual(
      [ended.status, ended.stdout],
      [0, `CADUCEUS_GIL_ENABLED ${module}\ntrue ${module}\n`],
      ended.stderr,
    );
  });

  test('in a thread of Python warns the main thread', { skip }, async () => {
    const ended = await runProgram(`${load}
      py.exec('import threading; t = threading.Thread(target=load); t.start(); t.join()');
      await new Promise((r) => setTimeout(r, 100));
    `);
    assert.deepEqual([ended.status, ended.stdout], [0, `CADUCEUS_GIL_ENABLED ${module}\n`], ended.stderr);
  });
});
