// Codecs of one's own: what objects become on their way into the other language. The Python classes that have one are native
// code's business (native/bridge/codec.cpp): it names the codec by its number.
import { BridgeError } from '../errors/bridge-error.ts';

/** One direction of a codec. */
export interface Conversion {
  /** Of the class, for messages. */
  readonly name: string;
  /**
   * Where the codec's toPython runs, if there is one: in how many calls of Python's. It makes its objects of Python's there, and
   * these stay what they are. Functions that others call meanwhile are deeper.
   */
  readonly making: number[];
  convert(object: object): unknown;
}

/** Whether any JavaScript class has a codec. */
export let anyGiven = false;

// By the prototypes of the JavaScript classes.
const given = new Map<object, Conversion>();
// By the codecs' numbers.
const taken = new Map<number, Conversion>();
let lastNumber = 0;

// Prototypes of objects that have a side in Python, which Python gets.
const paired = new WeakSet<object>();

/** Says that what inherits from `prototype` has a side in Python. */
export function exceptPaired(prototype: object): void {
  paired.add(prototype);
}

/** Whether what inherits from `prototype` has a side in Python. */
export function isPaired(prototype: object): boolean {
  for (let at: object | null = prototype; at; at = Object.getPrototypeOf(at)) if (paired.has(at)) return true;
  return false;
}

/** Whether a class itself has a codec. */
export function hasGiven(prototype: object): boolean {
  return given.has(prototype);
}

/** Lets instances of a class be converted where they are given to Python. */
export function addGiven(prototype: object, conversion: Conversion): void {
  given.set(prototype, conversion);
  anyGiven = true;
}

/** Takes a codec of a class away. */
export function removeGiven(prototype: object, conversion: Conversion): void {
  if (given.get(prototype) === conversion) given.delete(prototype);
  anyGiven = given.size > 0;
}

/** Keeps how objects of a Python class are converted. The number by which {@link convertTaken} finds it. */
export function addTaken(conversion: Conversion): number {
  taken.set(++lastNumber, conversion);
  return lastNumber;
}

/** Takes the codec of a Python class away. */
export function removeTaken(number: number): void {
  taken.delete(number);
}

/** The codec of the nearest class that `value` is an instance of. Only where there are any: {@link anyGiven}. */
export function codecOf(value: object): Conversion | undefined {
  let found: Conversion | undefined;
  for (let at = Object.getPrototypeOf(value); at; at = Object.getPrototypeOf(at)) {
    if (paired.has(at)) return undefined;
    found ??= given.get(at);
  }
  return found;
}

/**
 * What the codec `number` makes of a Python object; the object's proxy if there is no such codec any more, or if its other
 * direction asks.
 */
export function convertTaken(number: number, proxy: object, depth: number): unknown {
  const conversion = taken.get(number);
  return conversion && !conversion.making.includes(depth) ? convertOnce(conversion, proxy) : proxy;
}

// What is being converted, the innermost last.
const running: object[] = [];
// A conversion may need another one of the same object, and other threads of Python are served inside it.
const mostOfOne = 100;

/** Runs a conversion; an error where it never ends. */
export function convertOnce(conversion: Conversion, object: object): unknown {
  if (running.length >= mostOfOne && running.filter((one) => one === object).length >= mostOfOne)
    throw endless(conversion, 'it needs the same object converted again and again');
  running.push(object);
  try {
    return conversion.convert(object);
  } finally {
    running.pop();
  }
}

/** The error for a codec whose results have no end. */
export function endless(conversion: Conversion, found: string): BridgeError {
  return new BridgeError('CODEC_RECURSION', {
    tried: `converting an object by the codec of ${conversion.name}`,
    found,
    todo: 'let the codec use the object itself: inside toPython, py.ref(object) gives it by reference',
  });
}
