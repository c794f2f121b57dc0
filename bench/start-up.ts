// Start-up: from the start of the process to the first result, and whole processes.

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { inRoot, root } from '../scripts/files.ts';
import { type Built, childEnvironment } from './contestant.ts';
import type { Interpreter } from './interpreters.ts';
import { duration, type Row, times } from './row.ts';
import { median, quantile } from './statistics.ts';

const limit = 1.15;
/** Everything read from disk once before anything counts. */
const warmUpRounds = 2;

const clock = 'console.log(JSON.stringify({ atResult: String(process.hrtime.bigint()) }))';
const computed =
  "if (require('caduceus').py.import('math').sqrt(4) !== 2) throw new Error('Python cannot compute');";

/** A package that does nothing, found as ours is: what Node itself takes for that. */
const emptyPackage = 'empty-package';

function makeEmptyPackage(): void {
  const folder = inRoot('build/bench/node_modules', emptyPackage);
  mkdirSync(folder, { recursive: true });
  const exports = { import: './index.mjs', require: './index.cjs' };
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: emptyPackage, exports }));
  writeFileSync(`${folder}/index.cjs`, '');
  writeFileSync(`${folder}/index.mjs`, '');
  writeFileSync(inRoot('build/bench/import-empty-package.mjs'), `import '${emptyPackage}';\n${clock}\n`);
}

/** Nanoseconds, one number a round. */
class Rounds {
  readonly importing: number[] = [];
  readonly requiring: number[] = [];
  readonly wholeImporting: number[] = [];
  readonly emptyModule: number[] = [];
  readonly bareNode: number[] = [];
  readonly emptyPackage: number[] = [];
  readonly emptyImport: number[] = [];
  readonly wholeModule: number[] = [];
}

/** Node reads these at every start, which can take it longer than all else that it does then, and so hide what we add. */
const certificates = 'NODE_EXTRA_CA_CERTS';

export async function measureStartUp(interpreter: Interpreter, built: Built, count: number): Promise<Row[]> {
  makeEmptyPackage();
  const asIs = childEnvironment(interpreter.executable);
  const { [certificates]: found, ...without } = asIs;
  const variants = [{ suffix: '', env: asIs }];
  if (found) variants.push({ suffix: ', no certificates', env: without });
  const measured = variants.map((variant) => ({ ...variant, rounds: new Rounds() }));
  for (let round = -warmUpRounds; round < count; round++) {
    for (const { env, rounds } of measured) {
      await oneRound(interpreter, built, env, round < 0 ? new Rounds() : rounds);
    }
  }
  return measured.flatMap(({ suffix, rounds }) => rowsOf(rounds, suffix));
}

async function oneRound(
  { executable }: Interpreter,
  built: Built,
  env: NodeJS.ProcessEnv,
  rounds: Rounds,
): Promise<void> {
  const folder = inRoot('build/bench');
  const bareNode = await launch(['-e', clock], env);
  const empty = await launch(['-e', `require('${emptyPackage}');${clock}`], env, folder);
  const emptyImport = await launch(['import-empty-package.mjs'], env, folder);
  const emptyModule = await launch([built.child('start-up-node')], env);
  const python = await launch([built.child('start-up-floor'), executable, built.floorPath], env);
  const importing = await launch([built.child('start-up-caduceus')], env);
  const requiring = await launch(['-e', computed + clock], env);
  const [start, end] = [Number(python.report.start), Number(python.report.end)];
  rounds.importing.push(toResult(importing));
  rounds.requiring.push(toResult(requiring));
  rounds.wholeImporting.push(importing.whole);
  rounds.emptyModule.push(toResult(emptyModule) + start);
  rounds.bareNode.push(toResult(bareNode) + start);
  rounds.emptyPackage.push(toResult(empty) + start);
  rounds.emptyImport.push(toResult(emptyImport) + start);
  rounds.wholeModule.push(emptyModule.whole + start + end);
}

function rowsOf(rounds: Rounds, suffix: string): Row[] {
  return [
    row(`\`import\` to the first result${suffix}`, rounds.importing, rounds.emptyModule, limit),
    row(`\`require\` to the first result${suffix}`, rounds.requiring, rounds.bareNode, limit),
    row(`\`import\`, against an empty package${suffix}`, rounds.importing, rounds.emptyImport),
    row(`\`require\`, against an empty package${suffix}`, rounds.requiring, rounds.emptyPackage),
    row(`\`import\`, against \`node -e\`${suffix}`, rounds.importing, rounds.bareNode),
    row(`\`import\`, exit included${suffix}`, rounds.wholeImporting, rounds.wholeModule),
  ];
}

interface Launch {
  /** The monotonic clock, which all processes share, before the process was made. */
  readonly before: bigint;
  /** Nanoseconds until it was gone. */
  readonly whole: number;
  readonly report: Readonly<Record<string, unknown>>;
}

function launch(args: string[], env: NodeJS.ProcessEnv, cwd = root): Promise<Launch> {
  return new Promise((resolve, reject) => {
    const before = process.hrtime.bigint();
    const child = spawn(process.execPath, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    let whole = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('exit', () => {
      whole = Number(process.hrtime.bigint() - before);
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve({ before, whole, report: JSON.parse(output) });
      else reject(new Error(`start-up: node ${args.join(' ')} ended by ${signal ?? `status ${code}`}`));
    });
  });
}

function toResult({ before, report }: Launch): number {
  return Number(BigInt(String(report.atResult)) - before);
}

function row(what: string, above: number[], below: number[], limit?: number): Row {
  const ratio = median(above) / median(below);
  const ratios = above.map((value, i) => value / (below[i] ?? Number.NaN));
  return {
    title: `start-up: ${what}`,
    caduceus: duration(median(above)),
    floor: duration(median(below)),
    figure: `${times(ratio)} (${times(quantile(ratios, 0.1))} to ${times(quantile(ratios, 0.9))})`,
    target: limit === undefined ? '' : times(limit),
    met: limit === undefined ? undefined : ratio <= limit,
  };
}
