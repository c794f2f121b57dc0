// The command line of the benchmark.

import { parseArgs } from 'node:util';

export interface Options {
  /** Requests such as `3.14t`, or paths of interpreters; empty for the default pair. */
  readonly pythons: readonly string[];
  /** Cases whose name contains one of these; empty for all. */
  readonly cases: readonly string[];
  readonly rounds: number;
  /** Whether the table goes into README.md. */
  readonly write: boolean;
  /** The machine's kind in words, where what can be detected says too little. */
  readonly machine: string | undefined;
}

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      python: { type: 'string', multiple: true, default: [] },
      case: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '11' },
      write: { type: 'boolean', default: false },
      machine: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds=${values.rounds} is not a positive integer`);
  if (values.write && values.case.length > 0)
    throw new Error('--write needs the whole table: leave --case out');
  const list = (texts: string[]) => texts.flatMap((text) => text.split(',')).filter(Boolean);
  const { write, machine } = values;
  return { pythons: list(values.python), cases: list(values.case), rounds, write, machine };
}

/** Whether `--case` asks for this one. */
export function isWanted({ cases }: Options, name: string): boolean {
  return cases.length === 0 || cases.some((part) => name.includes(part));
}
