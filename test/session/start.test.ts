import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { answer, run } from './children.ts';

const imports = `import { py, start, kw, at, BridgeError, PythonError } from 'caduceus';\n`;
const print = (expression: string) => `console.log(JSON.stringify(${expression}));\n`;

const folder = mkdtempSync(join(tmpdir(), 'caduceus-start-'));
after(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, 'beside_path.py'), 'value = 41\n');

test('importing the package loads no Python', () => {
  const maps = answer(
    `${imports}import { readFileSync, existsSync } from 'node:fs';
     const maps = existsSync('/proc/self/maps') ? readFileSync('/proc/self/maps', 'utf8') : '';
     ${print(`[/libpython/.test(maps), /caduceus\\.node/.test(maps)]`)}`,
  );
  assert.deepEqual(maps, [false, false]);
});

test('require works like import, and both are one', () => {
  const same = answer(`import { createRequire } from 'node:module';
    import { py } from 'caduceus';
    const required = createRequire(import.meta.url)('caduceus');
    ${print(`[typeof required.py, required.py\`1 + 1\`, py\`2 + 2\`, required.py.import('math').pi === py.import('math').pi]`)}`);
  assert.deepEqual(same, ['function', 2, 4, true]);
});

test('start({ python }) takes an interpreter, and py.info tells of it', () => {
  const info = answer(`${imports}
    const chosen = start({ python: process.env.CADUCEUS_PYTHON });
    ${print(`[chosen === py, py.info, py.import('sys').executable, py.import('sys').version, py.import('sysconfig').get_config_var('Py_GIL_DISABLED') === 1]`)}`);
  const [same, told, executable, version, freeThreaded] = info;
  assert.equal(same, true);
  assert.equal(told.executable, executable);
  assert.equal(told.fullVersion, version);
  assert.ok(version.startsWith(told.version));
  assert.equal(told.freeThreaded, freeThreaded);
  assert.equal(told.gilEnabled, !freeThreaded);
  assert.match(told.library, /python/);
  assert.match(told.native, /caduceus\.node$/);
  assert.ok(told.prefix && told.basePrefix);
});

test('argv is sys.argv; without it, the main script and its arguments', () => {
  assert.deepEqual(
    answer(`${imports}start({ argv: ['name', 'a', 'ü'] });${print(`[...py.import('sys').argv]`)}`),
    ['name', 'a', 'ü'],
  );
  const own = answer(`${imports}${print(`[...py.import('sys').argv]`)}`, {}, ['one', '--two']);
  assert.match(own[0], /program-\d+\.mjs$/);
  assert.deepEqual(own.slice(1), ['one', '--two']);
});

test('sys.argv is never empty, as in Python', () => {
  assert.deepEqual(answer(`${imports}start({ argv: [] });${print(`[...py.import('sys').argv]`)}`), ['']);
});

test('path comes first on sys.path', () => {
  assert.equal(
    answer(
      `${imports}start({ path: [${JSON.stringify(folder)}] });${print(`py.import('beside_path').value`)}`,
    ),
    41,
  );
  assert.equal(
    answer(`${imports}start({ path: [${JSON.stringify(folder)}] });${print(`py.import('sys').path[0]`)}`),
    folder,
  );
});

test('env is set before Python starts, and Python’s own variables take effect', () => {
  const told =
    answer(`${imports}start({ env: { MY_VARIABLE: 'ü', PYTHONHASHSEED: '0', PYTHONPATH: ${JSON.stringify(folder)} } });
    ${print(`[py.import('os').environ[at('MY_VARIABLE')], process.env.MY_VARIABLE, String(py.builtins.hash('a')), py.import('beside_path').value, py.import('sys').flags.hash_randomization]`)}`);
  assert.deepEqual([told[0], told[1], told[3], told[4]], ['ü', 'ü', 41, 0]);
});

test('isolated is python -I', () => {
  const told = answer(`${imports}start({ isolated: true, env: { PYTHONPATH: ${JSON.stringify(folder)} } });
    ${print(`[py.import('sys').flags.isolated, py.import('sys').flags.no_user_site, [...py.import('sys').path].includes(${JSON.stringify(folder)})]`)}`);
  assert.deepEqual(told, [1, 1, false]);
});

test('flags are those of python’s command line', () => {
  const told = answer(`${imports}start({ flags: ['-X', 'dev', '-O', '-W', 'error::UserWarning', '-B'] });
    const { flags, _xoptions, dont_write_bytecode } = py.import('sys');
    let warned = '';
    try { py.import('warnings').warn('as an error'); } catch (error) { warned = error.name; }
    ${print(`[flags.dev_mode, flags.optimize, dont_write_bytecode, warned]`)}`);
  assert.deepEqual(told, [true, 1, true, 'UserWarning']);
});

test('a flag that Python does not know is a START_FAILED that names it', () => {
  const ended = run(`${imports}
    try { start({ flags: ['--no-such-flag'] }); console.log('started'); }
    catch (error) { console.log(error.code, error.message); }`);
  assert.equal(ended.status, 0, ended.stderr);
  assert.match(ended.stdout, /^START_FAILED /);
});

test('equal options again are fine, others are ALREADY_STARTED with the first call’s place', () => {
  const told = answer(`${imports}
    const options = { argv: ['a'], path: [] };
    start(options);
    start({ path: [], argv: ['a'] });
    start({ argv: ['a'], path: [], isolated: undefined });
    py.import('math');
    let refusal;
    try { start({ argv: ['b'] }); } catch (error) { refusal = error; }
    ${print(`[refusal instanceof BridgeError, refusal.code, refusal.message, py\`1\`]`)}`);
  assert.equal(told[0], true);
  assert.equal(told[1], 'ALREADY_STARTED');
  assert.match(told[2], /program-\d+\.mjs:4\b/);
  assert.equal(told[3], 1);
});

test('start without options after the first use is fine, since discovery chose', () => {
  assert.equal(answer(`${imports}py.import('math'); ${print(`start() === py`)}`), true);
});

test('NO_PYTHON lists every place tried and what to do', () => {
  const told = answer(`${imports}
    let refusal;
    try { start({ python: ${JSON.stringify(join(folder, 'no-such-python'))} }); } catch (error) { refusal = error; }
    ${print(`[refusal.code, refusal.message]`)}`);
  assert.equal(told[0], 'NO_PYTHON');
  assert.match(told[1], /no-such-python/);
  assert.match(told[1], /to Caduceus\. Run `npx caduceus doctor`, [^.]+\.$/);
  assert.doesNotMatch(told[1], /\.\./);
  assert.match(told[1], /install|start\(\{ python \}\)/);
  const other = answer(
    `${imports}
    let refusal;
    try { py.import('math'); } catch (error) { refusal = error; }
    ${print(`[refusal.code, refusal.message]`)}`,
    { CADUCEUS_PYTHON: '2.7' },
  );
  assert.equal(other[0], 'NO_PYTHON');
  assert.match(other[1], /2\.7/);
});

test('after a start that failed another one may succeed', () => {
  const told = answer(`${imports}
    let code;
    try { start({ python: '/no/such/python' }); } catch (error) { code = error.code; }
    start();
    ${print(`[code, py\`1 + 1\`]`)}`);
  assert.deepEqual(told, ['NO_PYTHON', 2]);
});

test('py.close ends Python: atexit runs, later use is CLOSED, closing again is harmless', () => {
  const ended = run(`${imports}
    const list = py.list([1]);
    const fn = py\`lambda x: x\`;
    py.exec("import atexit; atexit.register(lambda: print('atexit ran', flush=True))");
    py.close();
    console.log('closed');
    for (const use of [() => list.length, () => fn(1), () => py\`1\`, () => py.import('math'), () => String(list), () => [...list], () => start({ argv: [] }), () => py.info, () => py.attach(), () => { list.x = 1; }, () => Object.keys(list)]) {
      try { use(); console.log('worked', String(use)); } catch (error) { if (error.code !== 'CLOSED' && error.code !== 'ALREADY_STARTED') console.log(String(use), error); }
    }
    list[Symbol.dispose]();
    console.log(await import('node:util').then((util) => util.inspect(list)));
    py.close();
    py[Symbol.dispose]();
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
    console.log('end');`);
  assert.equal(ended.status, 0, ended.stderr);
  const lines = ended.stdout.trim().split('\n');
  assert.deepEqual([lines[0], lines[1], lines.at(-1)], ['atexit ran', 'closed', 'end'], ended.stdout);
  assert.equal(lines.length, 4, ended.stdout);
});

test('await using py closes at the end of the block', () => {
  const ended = run(`${imports}
    const end = async () => { await py[Symbol.asyncDispose](); };
    py.exec("import atexit; atexit.register(lambda: print('atexit ran', flush=True))");
    await end();
    console.log('after');
    try { py\`1\`; } catch (error) { console.log(error.code); }`);
  assert.equal(ended.status, 0, ended.stderr);
  assert.equal(ended.stdout, 'atexit ran\nafter\nCLOSED\n');
});

test('py.close before any use is harmless, and Python cannot start afterwards', () => {
  const ended = run(`${imports}
    py.close();
    try { py\`1\`; console.log('worked'); } catch (error) { console.log(error.code); }`);
  assert.equal(ended.status, 0, ended.stderr);
  assert.equal(ended.stdout, 'CLOSED\n');
});

test('py.close inside a Python call or py.detach is refused, and Python works on', () => {
  const ended = run(`${imports}
    const calls = py.def\`def calls(fn): fn(); return 'back'\`;
    const close = () => { try { py.close(); console.log('closed'); } catch (error) { console.log(error.code); } };
    console.log(calls(close));
    console.log(calls(() => py.attach(close)));
    py.attach(() => py.detach(close));
    console.log(py\`1 + 1\`);
    py.attach(close);
    try { py\`1\`; } catch (error) { console.log(error.code); }`);
  assert.equal(ended.status, 0, `${ended.signal} ${ended.stderr}`);
  assert.deepEqual(ended.stdout.trim().split('\n'), [
    ...['WRONG_SCOPE', 'back', 'WRONG_SCOPE', 'back', 'WRONG_SCOPE', '2'],
    ...['closed', 'CLOSED'],
  ]);
});

test('py.close in the middle of an iteration ends the loop with CLOSED', () => {
  const ended = run(`${imports}
    try { for (const _ of py\`iter([1, 2])\`) py.close(); } catch (error) { console.log(error.code); }`);
  assert.equal(ended.status, 0, `${ended.signal} ${ended.stderr}`);
  assert.equal(ended.stdout, 'CLOSED\n');
});

test('an error that is uncaught shows Python’s frames and its causes', () => {
  const ended = run(`${imports}
    py.exec(\`
      def failing():
          try: 1 / 0
          except ZeroDivisionError as error: raise KeyError('second') from error
    \`);
    py.main.failing();`);
  assert.equal(ended.status, 1);
  assert.match(ended.stderr, /KeyError: 'second'/);
  assert.match(ended.stderr, /at failing/);
  assert.match(ended.stderr, /ZeroDivisionError\]?: division by zero/);
});

test('another package of the name caduceus, installed in Python, is not taken for the Python side', () => {
  mkdirSync(join(folder, 'caduceus'));
  writeFileSync(join(folder, 'caduceus', '__init__.py'), 'raise ImportError("another package")\n');
  const env = `{ PYTHONPATH: ${JSON.stringify(folder)} }`;
  const own = resolve('python');
  assert.deepEqual(
    answer(`${imports}start({ env: ${env} });
      const path = [...py.import('sys').path];
      ${print(`[py.import('caduceus').__file__, path.indexOf(${JSON.stringify(own)}) === path.length - 1]`)}`),
    [join(own, 'caduceus', '__init__.py'), true],
  );
});
