import { dirname, join } from 'node:path';
import { callOnLoop, promiseOf } from '../async/awaitables.ts';
import { call } from '../async/call.ts';
import { pool, settleAnswers, within } from '../async/flights.ts';
import { subscribe } from '../async/subscriptions.ts';
import { discover } from '../environments/discover.ts';
import type { Environment } from '../environments/environment.ts';
import { notFoundMessage } from '../environments/not-found.ts';
import { BridgeError, bridgeTypeError } from '../errors/bridge-error.ts';
import { Refusal } from '../native/binding.ts';
import { channel, isMainThread, load, native, packageFolder } from '../native/load.ts';
import { connectAsynchrony } from '../proxies/asynchrony.ts';
import { build, watchRoots } from '../proxies/derived.ts';
import { connectErrors, describeThrown } from '../proxies/exceptions.ts';
import { operate } from '../proxies/js-operations.ts';
import { shapeOf } from '../proxies/shapes.ts';
import { openSide } from '../proxies/side.ts';
import { refusalError, settle, shapeProxiesWith, wrap } from '../proxies/wrap.ts';
import { decode } from '../values/decoder.ts';
import { encodeOne } from '../values/encoder.ts';
import { callerPlace } from './caller.ts';
import { endWithProcess, isClosed } from './ending.ts';
import { host } from './host.ts';
import { letGoWhileIdle } from './idle.ts';
import { endPythonOfTerminatedWorkers, nameWorker } from './workers.ts';

declare global {
  interface ImportMeta {
    /** Keeps the compiled code of this package for the next start, where it can be kept. */
    readonly keepCode?: () => void;
  }
}

/** How Python starts. */
export interface StartOptions {
  /** An interpreter, a venv folder, or a request such as `'3.14t'`. */
  python?: string;
  /** `sys.argv`. Default: the main script and its arguments. An empty list is `['']`, as Python has it. */
  argv?: readonly string[];
  /** Folders put in front of `sys.path`. */
  path?: readonly string[];
  /** Environment variables set before Python starts. */
  env?: Readonly<Record<string, string>>;
  /** As `python -I`: no environment variables of Python's, no user site, no script folder. */
  isolated?: boolean;
  /** Options as on python's command line, such as `['-X', 'dev']`. */
  flags?: readonly string[];
  /** The most threads of the pool behind `py.async`. Default: 64. It has as many as there are cores, more for blocking work. */
  threads?: number;
}

let started: { options: string; place: () => string; environment: Environment | undefined } | undefined;

/** The environment that runs, or undefined: another copy of the package chose it, or nothing has started. */
export function startedEnvironment(): Environment | undefined {
  return started?.environment;
}

/** Whether this JavaScript environment uses Python already. */
export function isStarted(): boolean {
  return started !== undefined;
}

/** What a Python program runs with. */
export interface Program {
  /** As after `python`. */
  readonly line: readonly string[];
  /** `sys.executable`: what starts another program of this kind. */
  readonly executable: string;
  /** Hears of its exit status. */
  readonly ended: (status: number) => void;
}

/** Starts Python with a program, as `python` would. */
export function startProgram(program: Program): void {
  const place = callerPlace();
  const environment = begin({}, program);
  if (typeof environment === 'number') return program.ended(environment);
  keepUp(place, '{}', environment);
  native.runProgram(program.ended);
}

/** Starts Python with `options`, or does nothing if it runs with the same; the first use of Python does so by itself. */
export function ensureStarted(options?: StartOptions): void {
  if (started && options === undefined) return;
  const wanted = canonical(options ?? {});
  if (started) {
    if (wanted === started.options) return;
    throw new BridgeError('ALREADY_STARTED', {
      tried: `start(${wanted})`,
      found: `Python runs since ${started.place()}, with ${started.options === '{}' ? 'no options' : started.options}`,
      todo: 'call start once, before the first use of py, or with equal options',
    });
  }
  if (isClosed()) throw refusalError(Refusal.closed);
  if (options?.threads !== undefined) pool.most = requireThreads(options.threads);
  const place = callerPlace();
  keepUp(place, wanted, begin(options ?? {}) as Environment | undefined);
}

function keepUp(place: () => string, options: string, environment: Environment | undefined): void {
  started = { options, place, environment };
  endWithProcess();
  endPythonOfTerminatedWorkers();
  letGoWhileIdle();
  watchRoots();
  import.meta.keepCode?.();
}

function requireThreads(threads: unknown): number {
  if (Number.isSafeInteger(threads) && (threads as number) >= 1 && (threads as number) <= 10_000)
    return threads as number;
  throw bridgeTypeError('WRONG_ARGUMENT', {
    tried: 'start({ threads })',
    found: `threads is ${typeof threads === 'number' ? threads : typeof threads}`,
    todo: 'pass the most threads of the pool: a whole number from 1 to 10000',
  });
}

function canonical(options: StartOptions): string {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
}

function argvOf(options: StartOptions): string[] {
  const argv = (options.argv ?? process.argv.slice(1)).map(String);
  // Python's own is never empty: argparse and others read its first item.
  return argv.length > 0 ? argv : [''];
}

function pathOf(options: StartOptions): string[] {
  const script = process.argv[1];
  const own = options.isolated || !script || options.flags?.some((flag) => flag === '-P' || flag === '-I');
  return [...(options.path ?? []).map(String), ...(own ? [] : [dirname(script)])];
}

/**
 * Returns the environment that was started, or undefined if Python was running already; a number is the status with
 * which python has answered the program's command line.
 */
function begin(options: StartOptions, program?: Program): Environment | undefined | number {
  load({
    wrap: wrapNew,
    encode: encodeOne,
    decode: (program) => decode(program as never, wrap),
    thrown: describeThrown,
    operate,
    settle: settleAnswers,
    warn: warnOfGil,
    subscribe,
    within,
    host,
    build,
  });
  connectAsynchrony({ call, callOnLoop, promiseOf });
  shapeProxiesWith(shapeOf);
  connectErrors();
  native.state();
  const running = channel[1] === 1;
  const environment = running ? undefined : startInterpreter(options, program);
  if (typeof environment === 'number') return environment;
  nameWorker();
  // Beside the bundle's own compiled code, and turned off by the same variable.
  const kept = process.env.NODE_DISABLE_COMPILE_CACHE ? '' : join(packageFolder, 'dist', 'cache', 'python');
  const folder = join(packageFolder, 'python');
  const executable = program?.executable ?? '';
  const answer = native.bootstrap(folder, argvOf(options), pathOf(options), kept, executable);
  if (typeof answer === 'string' || answer === null) throw startFailed('preparing Python', String(answer));
  openSide(answer === undefined ? (settle() as object) : (answer as object));
  return environment;
}

function startInterpreter(options: StartOptions, program?: Program): Environment | number {
  const { chosen, refused } = discover(options.python === undefined ? {} : { python: options.python });
  if (!chosen) throw new BridgeError('NO_PYTHON', foundNothing(notFoundMessage(refused, options.python)));
  Object.assign(process.env, options.env);
  const argv = [chosen.executable, ...(options.isolated ? ['-I'] : []), ...(options.flags ?? [])];
  argv.push(...(program?.line ?? []));
  const problem = native.start(chosen.library, argv, !isMainThread || !!program, !!program);
  if (typeof problem === 'number') return problem;
  if (problem) throw startFailed(`starting ${chosen.executable}`, problem);
  return chosen;
}

function foundNothing(message: string): { tried: string; found: string; todo: string } {
  return {
    tried: 'looking for a Python',
    found: message.replace(/\.$/, ''),
    todo: 'run `npx caduceus doctor`, which shows every Python on this machine and why it can be used or not',
  };
}

function startFailed(tried: string, found: string): BridgeError {
  return new BridgeError('START_FAILED', {
    tried,
    found,
    todo: 'run `npx caduceus doctor` to see which Pythons are there and what is wrong with them',
  });
}

/** The wrap factory: a new object, or the error that converting it raised. */
function wrapNew(): unknown {
  return settle();
}

/** The warn factory: parallel Python code takes turns from now on, which nobody would otherwise notice. */
function warnOfGil(module: string): void {
  process.emitWarning(
    `the extension module ${module} turned the GIL on, since it does not say that it can do without: ` +
      'Python code no longer runs in parallel in this process (py.info.gilEnabled, py.info.gilEnabledBy)',
    { code: 'CADUCEUS_GIL_ENABLED' },
  );
}
