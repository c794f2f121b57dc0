import { limitTraces } from '../errors/trace.ts';
import { packageFolder } from '../native/load.ts';

/** A place in a program's source. */
export interface Place {
  readonly file: string;
  /** 1-based */
  readonly line: number;
}

/** The innermost place on the stack outside this package. */
export function callerOf(): Place {
  return placeOn(stackHere());
}

/** The same as a text, made when it is asked for: writing a stack out costs half a millisecond at a program's start. */
export function callerPlace(): () => string {
  const stack = stackHere();
  return () => {
    const { file, line } = placeOn(stack);
    return `${file}:${line}`;
  };
}

function stackHere(): Error {
  const limit = Error.stackTraceLimit;
  limitTraces(30);
  const stack = new Error();
  limitTraces(limit);
  return stack;
}

function placeOn({ stack = '' }: Error): Place {
  for (const line of stack.split('\n').slice(1)) {
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
