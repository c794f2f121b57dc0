import { failAll } from '../async/flights.ts';
import { BridgeError } from '../errors/bridge-error.ts';
import { PythonError, readWhole } from '../errors/python-error.ts';
import { channel, isLoaded, isMainThread, native } from '../native/load.ts';
import { side } from '../proxies/side.ts';

let closed = false;

/** Ends Python now: in the main thread the interpreter, in a worker nothing before its environment ends. */
export function close(): void {
  if (closed) return;
  if (isMainThread && isLoaded()) {
    native.state();
    if (channel[6] === 1) throw insideCall();
    native.finish(-1);
    failAll();
  }
  closed = true;
}

/** Whether {@link close} has been called: before the first use of Python it leaves no other trace. */
export function isClosed(): boolean {
  return closed;
}

function insideCall(): BridgeError {
  return new BridgeError('WRONG_SCOPE', {
    tried: 'py.close()',
    found: 'this is inside a Python call, or inside py.detach, which goes on afterwards',
    todo: 'close Python outside, or end the process with process.exit()',
  });
}

// Of every copy of this package in the process: they would overtake each other for ever.
const runsLast = Symbol.for('caduceus.runsLast');

const closeAtExit = Object.assign(
  (status: number) => {
    closed = true;
    native.finish(status);
  },
  { [runsLast]: true },
);

function lastExitListener(): void {
  process.off('exit', closeAtExit);
  process.on('exit', closeAtExit);
}

/** An uncaught SystemExit or KeyboardInterrupt ends the program as Python would; others keep their Python frames. */
function onUncaught(error: unknown): void {
  readWhole(error); // it is printed after the end of Python
  if (!(error instanceof PythonError)) return;
  if (process.listenerCount('uncaughtException') > 0) return;
  if (error.name === 'SystemExit') process.exit(side('exit_status', error.value) as number);
  if (error.name === 'KeyboardInterrupt') {
    process.removeAllListeners('SIGINT');
    process.stderr.write(`${error.traceback}\n`);
    close();
    process.kill(process.pid, 'SIGINT');
  }
}

/** A listener of these has the say. When the last one goes, the host leaves the system's default. */
const endingSignals: ReadonlySet<string | symbol> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP']);

/** Ends Python when the process ends, after the program's own exit listeners. */
export function endWithProcess(): void {
  process.on('uncaughtExceptionMonitor', onUncaught);
  if (!isMainThread) return;
  process.on('exit', closeAtExit);
  process.on('removeListener', (event) => {
    if (endingSignals.has(event)) native.watchSignals();
  });
  process.on('newListener', (event, listener) => {
    if (event === 'exit' && !(runsLast in listener)) queueMicrotask(lastExitListener);
  });
}
