// py.codecs: conversions of one's own for classes of either language.
import { BridgeError, bridgeTypeError } from '../errors/bridge-error.ts';
import { native } from '../native/load.ts';
import * as registry from '../values/codecs.ts';
import { extendedType } from '../values/extended.ts';
import { type Holder, holderOf } from '../values/holder.ts';
import { Kind } from './kind.ts';
import { textOf } from './operations.ts';
import { side } from './side.ts';
import { settled } from './wrap.ts';

/** How instances of a JavaScript class are given to Python. */
export interface GivenCodec<T extends object> {
  /** Its instances and those of its subclasses, unless a nearer class has a codec of its own. */
  readonly js: abstract new (
    ...args: never
  ) => T;
  /** What is given in an instance's place, by the usual rules; but it is not converted once more. */
  toPython(object: T): unknown;
}

/** How objects of a Python class come to JavaScript. */
export interface TakenCodec {
  /** A Python class. Its objects and those of its subclasses, unless a nearer class has a codec of its own. */
  readonly python: unknown;
  /** What JavaScript gets in an object's place; `object` is the proxy that it would have got. */
  // biome-ignore lint/suspicious/noExplicitAny: a Python value without stubs is any, the one public any
  toJs(object: any): unknown;
}

/** What {@link Codecs.add} takes: one of the two directions, or both. */
export type Codec<T extends object> =
  | (GivenCodec<T> & { readonly python?: undefined; readonly toJs?: undefined })
  | (TakenCodec & { readonly js?: undefined; readonly toPython?: undefined })
  | (GivenCodec<T> & TakenCodec);

/** Ends what it stands for, like `using` does at the end of a block. Twice is harmless. */
export interface CodecDisposer {
  (): void;
  [Symbol.dispose](): void;
}

type Options = Partial<Record<'js' | 'python' | 'toJs' | 'toPython', unknown>>;
type Convert = (object: object) => unknown;

/** Python's side (python/caduceus/_codecs.py): which classes have one. */
interface Classes {
  add(type: unknown, number: number): string | null;
  remove(number: number): boolean;
}
// Made with the first.
let classes: Classes | undefined;

/** `py.codecs.add`. */
export function addCodec(options: Options): CodecDisposer {
  requireHalves(options);
  const js = options.js === undefined ? undefined : prototypeOf(options.js);
  const making: number[] = [];
  const removeTaken =
    options.python === undefined
      ? undefined
      : addTaken(options.python, conversion(options, 'toJs', nameOf(options.python), making));
  const given = js && conversion(options, 'toPython', nameOf(options.js), making);
  if (js && given) registry.addGiven(js, given);
  let active = true;
  const dispose = (): void => {
    if (!active) return;
    if (js && given) registry.removeGiven(js, given);
    removeTaken?.();
    active = false;
  };
  return Object.assign(dispose, { [Symbol.dispose]: dispose });
}

function refused(found: string, todo: string): TypeError {
  return bridgeTypeError('WRONG_ARGUMENT', { tried: 'py.codecs.add(codec)', found, todo });
}

function requireHalves(options: Options): void {
  const todo =
    'pass { js: a class, toPython: a function }, { python: a Python class, toJs: a function }, or all four';
  if (typeof options !== 'object' || options === null)
    throw refused(`the codec is ${options === null ? 'null' : typeof options}`, todo);
  for (const [type, method] of [
    ['js', 'toPython'],
    ['python', 'toJs'],
  ] as const) {
    const [hasType, hasMethod] = [options[type] !== undefined, options[method] !== undefined];
    if (hasType !== hasMethod)
      throw refused(`it has ${hasType ? type : method} without ${hasType ? method : type}`, todo);
    if (hasMethod && typeof options[method] !== 'function')
      throw refused(`${method} is ${options[method] === null ? 'null' : typeof options[method]}`, todo);
  }
  if (options.js === undefined && options.python === undefined)
    throw refused('it has neither js nor python', todo);
}

function conversion(
  options: Options,
  method: 'toJs' | 'toPython',
  name: string,
  making: number[],
): registry.Conversion {
  const fn = options[method] as Convert;
  const convert = (object: object): unknown => Reflect.apply(fn, options, [object]);
  if (method === 'toJs' || options.python === undefined) return { name, making, convert };
  const make = (object: object): unknown => {
    making.push(native.depth());
    try {
      return convert(object);
    } finally {
      making.pop();
    }
  };
  return { name, making, convert: make };
}

function nameOf(made: unknown): string {
  const holder = holderOf(made);
  return holder ? textOf(holder) : (made as { name?: string }).name || 'a class';
}

// What never goes to Python as a reference, or is more than data.
const unfit = new Set<unknown>([Object, Array, Function, String, Number, Boolean, Symbol, BigInt]);

function prototypeOf(made: unknown): object {
  const prototype: unknown = typeof made === 'function' && !holderOf(made) ? made.prototype : undefined;
  if (typeof prototype !== 'object' || prototype === null)
    throw refused(`js is ${holderOf(made) ? 'a Python object' : describe(made)}`, 'pass a JavaScript class');
  if (unfit.has(made))
    throw refused(
      `js is ${nameOf(made)}, whose values have their rule in Python`,
      'pass a class of its own, such as a subclass',
    );
  if (extendedType(made as object) || registry.isPaired(prototype))
    throw refused(
      `${nameOf(made)} extends a class of the other language, and its objects are Python's as well`,
      'leave them as they are',
    );
  if (registry.hasGiven(prototype))
    throw refused(`${nameOf(made)} has a codec already`, 'dispose of that one first, or pass a subclass');
  return prototype;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return typeof value === 'function' ? 'a function that is no class' : typeof value;
}

/** Lets objects of a Python class be converted; what ends it. */
function addTaken(type: unknown, conversion: registry.Conversion): () => void {
  const holder = holderOf(type);
  if (!holder || !(holder.kind & Kind.class)) {
    const found = holder ? `python is ${textOf(holder)}` : `python is ${describe(type)}`;
    throw refused(`${found}, which is no Python class`, "pass a class: py.import('decimal').Decimal");
  }
  classes ??= side('Codecs') as Classes;
  const number = registry.addTaken(conversion);
  const problem = classes.add(type, number);
  if (problem !== null) {
    registry.removeTaken(number);
    throw refused(
      `${conversion.name} ${problem}`,
      'pass another class, such as a subclass of it, or dispose of the codec that it has',
    );
  }
  use(classes, true);
  return () => {
    endTaken(classes as Classes, number);
    registry.removeTaken(number);
  };
}

function endTaken(of: Classes, number: number): void {
  try {
    use(of, of.remove(number));
  } catch (error) {
    // Python's end has taken it away already.
    if (!(error instanceof BridgeError) || error.code !== 'CLOSED') throw error;
  }
}

/** Tells native code that other classes have codecs than before. */
function use(of: Classes, any: boolean): void {
  settled(native.useCodecs((holderOf(of) as Holder).handle, any ? 1 : 0));
}
