// biome-ignore-all lint/suspicious/noExplicitAny: a Python value without stubs is any, the one public any

import type { AsyncOptions } from './async/call.ts';
import type { Codec, CodecDisposer } from './proxies/codecs.ts';
import type { AttachScope } from './session/attach.ts';
import type { Scope } from './session/scope.ts';
import type { ShareToken } from './session/share.ts';
import type { Reference } from './values/reference.ts';
import type { SignatureMark } from './values/signature.ts';

/**
 * The types of Python modules by name, open to augmentation: `declare module 'caduceus' { interface PythonModules {
 * math: { sqrt(x: number): number } } }` types `py.import('math')`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is for others to fill
export interface PythonModules {}

/** Which Python runs. */
export interface PythonInfo {
  /** `'3.14.7'` */
  readonly version: string;
  /** `sys.version` */
  readonly fullVersion: string;
  readonly executable: string;
  /** libpython's path; empty if another copy of the package started it. */
  readonly library: string;
  readonly prefix: string;
  readonly basePrefix: string;
  /** Whether this is a free-threaded build. */
  readonly freeThreaded: boolean;
  /** Whether the GIL is on now: an extension may have turned it on. */
  readonly gilEnabled: boolean;
  /** The extension module that turned the GIL on in a free-threaded build, if one did. */
  readonly gilEnabledBy: string | null;
  /** The native library of caduceus. */
  readonly native: string;
}

type IsAny<T> = 0 extends 1 & T ? true : false;

/** What a function takes, where its type says so. */
export type AsyncArguments<F> =
  IsAny<F> extends true
    ? readonly unknown[]
    : F extends (...args: infer A) => unknown
      ? Readonly<A>
      : readonly unknown[];

/** What a promise of a function's result holds; `T` where its type does not say. */
export type AsyncResult<F, T> =
  IsAny<F> extends true ? T : F extends (...args: never) => infer R ? Awaited<R> : T;

/** Conversions of one's own, of this JavaScript thread. */
export interface Codecs {
  /**
   * Lets objects of a class become something else where they cross. `toPython(object)` says what an instance of the
   * JavaScript class `js` is *given* as: as an argument, inside given data, assigned, or returned by a callback.
   * `toJs(object)` says what an object of the Python class `python` is in JavaScript, wherever it comes over: as a result, an attribute, an item,
   * a callback's argument, inside copied data. One codec may have both directions.
   *
   * Subclasses are converted as well, by the codec of the nearest class. A result crosses by the usual rules, and is
   * not converted once more. Objects that cross by reference stay what they are: `py.ref(object)`, in Python
   * `caduceus.ref(object)`, `new` with a Python class, exceptions, classes that extend those of the other language.
   * What has crossed before stays what it is.
   *
   * @returns what ends it
   * @throws BridgeError `WRONG_ARGUMENT` for a direction that lacks a half, for types that never become proxies or have a codec already
   * @example
   * ```ts
   * import { py } from 'caduceus';
   *
   * const { UUID, uuid5, NAMESPACE_DNS } = py.import('uuid');
   * const codec = py.codecs.add({ python: UUID, toJs: (uuid) => String(uuid) });
   * console.log(uuid5(NAMESPACE_DNS, 'example.org')); // aad03681-8b63-5304-89e0-8ca8f49461b5
   * codec();
   * ```
   */
  add<T extends object>(codec: Codec<T>): CodecDisposer;
}

/** What {@link py} is. */
export interface Py {
  /** Evaluates an expression; values are bound as arguments are given, never pasted; compiled once per call site. */
  <T = any>(code: TemplateStringsArray, ...values: unknown[]): T;

  /** The module `name` (`a.b`, not `a`). */
  import<K extends string>(name: K): K extends keyof PythonModules ? PythonModules[K] : any;
  /** Evaluates an expression in `__main__`'s namespace. */
  eval<T = any>(code: string | TemplateStringsArray, ...values: unknown[]): T;
  /** Executes statements in `__main__`'s namespace, dedented. */
  exec(code: string | TemplateStringsArray, ...values: unknown[]): void;
  /** The function or class that the template defines last; tracebacks name the caller's file and line. */
  def<T = any>(code: TemplateStringsArray, ...values: unknown[]): T;
  /** A namespace of its own. */
  scope(names?: Readonly<Record<string, unknown>>): Scope;

  /** `__main__` */
  readonly main: any;
  /** The module `builtins`. */
  readonly builtins: any;
  /** The module `operator`. */
  readonly ops: any;

  /** Any attribute, also one named like a keyword. AttributeError if it is missing. */
  attr<T = any>(object: unknown, name: string): T;
  setAttr(object: unknown, name: string, value: unknown): void;
  hasAttr(object: unknown, name: string): boolean;
  /** The item under a key; what Python raises for a missing one is thrown. */
  item<T = any>(object: unknown, key: unknown): T;
  setItem(object: unknown, key: unknown, value: unknown): void;
  delItem(object: unknown, key: unknown): void;
  /** Python's `slice(stop)`, `slice(start, stop)`, `slice(start, stop, step)`. */
  slice(...parts: unknown[]): any;

  /** Converts: `Array`, `Object`, `Map`, `Set` (deep copies), `Date`, `BigInt`, `Number`, `String`, `Boolean`, typed arrays. */
  as(value: unknown, target: ArrayConstructor): any[];
  as(value: unknown, target: MapConstructor): Map<any, any>;
  as(value: unknown, target: SetConstructor): Set<any>;
  as(value: unknown, target: BooleanConstructor): boolean;
  as(value: unknown, target: NumberConstructor): number;
  as(value: unknown, target: StringConstructor): string;
  as(value: unknown, target: BigIntConstructor): bigint;
  as(value: unknown, target: ObjectConstructor): Record<string, any>;
  as<T extends abstract new (...args: any) => any>(value: unknown, target: T): InstanceType<T>;
  as<T extends (...args: any) => any>(value: unknown, target: T): ReturnType<T>;
  /** Gives by reference what would otherwise be copied. */
  ref<T>(value: T): Reference<T>;

  /** A Python float; of an array or object, one with floats throughout. A proxy, like its kin: the value unconverted. */
  float(value?: unknown): any;
  int(value?: unknown, base?: number): any;
  bytes(value?: unknown, encoding?: string): any;
  str(value?: unknown, encoding?: string): any;
  list(value?: unknown): any;
  dict(value?: unknown, keywords?: unknown): any;
  set(value?: unknown): any;
  tuple(value?: unknown): any;

  /**
   * Calls a Python function on a thread of the pool: a promise of its result. Arguments are given, the result is
   * taken, as in any call.
   *
   * @example
   * ```ts
   * const total = await py.async(py.builtins.sum, [[1, 2, 3]], { kwargs: { start: 10 }, timeout: 1000 });
   * console.log(total); // 16
   * ```
   */
  async<T = any, F = any>(
    fn: F,
    args?: AsyncArguments<F>,
    options?: AsyncOptions,
  ): Promise<AsyncResult<F, T>>;

  /** Stays attached over many operations; re-entrant. `fn` is synchronous. */
  attach<T>(fn: () => T): T;
  attach(): AttachScope;
  /** Inside an attach, lets other threads run while `fn` does something else. */
  detach<T>(fn: () => T): T;
  /** Whether a typed array shares Python's memory. */
  isShared(view: unknown): boolean;

  /**
   * Declares a JavaScript function or class for Python, with the parameters as Python writes them: what
   * `inspect.signature` shows of it, and how arguments bind. A decorator of functions, methods and classes; and the key of a
   * class's static member that is the text.
   *
   * Positional parameters arrive in their order, then those of `*args`. Parameters that are given by keyword alone follow one by
   * one; where the function takes an object apart there, or has `*args` or `**options`, they are properties of one
   * object at the end. Annotations and defaults are Python expressions in `__main__`'s namespace; the default
   * `undefined` leaves it to JavaScript's own.
   *
   * @throws BridgeError `WRONG_ARGUMENT` for what cannot be declared: no function, a frozen one, one that Python knows already
   * @example
   * ```ts
   * import { py } from 'caduceus';
   *
   * const power = py.signature('base, *, exponent: int = 2')((base: number, exponent: number) => base ** exponent);
   * console.log(py`${power}(3), ${power}(3, exponent=3)`); // (9, 27)
   *
   * class Wave {
   *   static [py.signature] = 'length: float = 1.0, *, height=2';
   *   constructor(
   *     readonly length: number,
   *     readonly options: { height: number },
   *   ) {}
   * }
   * const { signature } = py.import('inspect');
   * console.log(String(signature(Wave))); // (length: float = 1.0, *, height=2)
   * ```
   */
  readonly signature: SignatureMark;

  readonly codecs: Codecs;

  /**
   * Keeps an object for other JavaScript threads: the token goes through `postMessage` or `workerData`, and
   * {@link adopt} gives the object there. Until `token.revoke()`, or until this thread ends.
   *
   * @throws BridgeError `NOT_PYTHON` for what is no proxy: plain data can be posted as it is
   */
  share(object: unknown): ShareToken;
  /**
   * The object of a token, as this thread's own proxy. As often and in as many threads as wanted.
   *
   * @throws BridgeError `NOT_SHARED` for what is no token, or one that was revoked or whose thread has ended
   */
  adopt<T = any>(token: ShareToken | { readonly caduceusShare: string }): T;

  /**
   * Raises KeyboardInterrupt in a Python thread: in that of another JavaScript thread by its `py.threadId`, in any other
   * by its `ident`; without an argument, inside a callback, in the call that this thread itself is in.
   *
   * A wait of Python's main thread ends at once; elsewhere the exception is raised when the wait is over.
   *
   * @returns whether there was something to interrupt: a thread that is not inside Python is not interrupted later either
   * @throws BridgeError `WRONG_ARGUMENT` for what is no thread id
   */
  interrupt(threadId?: number | bigint): boolean;
  /** Python's identifier of this thread, for `py.interrupt` in another one: `threading.get_ident()`. */
  readonly threadId: number;

  readonly info: PythonInfo;
  /** Ends Python (in a worker: nothing before its environment ends). Also happens by itself; there is no restart. */
  close(): void;
  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}
