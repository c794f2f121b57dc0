// `npm run stress`: Python threads, workers and the pool do random things for a while, and nothing may be left.
//
//   npm run stress                                            60 seconds on 3.14t, a seed of its own
//   npm run stress -- --seconds=1200 --seed=7 --python=3.13   --python may be repeated
//   npm run stress -- --rows                                  the rows of docs/free-threading.md with full counts
//   also: --no-build, --quiet (no progress)

import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { buildBundles } from './build/bundle.ts';
import { buildNative } from './build/native.ts';
import { inRoot, root } from './files.ts';
import { Progress } from './stress/progress.ts';
import { descendants, dumpStacks, killTree } from './test/hang.ts';
import { findInterpreters, type Interpreter } from './test/interpreters.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    python: { type: 'string', multiple: true, default: [] },
    rows: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});

/** Nothing is heard, or an actor does not get on, for so long: it hangs. */
const limit = 60_000;

const seconds = Number(values.seconds);
const seed = Number(values.seed ?? Date.now() % 100_000);
process.exitCode = values.rows ? await rows() : await main();

/** The suite's tests of threads, which take their full counts from the environment. */
async function rows(): Promise<number> {
  const pythons = values.python.map((flavour) => `--python=${flavour}`);
  const args = [
    'scripts/run.mjs',
    'test',
    ...(pythons.length > 0 ? pythons : ['--python=3.14t']),
    'test/threads/',
    'process/thread',
  ];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CADUCEUS_FULL_ROWS: '1' },
  });
  return new Promise((resolve) => child.on('close', (status) => resolve(status ?? 1)));
}

async function main(): Promise<number> {
  if (!values['no-build']) {
    await buildNative();
    await buildBundles();
  }
  await build({
    absWorkingDir: root,
    entryPoints: ['stress/main.ts', 'stress/worker.ts'],
    outdir: 'build/stress',
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  const { all, freeThreaded } = await findInterpreters();
  const wanted = values.python.length > 0 ? values.python : [freeThreaded?.flavour ?? ''];
  let failed = 0;
  for (const flavour of wanted) {
    const python = all.find((one) => one.flavour === flavour);
    if (!python) throw new Error(`--python=${flavour}: not found here`);
    if (!(await stress(python))) failed += 1;
  }
  return failed;
}

/** Whether the run ended well; what is wrong has been printed. */
function stress(python: Interpreter): Promise<boolean> {
  console.log(`stress: ${seconds} s on Python ${python.flavour}, seed ${seed}`);
  const args = [
    '--expose-gc',
    '--enable-source-maps',
    inRoot('build/stress/main.js'),
    `--seconds=${seconds}`,
    `--seed=${seed}`,
  ];
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, CADUCEUS_PYTHON: python.executable },
  });
  return new Promise((resolve) => {
    let heard = Date.now();
    let ok = false;
    let ending = false;
    const progress = new Progress();
    const hear = (chunk: Buffer) => {
      heard = Date.now();
      for (const line of chunk.toString().split('\n').filter(Boolean)) {
        if (line === 'stress ok') ok = true;
        if (line.startsWith('@')) progress.read(line);
        if (!values.quiet || !line.startsWith('@')) console.log(`  ${line}`);
      }
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    const timer = setInterval(async () => {
      const stuck = progress.stuck();
      const silent = Date.now() - heard > limit;
      if (ending || (!silent && !stuck)) return;
      ending = true;
      const pids = await descendants(child.pid as number);
      console.log(
        `stress hangs with seed ${seed}: ${silent ? 'nothing was heard' : stuck} for ${limit / 1000} s`,
      );
      console.log(await dumpStacks(pids));
      killTree(child.pid as number, pids);
    }, 1000);
    child.on('close', (status, signal) => {
      clearInterval(timer);
      ok &&= status === 0;
      console.log(
        ok
          ? `stress: ok on ${python.flavour}`
          : `stress: FAILED on ${python.flavour} with seed ${seed}: ${signal ?? `status ${status}`}`,
      );
      resolve(ok);
    });
  });
}
