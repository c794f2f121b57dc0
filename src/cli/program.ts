// `caduceus app.py`: a Python program, as python would run it.

import { join } from 'node:path';
import { BridgeError, py } from '../index.ts';

type StartProgram = (program: {
  line: readonly string[];
  executable: string;
  ended: (status: number) => void;
}) => void;

/** A negative status is that of a signal, SIGINT: Python has let go of it. */
function end(status: number): void {
  if (status >= 0) process.exit(status);
  process.once('exit', () => process.kill(process.pid, -status));
  process.exit(128 - status);
}

/** The status of a command line that is wrong, as python has it. */
const usageError = 2;

/** `line` is what stands behind `python`. The process ends when the program has ended, with its status. */
export function runPythonProgram(line: readonly string[]): void {
  const start = (py as unknown as Record<symbol, StartProgram>)[Symbol.for('caduceus.startProgram')];
  try {
    start?.({ line, executable: join(import.meta.dirname, 'python.cjs'), ended: end });
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    process.stderr.write(`caduceus: ${error.message}\n`);
    process.exitCode = usageError;
  }
}
