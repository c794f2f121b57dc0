// `npm run bench`: every case against the floor, on every interpreter under test.

import { inRoot } from '../scripts/files.ts';
import { measureAttaching } from './attaching.ts';
import { buildChildren, buildFloor } from './build.ts';
import { allCases } from './cases/all.ts';
import { compare } from './compare.ts';
import type { Built } from './contestant.ts';
import { measureFirstTouch } from './first-touch.ts';
import { findInterpreters, type Interpreter } from './interpreters.ts';
import { machineKind } from './machine.ts';
import { kinds, measureMemory } from './memory.ts';
import { isWanted, type Options, readOptions } from './options.ts';
import { measureOwnThread } from './own-thread.ts';
import { measureResponsiveness } from './responsiveness.ts';
import { failedRow, type Row } from './row.ts';
import { measureStartUp } from './start-up.ts';
import { markdown, writeTable } from './table.ts';
import { measureThreads } from './threads.ts';

await main(readOptions(process.argv.slice(2)));

async function main(options: Options): Promise<void> {
  const child = await buildChildren();
  const machine = `Node ${process.versions.node} on ${options.machine ?? machineKind()}, ${options.rounds} rounds.`;
  const parts = [`${machine}\n`];
  for (const interpreter of findInterpreters(options.pythons)) {
    const built = { child, floorPath: buildFloor(interpreter) };
    const rows = await measure(interpreter, built, options);
    if (rows.length === 0) throw new Error(`--case=${options.cases.join(',')} matches no case`);
    parts.push(markdown(`Python ${interpreter.version}`, rows));
  }
  const text = parts.join('\n');
  console.log(text);
  if (!options.write) return;
  if (process.exitCode) console.error('Some cases failed, so bench/README.md stays as it is.');
  else writeTable(inRoot('bench/README.md'), text);
}

async function measure(interpreter: Interpreter, built: Built, options: Options): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, title, work } of plan(interpreter, built, options)) {
    process.stderr.write(`${interpreter.version}: ${name}\n`);
    try {
      rows.push(...(await work()));
    } catch (error) {
      process.exitCode = 1;
      console.error(error instanceof Error ? error.message : error);
      rows.push(failedRow(title));
    }
  }
  return rows;
}

interface Step {
  readonly name: string;
  readonly title: string;
  readonly work: () => Promise<Row[]>;
}

function plan(interpreter: Interpreter, built: Built, options: Options): Step[] {
  const { rounds } = options;
  const steps: Step[] = [
    { name: 'start-up', title: 'start-up', work: () => measureStartUp(interpreter, built, rounds) },
    ...allCases
      .filter((wanted) => !wanted.freeThreaded || interpreter.version.endsWith('t'))
      .map((wanted) => ({
        name: wanted.name,
        title: wanted.title,
        work: async () => [await compare(wanted, interpreter, built, rounds)],
      })),
    {
      name: 'own-thread',
      title: 'in a Python program',
      work: () => measureOwnThread(interpreter, rounds),
    },
    {
      name: 'first-touch',
      title: 'a JavaScript class with very many members',
      work: () => measureFirstTouch(interpreter, built),
    },
    { name: 'threads', title: 'threads', work: () => measureThreads(interpreter, built) },
    ...(interpreter.version.endsWith('t')
      ? [{ name: 'attaching', title: 'attaching', work: () => measureAttaching(interpreter, built) }]
      : []),
    {
      name: 'responsiveness',
      title: 'event loop late while a Python call computes',
      work: () => measureResponsiveness(interpreter, built),
    },
    ...kinds.map((kind) => ({
      name: `memory-${kind}`,
      title: `memory: ${kind}`,
      work: async () => [await measureMemory(kind, interpreter, built)],
    })),
  ];
  return steps.filter(({ name }) => isWanted(options, name));
}
