/** So many exceptions come to JavaScript with its frames before its event loop has to turn. */
export const mostTraces = 250;

const usualLimit = 10; // Error.stackTraceLimit in a program that has not set it
const ownFrames = 4; // from traceHere to the trap that was called

let made = 0;

function begin(): void {
  made = 0;
}

/**
 * An error whose stack has JavaScript's frames at the moment that an exception reaches it. Recording them takes longer
 * than raising and catching. So a loop in which hundreds are raised goes without: then there is none, unless the program
 * has set Error.stackTraceLimit.
 */
export function traceHere(): Error | undefined {
  const limit = Error.stackTraceLimit;
  if (made >= mostTraces && limit === usualLimit) return undefined;
  if (made++ === 0) queueMicrotask(begin);
  if (limit > 0) limitTraces(limit + ownFrames);
  const trace = new Error();
  limitTraces(limit);
  return trace;
}

/** Sets how many frames errors record from now on. */
export function limitTraces(limit: number): void {
  try {
    Error.stackTraceLimit = limit;
  } catch {
    // The program has frozen Error: its own limit is kept.
  }
}
