/**
 * The typed contract of every native export; native/addon.cpp is its twin, and a test compares the two.
 *
 * An operation returns its value, or `undefined` after writing to the result channel (see {@link Outcome}) what that
 * means. Handles are positive integers.
 */
export interface Binding {
  open(factories: readonly unknown[], texts: unknown[]): Int32Array;
  /** Why not, or nothing; a number is the status with which python ends for this command line, such as `-V`. */
  start(library: string, argv: readonly string[], parked: boolean, program: boolean): string | number;
  bootstrap(
    pythonFolder: string,
    argv: readonly string[],
    path: readonly string[],
    keptCode: string,
    executable: string,
  ): unknown;
  /** Runs the program that Python was started with, on a thread of its own, and tells its exit status. */
  runProgram(ended: (status: number) => void): void;
  /** With the status of the process if it ends now, or -1. */
  finish(status: number): void;
  /** In the channel: running, version, free-threaded, adopted, finished. Whether strings are read in place. */
  state(): boolean;
  /** Takes SIGINT, SIGTERM and SIGHUP where nobody listens to them: Python's exit work runs before they end the process. */
  watchSignals(): void;
  intern(name: string): number;
  /** The index of a tuple of names, which are told by theirs. */
  internTuple(...names: number[]): number | undefined;
  attach(): number | undefined;
  /** 1 when the scope has ended, 0 if it had before, 2 if it cannot now: py.detach or a callback runs in it. */
  leave(scope: number): number;
  detach(): boolean;
  rejoin(): void;
  /** KeyboardInterrupt in a Python thread, or in this thread's own call. Whether there was one. */
  interruptThread(id?: number): boolean;
  /** The number of this worker. */
  nameWorker(number: number): void;
  /** What a worker that is ending does in Python ends too. */
  endWorker(number: number): void;

  get(handle: number, name: number): unknown;
  /** As {@link get}; a method of the type answers with Outcome.method and its function instead. */
  getMember(handle: number, name: number): unknown;
  getReal(handle: number, name: number): unknown;
  getText(handle: number, name: string): unknown;
  getIndex(handle: number, index: number): unknown;
  has(handle: number, name: number): boolean | undefined;
  remove(handle: number, name: number): boolean | undefined;
  length(handle: number): number | undefined;
  iterate(handle: number): unknown;
  next(handle: number): unknown;
  typeName(handle: number): string | undefined;
  text(handle: number): string | undefined;
  copyOut(handle: number, all: number): Program | undefined;

  watch(handle: number): number | undefined;
  /** As {@link get} on a watched module; the channel says whether the value may be kept. */
  getWatched(handle: number, name: number): unknown;

  /** The handle of what tells the number of a type's codec, whenever that has changed; whether any class has one. */
  useCodecs(handle: number, any: number): boolean | undefined;

  /** In how many calls of Python's this thread's JavaScript runs. */
  depth(): number;

  call(handle: number, ...scalars: unknown[]): unknown;
  callMethod(handle: number, self: number, ...scalars: unknown[]): unknown;
  /** With keyword arguments, the last of the scalars: the index of the tuple of their names. `self` is 0 for a plain call. */
  callNamed(handle: number, self: number, names: number, ...scalars: unknown[]): unknown;
  /**
   * Calls the method that was read last; only where {@link unchangedWord} says that nothing has changed since, which it
   * says afterwards if reading it again would find the same.
   */
  callAgain(...scalars: unknown[]): unknown;
  run(
    handle: number,
    action: number,
    code: Float64Array,
    size: number,
    values: readonly unknown[],
    extra: number,
    self?: number,
  ): unknown;

  /** True; false if a value is no scalar that crosses without Python. */
  submit(
    number: number,
    handle: number,
    self: number,
    most: number,
    ...scalars: unknown[]
  ): boolean | undefined;
  submitProgram(
    number: number,
    handle: number,
    self: number,
    most: number,
    code: Float64Array,
    size: number,
    values: readonly unknown[],
    keywords: number,
    onLoop: boolean,
  ): boolean | undefined;
  /** In the channel's word 6 the number of the call, or -1: there is none yet, -2: attach first. */
  nextAnswer(): unknown;
  /**
   * Says whether the event loop looks for answers by itself from now on. Whether it does: not where that would keep
   * the answer from coming. In the channel whether there are some.
   */
  pollAnswers(polling: boolean): boolean;
  /** Idle threads of the pool let go of objects of theirs that others have dropped. */
  letGoElsewhere(): void;
  /** Python has ended: calls in flight keep the event loop no longer. */
  forgetFlights(): void;
  /** True if the call never began, and no answer comes. */
  interrupt(number: number): boolean | undefined;

  /** Tells what Python waits for: 0 a value, 1 an error, 2 the end of an iteration. */
  fulfil(waiter: number, told: number, value: unknown): void;

  /** A token for other threads, with which they adopt the object. */
  share(handle: number): string | undefined;
  adopt(token: string): unknown;
  revoke(token: string): boolean | undefined;

  bind(handle: number, proxy: object, isError: boolean): void;
  proxyOf(handle: number): object | undefined;
  /** Releases the exceptions of errors that were collected. */
  sweepErrors(): void;
  dispose(handle: number): boolean | undefined;
  release(handles: Int32Array, count: number): void;
  shareBuffer(handle: number): ArrayBuffer | undefined;
  /** The object is the other side of the Python object that waits for it. */
  pairUp(object: object, id: number, mode: number): void;
  /** The object is the other side of the handle's, whose proxy it is; true, or undefined and the channel says why not. */
  link(handle: number, object: object, id: number): boolean | undefined;
  /**
   * Lets go of JavaScript's sides of derived objects that nothing else in Python refers to, and of Python's sides of those
   * whose JavaScript side was collected.
   */
  sweepRoots(connect: (keeper: object | undefined, targets: readonly object[]) => void): void;
  /** What this environment holds: Python objects, JavaScript objects in Python, ArrayBuffers over Python's memory. */
  census(): readonly [handles: number, objects: number, buffers: number, flights: number, waiters: number];
}

/** Plain data on its way from Python: opcodes with their operands, and the values they refer to. */
export type Program = readonly [code: Float64Array, values: readonly unknown[]];

/** What `undefined` from an operation means: the first number of the result channel. */
export const Outcome = {
  undefined: 0,
  /** A new handle and its kind. */
  wrapped: 1,
  /** The handle of an exception and its kind, or -1 where it is known; its type's number; whether it is chained. */
  raised: 2,
  /** The handle and kind of a tuple with what a generator returned, or 0. */
  stopped: 3,
  missing: 4,
  /** The handle and kind (or -1) of a function of the type, to be called with the object. */
  method: 5,
  /** One of {@link Refusal}. */
  refused: 6,
  /** The handle of an exception for which an error stands, but no proxy yet. */
  errorValue: 7,
  /**
   * As wrapped, or -1 for the kind of an object whose proxy is known; the number of the codec that converts it; in how many calls
   * of Python's the JavaScript runs that asked for it, or -1.
   */
  coded: 8,
} as const;

/**
 * Where the channel says 1 while no Python code has run on this thread since a method was read, or since
 * {@link Binding.callAgain} looked whether it still is what was read.
 */
export const unchangedWord = 8;

/** Where the encode factory describes one object: its mode, and its number in two words. */
export const oneWord = 9;

/** Why an operation was not even tried. */
export const Refusal = { closed: 0, barred: 1, stack: 2, released: 3, thread: 4 } as const;

/** What `run` does with the objects that its program makes. */
export const Action = {
  call: 0,
  setAttribute: 1,
  getItem: 2,
  setItem: 3,
  deleteItem: 4,
  contains: 5,
  make: 6,
  isInstance: 7,
  callHeld: 8,
} as const;
