import { BridgeError, bridgeRangeError } from '../errors/bridge-error.ts';
import { keepCause, makeError, PythonError, Raised } from '../errors/python-error.ts';
import { traceHere } from '../errors/trace.ts';
import { Outcome, Refusal } from '../native/binding.ts';
import { channel, native, texts } from '../native/load.ts';
import { convertTaken } from '../values/codecs.ts';
import { releasedError } from '../values/encoder.ts';
import { type Holder, holders } from '../values/holder.ts';

/** What all proxies of one kind share. */
export interface Shape {
  readonly kind: number;
  readonly target: object;
  readonly prototype: object;
  /** Attribute names met on this kind: the interned index, or -1 for those that need a closer look. */
  readonly names: Map<string, number>;
  /** Makes the handler of one proxy. */
  handler(handle: number): ProxyHandler<object> & Holder;
}

let shapeOf: (kind: number) => Shape;

/** The shape of a kind. */
export function shapeFor(kind: number): Shape {
  return shapeOf(kind);
}

/** Sets where shapes come from. */
export function shapeProxiesWith(provided: (kind: number) => Shape): void {
  shapeOf = provided;
}

// Handles whose proxies were collected, handed back in batches.
const collected = new Int32Array(1024);
let collectedCount = 0;
let scheduled = false;

function release(): void {
  scheduled = false;
  const count = collectedCount;
  collectedCount = 0;
  if (count > 0) native.release(collected, count);
}

const registry = new FinalizationRegistry<number>((handle) => {
  collected[collectedCount++] = handle;
  if (collectedCount === collected.length) release();
  else if (!scheduled) {
    scheduled = true;
    queueMicrotask(release);
  }
});

/** Makes the proxy of a new handle. */
export function wrap(handle: number, kind: number): object {
  const shape = shapeOf(kind);
  const handler = shape.handler(handle);
  const proxy = new Proxy(shape.target, handler);
  holders.set(proxy, handler);
  enter(handle, proxy, handler);
  return proxy;
}

/** Makes `proxy` the one of a new handle, which goes when the proxy is collected. */
export function enter(handle: number, proxy: object, holder: Holder): void {
  native.bind(handle, proxy, false);
  registry.register(proxy, handle, holder);
}

/** Forgets a holder whose handle was released on purpose. */
export function forget(holder: Holder): void {
  registry.unregister(holder);
  (holder as { handle: number }).handle = 0;
}

/** What {@link settle} answers for an iteration that has ended. */
export const stopped = Symbol('stopped');
/** What {@link settle} answers for an attribute or item that is not there. */
export const missing = Symbol('missing');

/** What an operation that returned `undefined` meant: its value, or {@link stopped}, or {@link missing}. Throws errors. */
export function settle(holder?: Holder): unknown {
  if (channel[0] === Outcome.raised) throw raisedError();
  const first = channel[1] as number;
  switch (channel[0]) {
    case Outcome.wrapped:
      return wrap(first, channel[2] as number);
    case Outcome.stopped:
      return stopped;
    case Outcome.missing:
      return missing;
    case Outcome.errorValue:
      return (texts[1] as PythonError).value;
    case Outcome.coded:
      return takeCoded();
    case Outcome.refused:
      throw refusalError(first, holder);
    default:
      return undefined;
  }
}

function takeCoded(): unknown {
  const [, , , codec, depth] = channel as unknown as [number, number, number, number, number];
  return convertTaken(codec, codedProxy(), depth);
}

/** The proxy of an object that a codec converts. */
function codedProxy(): object {
  const [, handle, kind] = channel as unknown as [number, number, number];
  return kind === -1 ? (texts[1] as object) : wrap(handle, kind);
}

/** As {@link settle}, but no codec converts the object: it comes as its proxy. */
export function settleUnconverted(holder?: Holder): unknown {
  return channel[0] === Outcome.coded ? codedProxy() : settle(holder);
}

/** An operation's result: a value, or what the channel says. Missing and stopped are undefined. */
export function settled(result: unknown, holder?: Holder): unknown {
  if (result !== undefined) return result;
  const value = settle(holder);
  return value === missing || value === stopped ? undefined : value;
}

// One object that nobody holds tells of each collection.
let watching = false;
const afterwards: (() => void)[] = [];
const collections = new FinalizationRegistry<undefined>(() => {
  for (const work of afterwards) work();
  collections.register({}, undefined);
});

/** Runs `work` after each garbage collection from now on, once the event loop turns. */
export function afterCollections(work: () => void): void {
  afterwards.push(work);
  if (watching) return;
  watching = true;
  collections.register({}, undefined);
}

// Errors have no finalizer of their own, which would cost as much as throwing them: native code looks which are gone.
let sweepsErrors = false;

const typeNames = new Map<number, string>();

/** The error of the exception that the channel tells of. */
function raisedError(): unknown {
  const handle = channel[1] as number;
  const kind = channel[2] as number;
  if (kind === -1) {
    const known = texts[1] as object;
    return known instanceof PythonError ? known : errorOf(known);
  }
  const type = channel[3] as number;
  const chained = channel[4] === 1;
  const message = texts[0] as string;
  const raised = new Raised(
    handle,
    kind,
    typeNames.get(type) ?? nameOfType(handle, type),
    message,
    chained,
    traceHere(),
  );
  const error = makeError(raised);
  native.bind(handle, error, true);
  if (chained) keepCause(error);
  if (!sweepsErrors) {
    sweepsErrors = true;
    afterCollections(() => native.sweepErrors());
  }
  return error;
}

function nameOfType(handle: number, type: number): string {
  const name = settled(native.typeName(handle)) as string;
  if (typeNames.size >= 4096) typeNames.clear();
  typeNames.set(type, name);
  return name;
}

/** The proxy of the exception that an error was raised with: it takes the error's place as the one that keeps it. */
export function exceptionProxy(error: PythonError, raised: Raised): object {
  const handler = shapeOf(raised.kind).handler(raised.handle);
  const proxy = new Proxy(shapeOf(raised.kind).target, handler);
  holders.set(proxy, handler);
  enter(raised.handle, proxy, handler);
  errors.set(proxy, error);
  return proxy;
}

const errors = new WeakMap<object, PythonError>();

/** The one error that stands for an exception. */
export function errorOf(exception: object): PythonError {
  return errors.get(exception) ?? new PythonError(exception);
}

/** Makes `error` the one that stands for an exception. */
export function pair(exception: object, error: object): void {
  if (!errors.has(exception)) errors.set(exception, error as PythonError);
}

/** The error for an operation that was refused. */
export function refusalError(refusal: number, holder?: Holder): Error {
  switch (refusal) {
    case Refusal.barred:
      return new BridgeError('DETACHED', {
        tried: 'using Python',
        found: 'this is inside py.detach, where other threads have it',
        todo: 'do it before or after py.detach',
      });
    case Refusal.stack:
      return bridgeRangeError('STACK_EXHAUSTED', {
        tried: 'calling Python',
        found: 'almost nothing is left of this thread’s stack',
        todo: 'end the recursion earlier, or give the worker a larger stack (resourceLimits.stackSizeMb)',
      });
    case Refusal.released:
      return releasedError(holder ?? { handle: 0, kind: 0 });
    default:
      return new BridgeError('CLOSED', {
        tried: 'using Python',
        found: 'it has ended in this process or JavaScript environment',
        todo: 'do it before py.close() and before the end of the process; Python cannot start again',
      });
  }
}
