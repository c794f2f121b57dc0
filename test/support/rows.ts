// Runs rows of code in one process, one after the other: for what needs a process of its own, but not one each.

import { type Ended, type ProgramOptions, runProgram } from './program.ts';

/**
 * What each row printed, by its name. `before` is run first; a row is the body of an asynchronous function. A row that
 * throws, hangs or ends the process answers with an Error, and those after it run in another process.
 */
export function inOneProcess(
  before: string,
  rows: Record<string, string>,
  options: ProgramOptions = {},
): (name: string) => Promise<string> {
  let answers: Promise<Map<string, string | Error>> | undefined;
  return async (name) => {
    answers ??= answersOf(before, Object.entries(rows), { limit: 50, ...options });
    const answer = (await answers).get(name);
    if (typeof answer === 'string') return answer;
    throw answer ?? new Error(`there is no row '${name}'`);
  };
}

async function answersOf(
  before: string,
  rows: [name: string, source: string][],
  options: ProgramOptions,
): Promise<Map<string, string | Error>> {
  const answers = new Map<string, string | Error>();
  const waiting = rows;
  while (waiting.length > 0) {
    const printed: Buffer[] = [];
    const running = runProgram(programOf(before, waiting), {
      ...options,
      meanwhile: (child) => child.stdout?.on('data', (chunk) => printed.push(chunk)),
    });
    const ended = await running.catch((error: Error) => error);
    const parts = Buffer.concat(printed).toString().split(endOfRow);
    for (const part of parts.slice(0, -1)) answers.set(waiting.shift()?.[0] ?? '', part);
    const [failed] = waiting.splice(0, 1);
    if (failed) answers.set(failed[0], failureOf(failed[0], parts.at(-1) ?? '', ended));
    else if (ended instanceof Error || ended.status !== 0) throw failureOf('the end', '', ended);
  }
  return answers;
}

function programOf(before: string, rows: [name: string, source: string][]): string {
  const functions = rows.map(([, source]) => `async () => {\n${source}\n}`);
  return `${before}
for (const row of [${functions.join(',\n')}]) {
  await row();
  console.log(${JSON.stringify(endOfRow.trimEnd())});
}`;
}

const endOfRow = '<end of row>\n';

function failureOf(name: string, printed: string, ended: Ended | Error): Error {
  if (ended instanceof Error) return ended;
  const { status, signal, stderr } = ended;
  return new Error(`${name}: the process ended with ${signal ?? status}; it said:\n${printed}\n${stderr}`);
}
