// The parent's end of one measuring process.

import { type ChildProcess, execFile, fork } from 'node:child_process';
import { promisify } from 'node:util';
import type { Interpreter } from './interpreters.ts';

export type Side = 'caduceus' | 'floor';

/** What a measuring process gets on its command line. */
export interface Assignment {
  readonly side: Side;
  readonly name: string;
  readonly executable: string;
  readonly floorPath: string;
}

export type Answer = { ready: true } | { nanoseconds: number } | { failure: string };

/** Where things are that were built for this run. */
export interface Built {
  readonly floorPath: string;
  /** The path of a bundled child by its file's name in `children/`. */
  readonly child: (name: string) => string;
}

const limitMilliseconds = 120_000;

/** A process that measures one side of one case, from its start until `close`. */
export class Contestant {
  readonly #label: string;
  readonly #process: ChildProcess;

  private constructor(label: string, process: ChildProcess) {
    this.#label = label;
    this.#process = process;
  }

  /** Resolves when the process is warm. */
  static async start(side: Side, name: string, interpreter: Interpreter, built: Built): Promise<Contestant> {
    const { executable } = interpreter;
    const assignment: Assignment = { side, name, executable, floorPath: built.floorPath };
    const process = fork(built.child('measure'), [JSON.stringify(assignment)], {
      env: childEnvironment(executable),
      execArgv: [],
    });
    const contestant = new Contestant(`${name}, ${side}`, process);
    await contestant.#answer();
    return contestant;
  }

  /** One round: the median of several batches, in nanoseconds per operation. */
  async run(): Promise<number> {
    this.#process.send('run');
    const answer = await this.#answer();
    if ('nanoseconds' in answer) return answer.nanoseconds;
    throw new Error(`${this.#label}: answered out of turn`);
  }

  close(): void {
    if (this.#process.connected) this.#process.disconnect();
  }

  async #answer(): Promise<Answer> {
    const child = this.#process;
    const answer = await new Promise<Answer>((resolve) => {
      const failed = (failure: string) => settle({ failure });
      const ended = (code: number | null, signal: string | null) =>
        failed(`ended by ${signal ?? `status ${code}`}`);
      const broken = (error: Error) => failed(error.message);
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        failed(`gave no answer in ${limitMilliseconds / 1000} s`);
      }, limitMilliseconds);
      const settle = (message: Answer) => {
        clearTimeout(timer);
        child.off('message', settle).off('exit', ended).off('error', broken);
        resolve(message);
      };
      child.on('message', settle).on('exit', ended).on('error', broken);
    });
    if ('failure' in answer) throw new Error(`${this.#label}: ${answer.failure}`);
    return answer;
  }
}

/** The interpreter under test decides, whatever is active in the shell. */
export function childEnvironment(executable: string): NodeJS.ProcessEnv {
  // As on most machines: Python keeps the byte code that it compiled.
  const { PYTHONDONTWRITEBYTECODE: _, ...env } = process.env;
  return { ...env, CADUCEUS_PYTHON: executable };
}

/** What a child that measures by itself prints. */
export async function resultOf<T>(
  child: string,
  { executable }: Interpreter,
  built: Built,
  limit: number,
): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [built.child(child)], {
    env: childEnvironment(executable),
    timeout: limit,
  });
  return JSON.parse(stdout);
}
