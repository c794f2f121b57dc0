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

export async function measureStartUp(interpreter: Interpreter, built: Built, count: number): Promise<Row[]> {
  const rounds = new Rounds();
  const { executable } = interpreter;
  makeEmptyPackage();
  for (let round = -warmUpRounds; round < count; round++) {
    const bareNode = await launch(['-e', clock], executable);
    const empty = await launch(
      ['-e', `require('${emptyPackage}');${clock}`],
      executable,
      inRoot('build/bench'),
    );
    const emptyImport = await launch(['import-empty-package.mjs'], executable, inRoot('build/bench'));
    const emptyModule = await launch([built.child('start-up-node')], executable);
    const python = await launch([built.child('start-up-floor'), executable, built.floorPath], executable);
    const importing = await launch([built.child('start-up-caduceus')], executable);
    const requiring = await launch(['-e', computed + clock], executable);
    if (round < 0) continue;
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
  return [
    row('`import` to the first result', rounds.importing, rounds.emptyModule, limit),
    row('`require` to the first result', rounds.requiring, rounds.bareNode, limit),
    row('`import`, against an empty package', rounds.importing, rounds.emptyImport),
    row('`require`, against an empty package', rounds.requiring, rounds.emptyPackage),
    row('`import`, against `node -e`', rounds.importing, rounds.bareNode),
    row('`import`, exit included', rounds.wholeImporting, rounds.wholeModule),
  ];
}

interface Launch {
  /** The monotonic clock, which all processes share, before the process was made. */
  readonly before: bigint;
  /** Nanoseconds until it was gone. */
  readonly whole: number;
  readonly report: Readonly<Record<string, unknown>>;
}

function launch(args: string[], executable: string, cwd = root): Promise<Launch> {
  return new Promise((resolve, reject) => {
    const before = process.hrtime.bigint();
    const child = spawn(process.execPath, args, {
      cwd,
      env: childEnvironment(executable),
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
