/** What is known of a promise that Python has. */
interface Given {
  awaited: boolean;
  rejected: boolean;
  reason: unknown;
}

const given = new WeakMap<object, Given>();

const forgotten = new FinalizationRegistry<Given>(({ awaited, rejected, reason }) => {
  if (awaited || !rejected) return;
  const what = reason instanceof Error ? (reason.stack ?? reason.message) : String(reason);
  process.emitWarning(
    `a promise that Python had was rejected and never awaited there: ${what}`,
    'CaduceusWarning',
  );
});

/**
 * Keeps a promise that goes to Python from being an unhandled rejection before Python can await it, which takes a
 * moment. If Python never does, a warning says so once the promise is collected.
 */
export function givePromise(promise: Promise<unknown>): void {
  if (given.has(promise)) return;
  const state: Given = { awaited: false, rejected: false, reason: undefined };
  given.set(promise, state);
  forgotten.register(promise, state);
  withoutSpecies(promise, () => {
    Promise.prototype.then.call(promise, undefined, (reason) => {
      state.rejected = true;
      state.reason = reason;
    });
  });
}

/** What `then` makes is nobody's: no object of a subclass, whose constructor may be Python's. */
function withoutSpecies(promise: Promise<unknown>, work: () => void): void {
  const own = Object.getOwnPropertyDescriptor(promise, 'constructor');
  const isOrdinary = !own && Object.getPrototypeOf(promise) === Promise.prototype;
  if (isOrdinary || !Object.isExtensible(promise) || own?.configurable === false) return work();
  Object.defineProperty(promise, 'constructor', { value: Promise, configurable: true });
  try {
    work();
  } finally {
    if (own) Object.defineProperty(promise, 'constructor', own);
    else Reflect.deleteProperty(promise, 'constructor');
  }
}

/** Python awaits the promise: its rejection is handled there. */
export function awaitPromise(promise: object): void {
  const state = given.get(promise);
  if (state) state.awaited = true;
}
