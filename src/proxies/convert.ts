import { BridgeError } from '../errors/bridge-error.ts';
import { PythonError } from '../errors/python-error.ts';
import { channel, native } from '../native/load.ts';
import { decode } from '../values/decoder.ts';
import { type Holder, holderOf } from '../values/holder.ts';
import { jsonContainer, jsonData } from '../values/json-data.ts';
import { boxed } from './items.ts';
import { call, textOf } from './operations.ts';
import { side, sideFunction } from './side.ts';
import { settled, wrap } from './wrap.ts';

type TypedArray = InstanceType<TypedArrayConstructor>;
type TypedArrayConstructor =
  | Int8ArrayConstructor
  | Uint8ArrayConstructor
  | Uint8ClampedArrayConstructor
  | Int16ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor
  | Float32ArrayConstructor
  | Float64ArrayConstructor
  | BigInt64ArrayConstructor
  | BigUint64ArrayConstructor;

const sharedBuffers = new WeakSet<object>();

/** Whether a typed array shares Python's memory rather than holding a copy. */
export function isShared(view: unknown): boolean {
  if (ArrayBuffer.isView(view)) return sharedBuffers.has(view.buffer);
  return typeof view === 'object' && view !== null && sharedBuffers.has(view);
}

/** Copies a Python object deeply: `all` also takes mappings, sequences, sets and dataclasses that are not exact. */
export function copyOut(holder: Holder, all: boolean): unknown {
  return decode(settled(native.copyOut(holder.handle, all ? 1 : 0), holder) as never, wrap);
}

/** As {@link copyOut}, for JSON.stringify. */
export function copyForJson(holder: Holder): unknown {
  return jsonData(decode(settled(native.copyOut(holder.handle, 1), holder) as never, wrap, jsonContainer));
}

function viaSide(name: string, proxy: object): unknown {
  const plain = call(sideFunction(name), [proxy]);
  const holder = holderOf(plain);
  return holder ? copyOut(holder, true) : plain;
}

const conversions = new Map<unknown, (proxy: object, holder: Holder) => unknown>([
  [Array, (proxy) => viaSide('as_list', proxy)],
  [Object, (proxy) => viaSide('as_object', proxy)],
  [Map, (proxy) => new Map(viaSide('as_pairs', proxy) as [unknown, unknown][])],
  [Set, (proxy) => new Set(viaSide('as_list', proxy) as unknown[])],
  [Date, (proxy) => new Date(side('to_date', proxy) as number)],
  [BigInt, (proxy) => BigInt(side('integer_of', proxy) as number | bigint)],
  [Number, (proxy) => Number(side('number_of', proxy))],
  [Boolean, (proxy) => side('truth_of', proxy)],
  [String, (_proxy, holder) => textOf(holder)],
  [ArrayBuffer, (_proxy, holder) => memoryOf(holder).buffer],
  [DataView, (_proxy, holder) => new DataView(memoryOf(holder).buffer)],
]);

const arrays = new Map<unknown, string>([
  [Int8Array, 'b'],
  [Uint8Array, 'B?c'],
  [Uint8ClampedArray, 'B'],
  [Int16Array, 'h'],
  [Uint16Array, 'H'],
  [Int32Array, 'il'],
  [Uint32Array, 'IL'],
  [Float32Array, 'f'],
  [Float64Array, 'd'],
  [BigInt64Array, 'qln'],
  [BigUint64Array, 'QLN'],
]);

const { Float16Array } = globalThis as { Float16Array?: unknown };
if (Float16Array) arrays.set(Float16Array, 'e');

/**
 * Converts a Python value: `Array`, `Object`, `Map`, `Set`, `Date`, `BigInt`, `Number`, `String`, `Boolean` copy
 * deeply; typed arrays share writable contiguous memory of the same element type and copy otherwise.
 */
export function convert(value: unknown, target: unknown): unknown {
  const holder = holderOf(value);
  if (!holder) return convertPlain(value, target);
  const formats = arrays.get(target);
  if (formats !== undefined)
    return toTypedArray(value as object, holder, target as TypedArrayConstructor, formats);
  const conversion = conversions.get(target);
  if (conversion) return conversion(value as object, holder);
  throw notConvertible(target);
}

// What came over as a value: the conversions of one, through a proxy of the Python value that it stands for.
function convertPlain(value: unknown, target: unknown): unknown {
  if (!conversions.has(target) && !arrays.has(target)) throw notConvertible(target);
  if (target === Array && typeof value === 'string') return Array.from(value);
  return convert(boxed(value), target);
}

function notConvertible(target: unknown): BridgeError {
  const name = typeof target === 'function' ? target.name : String(target);
  return new BridgeError('NOT_CONVERTIBLE', {
    tried: `converting a Python value to ${name}`,
    found: 'there is no such conversion',
    todo: 'use Array, Object, Map, Set, Date, BigInt, Number, String, Boolean, ArrayBuffer, DataView or a typed array',
  });
}

interface Memory {
  buffer: ArrayBuffer;
  itemSize: number;
  format: string;
}

function memoryOf(holder: Holder): Memory {
  const buffer = settled(native.shareBuffer(holder.handle), holder) as ArrayBuffer;
  const memory = {
    buffer,
    itemSize: channel[1] as number,
    format: String.fromCharCode(channel[2] as number),
  };
  if (channel[3]) sharedBuffers.add(buffer);
  return memory;
}

function toTypedArray(
  proxy: object,
  holder: Holder,
  target: TypedArrayConstructor,
  formats: string,
): TypedArray {
  let memory: Memory;
  try {
    memory = memoryOf(holder);
  } catch (error) {
    if (!(error instanceof PythonError) || !/^(TypeError|BufferError)$/.test(error.name)) throw error;
    return fromNumbers(viaSide('as_numbers', proxy) as unknown[], target);
  }
  const { buffer, itemSize, format } = memory;
  if (formats.includes(format) && itemSize === target.BYTES_PER_ELEMENT) return new target(buffer);
  for (const [other, otherFormats] of arrays) {
    const source = other as TypedArrayConstructor;
    if (otherFormats.includes(format) && itemSize === source.BYTES_PER_ELEMENT) {
      return fromNumbers(new source(buffer) as unknown as unknown[], target);
    }
  }
  // What has no elements that are numbers is bytes.
  if (target === Uint8Array && format !== 'e') return new Uint8Array(buffer);
  return fromNumbers(viaSide('as_numbers', proxy) as unknown[], target);
}

function fromNumbers(numbers: ArrayLike<unknown>, target: TypedArrayConstructor): TypedArray {
  const big = target === BigInt64Array || target === BigUint64Array;
  const element = big ? (x: unknown) => BigInt(x as number) : (x: unknown) => Number(x);
  return (target as Float64ArrayConstructor).from(
    numbers as ArrayLike<number>,
    element as (x: number) => number,
  );
}
