import type * as asyncHooks from 'node:async_hooks';
import { createRequire } from 'node:module';
import type * as os from 'node:os';
import { Refusal } from '../native/binding.ts';
import { channel, native } from '../native/load.ts';
import type { Callee } from '../proxies/asynchrony.ts';
import { Kind } from '../proxies/kind.ts';
import { live } from '../proxies/operations.ts';
import { refusalError, settle } from '../proxies/wrap.ts';
import { withEncoder } from '../values/encoder.ts';
import { holderOf } from '../values/holder.ts';
import { Kw } from '../values/kw.ts';

/** A call whose answer has not come yet. Keeps what is called alive. */
export class Flight {
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
  number = 0;
  /** Whether the promise is settled: the answer that still comes is nobody's. */
  abandoned = false;
  readonly keeper: object;
  /** Where callbacks of the call run: AsyncLocalStorage has there what it had when the call was made. */
  readonly resource = makeResource();

  constructor(keeper: object, resolve: (value: unknown) => void, reject: (reason: unknown) => void) {
    this.keeper = keeper;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** Rejects at once and interrupts the call. */
  abandon(reason: unknown): void {
    if (this.abandoned || flights[this.number] !== this) return;
    this.abandoned = true;
    this.reject(reason);
    if (native.interrupt(this.number) === true) free(this.number);
  }

  /** The answer has come. Whether somebody still waits for it. */
  land(): boolean {
    free(this.number);
    return !this.abandoned;
  }
}

let resourceClass: typeof asyncHooks.AsyncResource | undefined;

// Loaded by the first call that is not waited for: a program's start does not need it.
function makeResource(): asyncHooks.AsyncResource {
  resourceClass ??= (createRequire(import.meta.url)('node:async_hooks') as typeof asyncHooks).AsyncResource;
  return new resourceClass('caduceus.call', { requireManualDestroy: true });
}

/** Calls a function where AsyncLocalStorage has what it had when the call `number` was made. */
export function within(
  number: number,
  fn: (...args: unknown[]) => unknown,
  self: unknown,
  ...args: unknown[]
): unknown {
  const flight = flights[number];
  return flight ? flight.resource.runInAsyncScope(fn, self, ...args) : Reflect.apply(fn, self, args);
}

const flights: (Flight | undefined)[] = [];
const freeNumbers: number[] = [];
let inFlight = 0;
let landed = 0;

/** How the pool is made by the first call: at most so many threads. */
export const pool = { most: 64 };

function free(number: number): void {
  flights[number] = undefined;
  freeNumbers.push(number);
  inFlight--;
  landed++;
}

/** Sends a call to the pool, or to the asyncio loop to be awaited there; throws what keeps it from going. */
export function takeOff(flight: Flight, callee: Callee, args: readonly unknown[], onLoop = false): void {
  const number = freeNumbers.pop() ?? flights.length;
  flight.number = number;
  flights[number] = flight;
  inFlight++;
  let sent = false;
  try {
    const handle = live(callee.holder);
    const self = callee.self ? live(callee.self) : 0;
    sent = submit(number, handle, self, args, onLoop);
  } finally {
    if (!sent) free(number);
  }
  startPolling();
}

const mostScalars = 5;

function submit(
  number: number,
  handle: number,
  self: number,
  args: readonly unknown[],
  onLoop: boolean,
): boolean {
  if (!onLoop && args.length <= mostScalars && allScalars(args)) {
    const sent = native.submit(number, handle, self, pool.most, ...args);
    if (sent === undefined) settle();
    if (sent) return true;
  }
  return withEncoder((encoder) => {
    const last = args[args.length - 1];
    const keywords = last instanceof Kw ? (last.values as Record<string, unknown>) : {};
    const positional = last instanceof Kw ? args.length - 1 : args.length;
    for (let i = 0; i < positional; i++) encoder.add(args[i]);
    let count = 0;
    for (const name of Object.keys(keywords)) {
      if (keywords[name] === undefined) continue;
      encoder.add(name);
      encoder.add(keywords[name]);
      count++;
    }
    const { code, size, values } = encoder;
    const sent = native.submitProgram(number, handle, self, pool.most, code, size, values, count, onLoop);
    if (sent === undefined) settle();
    return true;
  });
}

/** Whether all arguments can cross without Python: no big integer, nothing that needs the encoder. */
function allScalars(args: readonly unknown[]): boolean {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    const type = typeof arg;
    if (type !== 'number' && type !== 'string' && type !== 'boolean' && arg !== undefined && arg !== null)
      return false;
  }
  return true;
}

// Waking an idle event loop costs more than a short call. So the loop is kept turning for a moment after a call was
// sent, and whoever answers meanwhile need not wake it. Never on a single core, which the call itself needs.
let mostTurns = -1;
let polling = false;
let turns = 0;

function startPolling(): void {
  turns = 0;
  if (mostTurns < 0) mostTurns = coreCount() > 1 ? 40 : 0;
  if (polling || mostTurns === 0) return;
  polling = native.pollAnswers(true);
  if (polling) setImmediate(poll);
}

// node:os is loaded by the first call of this kind: a program's start does not need it.
function coreCount(): number {
  return (createRequire(import.meta.url)('node:os') as typeof os).availableParallelism();
}

function poll(): void {
  const before = landed;
  settleAnswers();
  if (landed !== before) turns = 0;
  if (inFlight > 0 && turns++ < mostTurns) {
    setImmediate(poll);
    return;
  }
  polling = native.pollAnswers(false);
  if (channel[1] === 1) settleAnswers();
}

// How long settling may keep the event loop from turning, in milliseconds.
const patience = 5;
const attachFirst = -2;

/** Settles the promises whose answers have come. Attached at most once for all of them. */
export function settleAnswers(): void {
  let scope: number | undefined;
  const end = performance.now() + patience;
  try {
    for (let count = 1; ; count++) {
      const number = settleOne();
      if (number === attachFirst) {
        scope = native.attach();
        if (scope === undefined) return failAll();
      } else if (number < 0) return;
      if (count % 64 === 0 && performance.now() > end) {
        setImmediate(settleAnswers);
        return;
      }
    }
  } finally {
    if (scope !== undefined) native.leave(scope);
  }
}

/** Settles one promise. Its number, or what the channel said instead. */
function settleOne(): number {
  let value: unknown;
  let failed = false;
  let number = -1;
  try {
    value = native.nextAnswer();
    number = channel[6] as number;
    if (value === undefined && number >= 0) value = settle();
  } catch (error) {
    number = number < 0 ? (channel[6] as number) : number; // a codec may use Python, and with it the channel
    failed = true;
    value = error;
  }
  if (number < 0) return number;
  const flight = flights[number] as Flight;
  if (!flight.land()) return number;
  if (failed) flight.reject(value);
  else if (isAwaitable(value)) flight.resource.runInAsyncScope(flight.resolve, undefined, value);
  else flight.resolve(value);
  return number;
}

/** Whether resolving with `value` awaits it, which is to happen where the call was made. */
function isAwaitable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ((holderOf(value)?.kind ?? 0) & Kind.awaitable) !== 0;
}

/** Python has ended: no answer comes any more. */
export function failAll(): void {
  native.forgetFlights();
  for (const flight of flights) {
    if (flight?.land()) flight.reject(refusalError(Refusal.closed));
  }
}
