import { packageFolder } from '../native/load.ts';

/** A place in a program's source. */
export interface Place {
  readonly file: string;
  /** 1-based */
  readonly line: number;
}

/** The innermost place on the stack outside this package. */
export function callerOf(): Place {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  Error.stackTraceLimit = limit;
  for (const line of lines) {
    const match = /(?:\(|at )(?:file:\/\/)?([^()]+?):(\d+):\d+\)?$/.exec(line);
    const file = match?.[1];
    if (
      file &&
      !file.startsWith(`${packageFolder}/dist`) &&
      !file.startsWith(`${packageFolder}/src`) &&
      !file.startsWith('node:')
    ) {
      return { file: decodeURI(file), line: Number(match[2]) };
    }
  }
  return { file: '<unknown>', line: 1 };
}

/** The same as a text. */
export function callerPlace(): string {
  const { file, line } = callerOf();
  return `${file}:${line}`;
}
