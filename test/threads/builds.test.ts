import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { py } from 'caduceus';
import { count, parallelize, Workers } from '../support/parallelize.ts';
import { runProgram } from '../support/program.ts';

const workers = new Workers(4);
after(() => workers.close());

const sources = readdirSync('native', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(cpp|hpp|def)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join('native', name), 'utf8').replace(/\/\/.*$/gm, '') }));

const { freeThreaded } = py.info;

test('R1: the build is told apart at run time, also where PYTHON_GIL turns the GIL on', async () => {
  const told = 'console.log(py.info.freeThreaded, py.info.gilEnabled, py.eval("1 + 1"));';
  const plain = await runProgram(told);
  assert.deepEqual([plain.status, plain.stdout], [0, `${freeThreaded} ${!freeThreaded} 2\n`], plain.stderr);
  if (!freeThreaded) return;
  const withGil = await runProgram(told, { env: { PYTHON_GIL: '1' } });
  assert.deepEqual([withGil.status, withGil.stdout], [0, 'true true 2\n'], withGil.stderr);
});

test('R2: nothing of this package turns the GIL on, nor warns', async () => {
  const ended = await runProgram(`
    start({ flags: ['-W', 'error'] });
    py.exec('import caduceus, sys; assert caduceus.JsError');
    py.main.call = (f) => f();
    py.exec(\`
import threading
t = threading.Thread(target=lambda: call(lambda: {'a': [1]})); t.start(); t.join()
for name in [name for name in sys.modules if 'caduceus' in name]: print(name, end=' ')
\`);
    await py.async(py.eval('lambda: 1'));
    console.log(py.info.gilEnabled, py.info.gilEnabledBy);
  `);
  assert.equal(ended.status, 0, ended.stderr);
  assert.match(ended.stdout, new RegExp(`_caduceus .*${!freeThreaded} null\\n$`));
  assert.equal(ended.stderr, '');
});

test('R3: native code reads no field of a CPython struct and uses no unchecked macro', () => {
  for (const { name, text } of sources) {
    assert.doesNotMatch(text, /#\s*include\s*[<"](Python|cpython|patchlevel|pyconfig|object)\b/i, name);
    assert.doesNotMatch(
      text,
      /->\s*(ob_refcnt|ob_type|ob_tid|ob_ref_local|ob_ref_shared|ob_item|ob_size|tp_\w+)\b/,
      name,
    );
    assert.doesNotMatch(
      text,
      /(?<!api\.|OPT\(Py_ssize_t, )\b(Py_INCREF|Py_DECREF|Py_XDECREF|Py_CLEAR|PyTuple_GET_ITEM|PyList_GET_ITEM|PyList_GET_SIZE|PyUnicode_DATA|PyFloat_AS_DOUBLE|Py_SIZE|Py_REFCNT)\b/, // what 3.14 exports is a function
      name,
    );
  }
});

test('R4: native code takes no borrowed reference out of a container that others may change', () => {
  const borrowing =
    /\b(PyList_GetItem|PyDict_GetItem|PyDict_GetItemString|PyDict_GetItemWithError|PyDict_SetDefault|PyWeakref_GetObject|PyImport_AddModule|PyCell_GET|PySequence_Fast\w*|PyObject_GetDict)\b(?!Ref)/;
  for (const { name, text } of sources) assert.doesNotMatch(text, borrowing, name);
});

test('R4: lists and dicts convert while four threads clear and refill them', async () => {
  const rounds = count(freeThreaded ? 4_000 : 1_000, 250_000); // in each of four workers: 10^6 at full count
  py.exec`
import time
r4_list, r4_dict, r4_open = [], {}, [True]
def r4_change(index):
    while r4_open:
        for n in range(20): r4_list.append(f"item {n}"); r4_dict[f"key {n}"] = [n]
        r4_list.clear(); r4_dict.clear()
        time.sleep(0)
`;
  const changing = parallelize(4, py.main.r4_change);
  const wrong = await workers.parallelize(({ py, data }) => {
    const { r4_list, r4_dict } = py.main;
    let wrong = 0;
    for (let n = 0; n < data; n++) {
      const list = r4_list.as(Array);
      if (!list.every((item: unknown) => /^item \d+$/.test(String(item)))) wrong += 1;
      const dict = r4_dict.as(Object);
      for (const key in dict) if (dict[key]?.length !== 1) wrong += 1;
    }
    return wrong;
  }, rounds / 2);
  py.exec('r4_open.clear()');
  await changing;
  assert.deepEqual(wrong, Array(4).fill(0));
});

test('R5: iterating over a dict that four threads change ends with its items or with RuntimeError', async () => {
  const rounds = count(freeThreaded ? 500 : 100, 100_000);
  py.exec`
import time
r5_dict, r5_open = {}, [True]
def r5_change(index):
    n = 0
    while r5_open:
        n += 1
        r5_dict[f"{index}_{n % 50}"] = n
        r5_dict.pop(f"{index}_{(n * 7) % 50}", None)
        if n % 20 == 0: time.sleep(0)
`;
  const changing = parallelize(4, py.main.r5_change);
  const [seen] = await workers.parallelize(({ py, index, data, PythonError }) => {
    if (index > 0) return 0;
    const { r5_dict } = py.main;
    let seen = 0;
    for (let n = 0; n < data; n++) {
      seen += Object.keys(r5_dict.as(Object)).length + Object.keys({ ...r5_dict }).length; // snapshots
      try {
        for (const [key, value] of r5_dict.items())
          if (String(key).length > 9 || value < 0) throw new Error('torn');
      } catch (error: any) {
        if (!(error instanceof PythonError) || error.name !== 'RuntimeError') throw error;
      }
    }
    return seen;
  }, rounds);
  py.exec('r5_open.clear()');
  await changing;
  assert.ok((seen as number) > 0);
});

test('R6: everything crosses under the debug allocator, which checks domains and bounds', async () => {
  const ended = await runProgram(
    `
    const { Worker } = require('node:worker_threads');
    const work = () => {
      for (let n = 0; n < 200; n++) {
        const text = 'é🐍x'.repeat(n % 40);
        if (py.eval('lambda x: x')(text) !== text) throw new Error('text');
        py.list([n, [text], { a: n }]).as(Array);
        py.def\`
class Made:
    def __init__(self): self.me = self
\`();
        py.builtins.sum(new Float64Array(n + 1));
        py.import('array').array('d', [1, 2]).as(Float64Array)[0] = 3;
        try { py.eval('1 / 0'); } catch {}
      }
      py.import('gc').collect();
      gc();
    };
    work();
    py.main.call = (f, x) => f(x);
    py.exec(\`
import threading
def run(): assert [call(lambda x: [x], n) for n in range(200)] == [[n] for n in range(200)]
all = [threading.Thread(target=run) for _ in range(4)]
for t in all: t.start()
for t in all: t.join()
\`);
    await Promise.all(Array.from({ length: 20 }, () => py.async(py.eval('lambda: [1, "x"]'))));
    console.log('whole');
  `,
    { env: { PYTHONMALLOC: 'debug' } },
  );
  assert.deepEqual([ended.status, ended.stdout], [0, 'whole\n'], ended.stderr);
});

test('R7: two objects that eight threads swap under a lock keep their sum', async () => {
  const rounds = count(400, 100_000);
  const left = new (class Left {
    n = 1;
  })();
  const right = new (class Right {
    n = 2;
  })();
  const swap = py.def`
def swap(left, right, rounds, every):
    import threading
    lock, pair, other = threading.Lock(), [1], [2]
    def go(index):
        for n in range(rounds):
            with lock:
                pair[0], other[0] = other[0], pair[0]
                if n % every == 0: left.n, right.n = right.n, left.n
        return pair[0] + other[0] + left.n + right.n
    return go
`(left, right, rounds, 100);
  await parallelize(8, swap);
  assert.deepEqual([left.n, right.n].sort(), [1, 2]);
  for (const { name, text } of sources) assert.doesNotMatch(text, /PyCriticalSection|PyMutex/, name);
});

test('R8: nobody locks the mutex of an object', () => {
  for (const { name, text } of sources) assert.doesNotMatch(text, /ob_mutex|_PyMutex|_PyObject_LOCK/, name);
});

test('R9: a venv without a version in pyvenv.cfg loads the build that its python is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'caduceus-r9-'));
  try {
    const python = process.env.CADUCEUS_PYTHON || py.info.executable;
    const made = spawnSync(python, ['-m', 'venv', '--without-pip', folder], { encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    const config = join(folder, 'pyvenv.cfg');
    const kept = readFileSync(config, 'utf8')
      .split('\n')
      .filter((line) => !/^(version|executable|command)/.test(line));
    writeFileSync(config, kept.join('\n'));
    const ended = await runProgram('console.log(py.info.freeThreaded, py.info.prefix);', {
      env: { CADUCEUS_PYTHON: folder },
    });
    assert.deepEqual([ended.status, ended.stdout], [0, `${freeThreaded} ${folder}\n`], ended.stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
