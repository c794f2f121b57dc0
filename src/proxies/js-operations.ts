import { types } from 'node:util';
import { Outcome } from '../native/binding.ts';
import { channel } from '../native/load.ts';
import { isAsyncFunction } from '../values/async-mode.ts';
import { describeOne, Encoder } from '../values/encoder.ts';
import { holderOf } from '../values/holder.ts';
import { keepInPlace } from '../values/keep-in-place.ts';
import { isPlainObject } from '../values/plain.ts';
import { Reference } from '../values/reference.ts';
import { expose, isAttribute, isOwnProperty } from './derived.ts';
import { inspect } from './inspecting.ts';
import { side } from './side.ts';

type Properties = Record<PropertyKey, unknown>;
type Run = (target: object, first: unknown, second: unknown) => unknown;

/** There is no such thing: AttributeError, KeyError, the end of an iteration. */
const absent = Symbol('absent');

// Names of attributes, which native code hands down once and calls by number from then on.
const names: string[] = [];

function nameIt(_: object, name: unknown, number: unknown): void {
  // As a key: V8 finds it faster than a text that is equal.
  const [key = ''] = Object.keys({ [String(name)]: 0 });
  names[number as number] = key;
}

const underscore = 95;

/** A property's name: a Python keyword or a taken name is written with a trailing underscore. */
function propertyName(target: object, name: unknown): string {
  const text = typeof name === 'number' ? (names[name] as string) : String(name);
  if (text.charCodeAt(text.length - 1) !== underscore || text in target) return text;
  return text.slice(0, -1) in target ? text.slice(0, -1) : text;
}

function isIndexed(target: object): target is unknown[] {
  return Array.isArray(target) || (ArrayBuffer.isView(target) && !(target instanceof DataView));
}

/** The position that a Python index names, counted from the end if negative; -1 outside. */
function position(target: ArrayLike<unknown>, index: unknown): number {
  if (typeof index === 'bigint') return -1;
  if (typeof index !== 'number' || !Number.isInteger(index)) {
    refuse(`an index of a JavaScript array is an int or a slice, not ${String(index)}`);
  }
  const found = index < 0 ? index + target.length : index;
  return found < target.length ? found : -1;
}

function refuse(what: string): never {
  throw new TypeError(what);
}

// Methods of collections that Python knows by the same name, and means something else or something more.
const python = new Set<unknown>([
  ...[Array.prototype.pop, Array.prototype.sort, Array.prototype.reverse, Array.prototype.keys],
  ...[Map.prototype.get, Map.prototype.keys, Map.prototype.values, Set.prototype.add, Set.prototype.keys],
  Object.getPrototypeOf(Uint8Array.prototype).keys,
]);

function get(target: object, name: unknown): unknown {
  const key = propertyName(target, name);
  const value = (target as Properties)[key];
  if (typeof value === 'function' && python.has(value)) return absent;
  // What makes a mapping of it for Python: `dict(o)`, `f(**o)`.
  if (value === undefined && key === 'keys' && isPlainObject(target) && !('keys' in target))
    return () => keysOf(target);
  if (value !== undefined) return value;
  return key in target && !isAttribute(target, key) ? value : ours(target, key);
}

/** What JavaScript objects have for Python where no property of theirs has the name. */
function ours(target: object, name: string): unknown {
  if (name === 'new' && typeof target === 'function')
    return (...args: unknown[]) => Reflect.construct(target, args);
  // inspect and asyncio ask whether what it returns is awaited.
  if ((name === '_is_coroutine_marker' || name === '_is_coroutine') && isAsyncFunction(target))
    return side('coroutine_mark', name);
  return name === 'to_py' ? side('converter_of', new Reference(target)) : absent;
}

function set(target: object, name: unknown, value: unknown): void {
  const key = propertyName(target, name);
  if (!Reflect.set(target, key, value)) refuse(`the property ${key} cannot be assigned`);
}

function remove(target: object, name: unknown): void {
  const key = propertyName(target, name);
  if (!Reflect.deleteProperty(target, key)) refuse(`the property ${key} cannot be deleted`);
}

function getItem(target: object, key: unknown): unknown {
  if (types.isMap(target)) return target.has(key) ? target.get(key) : absent;
  if (typeof key === 'symbol') return key in target ? Reflect.get(target, key, target) : absent;
  if (!isIndexed(target))
    return Object.hasOwn(target, key as string) ? (target as Properties)[key as string] : absent;
  const index = position(target, key);
  return index < 0 ? absent : target[index];
}

function setItem(target: object, key: unknown, value: unknown): unknown {
  if (types.isMap(target)) target.set(key, value);
  else if (!isIndexed(target) || typeof key === 'symbol')
    Reflect.set(target, key as string, value) || refuse(`the item ${String(key)} cannot be assigned`);
  else {
    const index = position(target, key);
    if (index < 0) return absent;
    target[index] = value;
  }
  return undefined;
}

function deleteItem(target: object, key: unknown): unknown {
  if (types.isMap(target)) return target.delete(key) ? undefined : absent;
  if (Array.isArray(target) && typeof key !== 'symbol') {
    const index = position(target, key);
    return index < 0 ? absent : void target.splice(index, 1);
  }
  if (!Object.hasOwn(target, key as string)) return absent;
  return void (
    Reflect.deleteProperty(target, key as string) || refuse(`the item ${String(key)} cannot be deleted`)
  );
}

function length(target: object): unknown {
  if (isIndexed(target)) return target.length;
  if (types.isMap(target) || types.isSet(target)) return target.size;
  return typeof target === 'function' ? absent : Object.keys(target).length;
}

function contains(target: object, key: unknown): boolean {
  if (types.isMap(target) || types.isSet(target)) return target.has(key);
  if (isIndexed(target)) return target.includes(key);
  return typeof key === 'symbol' ? key in target : Object.hasOwn(target, key as string);
}

function iterate(target: object): unknown {
  if (types.isMap(target)) return target.keys();
  const method = (target as Partial<Iterable<unknown>>)[Symbol.iterator];
  if (method === values && isOrdinary(target)) return absent;
  if (method) {
    const iterator: unknown = method.call(target);
    if (Object(iterator) === iterator) return iterator;
    throw new TypeError('the result of [Symbol.iterator]() is not an object');
  }
  if (typeof (target as Partial<Iterator<unknown>>).next === 'function') return target;
  return keysOf(target);
}

const { values } = Array.prototype;
const arrayIterator: { next: unknown } = Object.getPrototypeOf([][Symbol.iterator]());
const { next: step } = arrayIterator;

/** Whether iterating over it is reading the items of an array by their positions. */
function isOrdinary(target: object): target is unknown[] {
  return Array.isArray(target) && !types.isProxy(target) && arrayIterator.next === step;
}

/**
 * The items of an array from a position on, as a program: the first, and of those that follow as many as may be read before
 * they are asked for. If one is asked for, that.
 */
function items(target: object, index: unknown, count: unknown): unknown {
  const array = target as unknown[];
  const first = index as number;
  if (first >= array.length) return absent;
  if (count === 1) return array[first];
  const encoder = new Encoder();
  encoder.add(array[first], true);
  const end = first + (count as number);
  for (let at = first + 1; at < end && at < array.length && isSilent(array, at); at++)
    encoder.add(array[at], true);
  return [encoder.code, encoder.size, encoder.values];
}

const lookupGetter: (this: object, key: PropertyKey) => unknown = Reflect.get(
  Object.prototype,
  '__lookupGetter__',
);

/** Whether nobody notices that an item is read, nor that it goes to Python: no code of anybody's runs. */
function isSilent(array: readonly unknown[], at: number): boolean {
  if (lookupGetter.call(array, at) !== undefined) return false;
  const value = array[at];
  if (typeof value === 'function') return false;
  if (typeof value !== 'object' || value === null) return true;
  return !types.isProxy(value) && !types.isPromise(value) && !holderOf(value) && !('then' in value);
}

function keysOf(target: object): IterableIterator<string> {
  return Object.keys(target)[Symbol.iterator]();
}

function next(target: object): unknown {
  const { done, value } = (target as Iterator<unknown>).next();
  return done ? absent : value;
}

function repr(target: object): string {
  return inspect(target, { depth: 2, maxArrayLength: 50, maxStringLength: 1000, breakLength: 100 });
}

function dir(target: object): string[] {
  const found = new Set<string>();
  for (let at: object | null = target; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) found.add(name);
  }
  return [...found];
}

function truth(target: object): boolean {
  const collection = isIndexed(target) || types.isMap(target) || types.isSet(target);
  return !collection || length(target) !== 0;
}

/** Whether JavaScript has a property of that name; else it gets an accessor for the attribute that Python will have. */
function assign(target: object, name: unknown): unknown {
  const key = propertyName(target, name);
  if (isOwnProperty(target, key)) return true;
  expose(target, key);
  return absent;
}

// In the order of native/bridge/js_object.hpp.
const operations: readonly Run[] = [
  get,
  set,
  remove,
  getItem,
  setItem,
  deleteItem,
  length,
  contains,
  iterate,
  next,
  repr,
  dir,
  truth,
  keepInPlace,
  assign,
  nameIt,
  items,
];

const ofItems = new Set<Run>([getItem, setItem, length, contains, iterate, truth]);

/** What has the items of an object: memory has bytes. */
function itemsOf(target: object): object {
  if (target instanceof DataView) return new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
  const isMemory = target instanceof ArrayBuffer || target instanceof SharedArrayBuffer;
  return isMemory ? new Uint8Array(target) : target;
}

/** Does what Python asks of a JavaScript object. */
export function operate(operation: number, target: object, first: unknown, second: unknown): unknown {
  const run = operations[operation] as Run;
  // A symbol has properties as well.
  const of = run === repr ? target : (Object(target) as object);
  const result = run(ofItems.has(run) ? itemsOf(of) : of, first, second);
  const isAbsent = result === absent;
  const isDescribed =
    !isAbsent && run !== dir && (run !== items || second === 1) && describeOne(result, true);
  // Written last: what ran before may have used Python, and with it the channel.
  channel[0] = isAbsent ? Outcome.missing : isDescribed ? Outcome.wrapped : Outcome.undefined;
  return isAbsent ? null : (result ?? null);
}
