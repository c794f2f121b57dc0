// What type checkers see of the Python package, as a program sees it that only has the folder python/ on its path.

import { run } from '../commands.ts';
import { inRoot } from '../files.ts';
import { type Finding, readSource } from './source.ts';
import { tool } from './tools.ts';

const program = 'test/types/program.py';

/** mypy finds what the comments of the program announce, and nothing else. */
export async function checkPythonTypes(): Promise<Finding> {
  const options = ['--config-file=', '--cache-dir=build/mypy-program', '--python-version=3.11', '--strict'];
  // JavaScript's classes are of any type, and this is what programs that extend them turn off.
  const args = [...options, '--allow-subclassing-any', '--no-error-summary', program];
  const { output } = await run(tool('mypy'), args, { ...process.env, MYPYPATH: inRoot('python') });
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !line.includes(': note: '));
  const wanted = readSource(program)
    .split('\n')
    .flatMap((line, index) => {
      const kind = /# error: ([\w-]+)$/.exec(line)?.[1];
      return kind === undefined ? [] : [{ place: `${program}:${index + 1}: error: `, kind: `[${kind}]` }];
    });
  const isWanted = (line: string) =>
    wanted.some(({ place, kind }) => line.startsWith(place) && line.endsWith(kind));
  const missed = wanted.filter(({ place }) => !lines.some((line) => line.startsWith(place)));
  return {
    problems: [
      ...lines.filter((line) => !isWanted(line)),
      ...missed.map(({ place, kind }) => `${place}not reported ${kind}`),
    ],
    note: `${wanted.length} errors as announced`,
  };
}
