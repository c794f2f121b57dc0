import { types } from 'node:util';
import { BridgeError } from '../errors/bridge-error.ts';
import { type PythonError, raisedOf } from '../errors/python-error.ts';
import { oneWord } from '../native/binding.ts';
import { channel } from '../native/load.ts';
import { objectMode } from './async-mode.ts';
import { anyGiven, type Conversion, codecOf, convertOnce, endless } from './codecs.ts';
import { extendedType } from './extended.ts';
import { functionMode } from './function-mode.ts';
import { type Holder, holderOf } from './holder.ts';
import { identify } from './js-identity.ts';
import { KeyTuple } from './key-tuple.ts';
import { Kw } from './kw.ts';
import { declared, Make, Mode } from './opcodes.ts';
import { isPlainArray, isPlainObject } from './plain.ts';
import { Reference } from './reference.ts';
import { declarationNumber } from './signature.ts';

/** A container whose contents are still being written. */
interface Open {
  source: readonly unknown[] | Record<string, unknown>;
  keys: readonly string[] | undefined;
  next: number;
}

// What iterators and generators inherit from: these are iterators in Python too.
const iteratorPrototype: object = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

// Data may be deep, but what codecs make of objects anew could be so without end.
const mostNested = 100_000;

/**
 * Writes the program that makes Python objects of JavaScript values: plain data deeply, with shared references and
 * cycles kept, everything else as a scalar or a reference. Iterative, so that depth is bounded by memory alone.
 */
export class Encoder {
  code: Float64Array;
  /** Whether a use has not been forgotten yet. */
  used = false;
  size = 0;
  values: unknown[] = [];
  #seen: Map<object, number> | undefined;
  #opened = 0;
  #stack: Open[] = [];
  /** What codecs have made of objects. */
  #converted: Map<object, unknown> | undefined;

  constructor(capacity = 256) {
    this.code = new Float64Array(capacity);
  }

  /** Forgets the last program. The code buffer is kept. */
  reset(): void {
    this.size = 0;
    this.values = [];
    this.#seen = undefined;
    this.#opened = 0;
    this.#stack = [];
    this.#converted = undefined;
    this.used = false;
  }

  /** Adds a value; `taken`: by reference, even if it is plain data. */
  add(value: unknown, taken = false): void {
    this.#one(value, taken);
    const stack = this.#stack;
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as Open;
      const { keys, source } = top;
      const index = top.next++;
      if (index === (keys ?? (source as readonly unknown[])).length) {
        stack.pop();
        this.#put(Make.close);
      } else if (keys) {
        const key = keys[index] as string;
        this.#text(key);
        this.#one((source as Record<string, unknown>)[key], false);
      } else {
        this.#one((source as readonly unknown[])[index], false);
      }
    }
  }

  #one(value: unknown, taken: boolean): void {
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return this.#put(Make.number, value);
      case 'boolean':
        return this.#put(value ? Make.true : Make.false);
      case 'undefined':
        return this.#put(Make.none);
      case 'bigint':
        return this.#put(Make.big, this.#keep(value));
      case 'symbol':
        return this.#reference(value, Mode.object);
      default:
        return value === null ? this.#put(Make.none) : this.#object(value as object, taken);
    }
  }

  #object(value: object, taken: boolean): void {
    const holder = holderOf(value);
    if (holder) return this.#handle(holder);
    if (!taken && isPlainArray(value)) return this.#open(value, undefined, Make.list);
    if (!taken && isPlainObject(value)) {
      return this.#open(value as Record<string, unknown>, Object.keys(value), Make.dict);
    }
    const codec = anyGiven && !taken ? givenBy(value) : undefined;
    if (codec) return this.#convert(value, codec);
    const mode = modeOf(value, taken);
    if (mode >= 0) return this.#reference(value, mode);
    if (raisedOf(value)) return this.#object((value as PythonError).value as object, taken);
    if (typeof value === 'function') return this.#handle(extendedType(value) as Holder);
    if (Reference.is(value)) return this.#byReference(value.value);
    if (KeyTuple.is(value)) return this.#open(value.keys, undefined, Make.tuple);
    if (Kw.is(value)) {
      throw new BridgeError('WRONG_ARGUMENT', {
        tried: 'giving kw({…}) to Python',
        found: "it stands where a value is expected, and is not a call's last argument",
        todo: 'give keyword arguments as the last argument of a call, once',
      });
    }
    this.#put(Make.date, Date.prototype.getTime.call(value));
  }

  /** What a codec makes of an object is given, but not converted once more: an object that has a codec goes by reference. */
  #convert(value: object, codec: Conversion): void {
    this.#converted ??= new Map();
    if (!this.#converted.has(value)) {
      if (this.#stack.length > mostNested)
        throw endless(codec, 'what it returns has others of its kind in it without end');
      const made = convertOnce(codec, value);
      const isObject = (typeof made === 'object' && made !== null) || typeof made === 'function';
      this.#converted.set(value, isObject && givenBy(made) ? new Reference(made) : made);
    }
    this.#one(this.#converted.get(value), false);
  }

  #byReference(value: unknown): void {
    const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
    this.#one(value, isObject);
  }

  #open(source: Open['source'], keys: Open['keys'], opcode: number): void {
    this.#seen ??= new Map();
    const number = this.#seen.get(source);
    if (number !== undefined) return this.#put(Make.repeat, number);
    this.#seen.set(source, this.#opened++);
    this.#put(opcode);
    this.#stack.push({ source, keys, next: 0 });
  }

  #handle(holder: Holder): void {
    if (holder.handle === 0) throw releasedError(holder);
    this.#put(Make.handle, holder.handle);
  }

  #reference(value: WeakKey, mode: number): void {
    this.#put(Make.jsObject, this.#keep(value), identify(value), mode);
  }

  #text(value: string): void {
    this.#put(Make.text, this.#keep(value));
  }

  #keep(value: unknown): number {
    return this.values.push(value) - 1;
  }

  #put(opcode: number, first?: number, second?: number, third?: number): void {
    if (this.size + 4 > this.code.length) {
      const larger = new Float64Array(this.code.length * 2);
      larger.set(this.code);
      this.code = larger;
    }
    const code = this.code;
    code[this.size++] = opcode;
    if (first === undefined) return;
    code[this.size++] = first;
    if (second === undefined) return;
    code[this.size++] = second;
    if (third !== undefined) code[this.size++] = third;
  }
}

/** The codec by which an object is given. An error that stands for a Python exception is that. */
function givenBy(value: object): Conversion | undefined {
  return raisedOf(value) ? undefined : codecOf(value);
}

/** How an object behaves in Python that goes there as a reference to it; -1 for what goes as something else. Not for plain data. */
export function modeOf(value: object, taken: boolean): number {
  if (raisedOf(value)) return -1;
  if (typeof value === 'function') return extendedType(value) ? -1 : modeOfFunction(value, taken);
  if (Reference.is(value)) return -1;
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return Mode.buffer;
  if (KeyTuple.is(value) || Kw.is(value) || (!taken && types.isDate(value))) return -1;
  // A proxy's traps may throw: what is not asked cannot.
  const iterates = !types.isProxy(value) && Object.prototype.isPrototypeOf.call(iteratorPrototype, value);
  return iterates ? Mode.iterator : objectMode(value, taken);
}

function modeOfFunction(fn: object, taken: boolean): number {
  return functionMode(fn, taken) + declarationNumber(fn) * declared;
}

/**
 * The encode factory: [code, size, values]. Undefined where it is one object that goes by reference, which the channel then
 * describes.
 */
export function encodeOne(value: unknown, taken: boolean): unknown {
  if (describeOne(value, taken)) return undefined;
  // Encoders of nested calls are alive at once, hence a new one each.
  const encoder = new Encoder(32);
  encoder.add(value, taken);
  return [encoder.code, encoder.size, encoder.values];
}

/** Whether it is one object that goes by reference: the channel describes it then, by its mode and id, or -1 and a handle. */
export function describeOne(value: unknown, taken: boolean): boolean {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false;
  const holder = holderOf(value);
  if (holder) {
    if (holder.handle === 0) throw releasedError(holder);
    channel[oneWord] = -1;
    channel[oneWord + 1] = holder.handle;
    return true;
  }
  if (!taken && (isPlainArray(value) || isPlainObject(value) || (anyGiven && givenBy(value)))) return false;
  const mode = modeOf(value, taken);
  if (mode < 0) return false;
  describe(mode, identify(value));
  return true;
}

/** Describes an object that goes by reference in the channel. */
export function describe(mode: number, id: number): void {
  channel[oneWord] = mode;
  channel[oneWord + 1] = id;
  channel[oneWord + 2] = id / 2 ** 32;
}

/** The error for a holder whose object was released, with the place where that happened. */
export function releasedError(holder: Holder): BridgeError {
  const place = releasePlaces.get(holder);
  return new BridgeError('RELEASED', {
    tried: 'using a Python object',
    found: `it was released${place ? ` ${place}` : ''}`,
    todo: 'keep it until its last use, or leave releasing to the garbage collector',
  });
}

/** Where holders were released, for the error that a later use gets. */
export const releasePlaces = new WeakMap<Holder, string>();

// One encoder for each level of nesting: a getter that runs while one is being filled may need the next.
const pool: Encoder[] = [];
let depth = 0;

/** Lends an encoder to `use`; the program is valid until `use` returns. */
export function withEncoder<T>(use: (encoder: Encoder) => T): T {
  const encoder = pool[depth] ?? new Encoder();
  pool[depth] = encoder;
  // Where the stack was exhausted, the call below that forgets has failed as well.
  if (encoder.used) encoder.reset();
  encoder.used = true;
  depth++;
  try {
    return use(encoder);
  } finally {
    depth--;
    if (encoder.code.length > 65536) pool[depth] = new Encoder();
    else encoder.reset();
  }
}
