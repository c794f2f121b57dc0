import { Outcome } from '../native/binding.ts';
import { channel, native } from '../native/load.ts';
import { releasedError } from '../values/encoder.ts';
import { extendedType } from '../values/extended.ts';
import type { Holder } from '../values/holder.ts';
import { keyOf } from './at.ts';
import { callAsCallback } from './callback.ts';
import * as items from './items.ts';
import { Kind } from './kind.ts';
import { names } from './member-names.ts';
import { boundMethod, keptMethod } from './method.ts';
import { intern } from './names.ts';
import {
  attempt,
  callUnconverted,
  contains,
  deleteAttribute,
  getAttribute,
  getIndex,
  getRealAttribute,
  hasAttribute,
  lengthOf,
  setAttribute,
} from './operations.ts';
import { knownKeys, ownKeys } from './own-keys.ts';
import { promiseThen } from './promise-then.ts';
import { constructSubclass, prototypeOf } from './subclass.ts';
import { missing, type Shape, settle } from './wrap.ts';

/** The position that a property key names, or -1: `'0'`, `'12'`, not `'01'`. */
function positionOf(key: string): number {
  const first = key.charCodeAt(0);
  if (first < 48 || first > 57 || key.length > 15) return -1;
  return (first === 48 && key.length > 1) || !/^\d+$/.test(key) ? -1 : Number(key);
}

const _noTarget = {};

/** The traps of one proxy, which is also its holder: a proxy's target is shared by all of its kind. */
export class Handler implements ProxyHandler<object>, Holder {
  handle: number;
  readonly shape: Shape;
  /** Whether a JavaScript class may extend it: then its attributes may be asked for that one. */
  extended = false;

  constructor(handle: number, shape: Shape) {
    this.handle = handle;
    this.shape = shape;
  }

  get kind(): number {
    return this.shape.kind;
  }

  #getSymbol(key: symbol, receiver: unknown): unknown {
    const item = keyOf(key);
    if (item) return items.get(this, item.key);
    return Reflect.get(this.shape.prototype, key, receiver);
  }

  #getUncommon(key: string, receiver: unknown): unknown {
    const { shape } = this;
    if (key === 'prototype' && shape.kind & Kind.class) {
      this.extended = true;
      return prototypeOf(this, native.proxyOf(this.handle) as object);
    }
    const position = positionOf(key);
    if (position >= 0 && shape.kind & (Kind.sequence | Kind.subscript)) {
      return shape.kind & Kind.dict ? items.getNamed(this, key) : getIndex(this, position);
    }
    if (names.always.has(key) || (shape.kind & Kind.generator && names.generator.has(key))) {
      return Reflect.get(shape.prototype, key, receiver);
    }
    if (names.reserved.has(key)) {
      // Every promise that such an object resolves asks: a builtin container is known to have none.
      if (key === 'then' && shape.kind & Kind.exact) return this.#absent(key, receiver);
      const real = getRealAttribute(this, key);
      if (real === missing) return this.#absent(key, receiver);
      return key === 'then' ? promiseThen(this, receiver as object, real) : real;
    }
    if (shape.names.get(key) === -1) return this.#absent(key, receiver);
    const index = intern(key);
    if (index === undefined) {
      const value = getAttribute(this, key);
      return value === missing ? this.#absent(key, receiver) : value;
    }
    // A builtin's instances have the attributes of their type alone: what is a member of ours stays one.
    const ours = shape.kind & Kind.exact && key in shape.prototype && !hasAttribute(this, key);
    shape.names.set(key, ours ? -1 : index);
    return this.get(_noTarget, key, receiver);
  }

  /** What stands for an attribute that Python does not have. */
  #absent(key: string, receiver: unknown): unknown {
    const { shape } = this;
    if (shape.kind & Kind.dict && !names.reserved.has(key)) {
      const item = items.getNamed(this, key);
      if (item !== undefined || !(key in shape.prototype)) return item;
    }
    if (key in shape.prototype && !names.never.has(key)) return Reflect.get(shape.prototype, key, receiver);
    noteMissing(receiver as object, key);
    return undefined;
  }

  set(_target: object, key: string | symbol, value: unknown): boolean {
    if (typeof key === 'symbol') {
      const item = keyOf(key);
      if (!item) return false;
      items.set(this, item.key, value);
      return true;
    }
    const position = positionOf(key);
    if (this.kind & Kind.dict) items.set(this, key, value);
    else if (position >= 0 && this.kind & Kind.subscript) items.set(this, position, value);
    else setAttribute(this, key, value);
    return true;
  }

  has(_target: object, key: string | symbol): boolean {
    if (typeof key === 'symbol') {
      const item = keyOf(key);
      return item ? contains(this, item.key) : key in this.shape.prototype;
    }
    if (names.always.has(key)) return true;
    const position = positionOf(key);
    if (position >= 0 && this.kind & Kind.sequence) return position < lengthOf(this);
    if (this.kind & Kind.dict && contains(this, key)) return true;
    if (names.reserved.has(key))
      return getRealAttribute(this, key) !== missing || key in this.shape.prototype;
    return hasAttribute(this, key) || (key in this.shape.prototype && !names.never.has(key));
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    if (typeof key === 'symbol') {
      const item = keyOf(key);
      if (item) items.remove(this, item.key);
      return true;
    }
    const position = positionOf(key);
    if (this.kind & Kind.dict) items.remove(this, key);
    else if (position >= 0 && this.kind & Kind.subscript) items.remove(this, position);
    else deleteAttribute(this, key);
    return true;
  }

  ownKeys(): string[] {
    const keys = ownKeys(this);
    return [...keys.data, ...keys.rest];
  }

  getOwnPropertyDescriptor(_target: object, key: string | symbol): PropertyDescriptor | undefined {
    if (typeof key === 'symbol') return undefined;
    const keys = knownKeys(this);
    if (keys.dataSet.has(key)) {
      return { value: this.#read(key), writable: true, enumerable: true, configurable: true };
    }
    if (!keys.restSet.has(key)) return undefined;
    // An accessor, so that describing the property does not yet read it.
    return {
      get: () => this.#read(key),
      set: (value: unknown) => setAttribute(this, key, value),
      enumerable: false,
      configurable: true,
    };
  }

  #read(key: string): unknown {
    if (this.kind & Kind.dict) return items.getNamed(this, key);
    const position = positionOf(key);
    if (position >= 0 && this.kind & Kind.sequence) return getIndex(this, position);
    const value = getAttribute(this, key);
    return value === missing ? undefined : value;
  }

  defineProperty(_target: object, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    return 'value' in descriptor && this.set(_target, key, descriptor.value);
  }

  getPrototypeOf(): object {
    return this.shape.prototype;
  }

  setPrototypeOf(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }

  construct(_target: object, args: unknown[], target: object): object {
    if (target !== native.proxyOf(this.handle)) return constructSubclass(this, args, target as never);
    const made = callUnconverted(this, args);
    if ((typeof made === 'object' && made !== null) || typeof made === 'function') return made;
    return items.boxed(made);
  }

  // V8 looks for traps from the last of these members to the first: the busiest ones stand last.

  apply(_target: object, _self: unknown, args: unknown[]): unknown {
    if (this.kind & Kind.callback) return callAsCallback(this, args);
    const result = attempt(this, args);
    return result !== undefined ? result : settle(this);
  }

  get(_target: object, key: string | symbol, receiver: unknown): unknown {
    if (typeof key === 'symbol') return this.#getSymbol(key, receiver);
    if (this.extended) {
      const type = typeof receiver === 'function' && extendedType(receiver);
      const value = type ? getAttribute(type, key) : missing;
      if (value !== missing) return value;
    }
    const unchanged = keptMethod(this, key);
    if (unchanged) return unchanged;
    const index = this.shape.names.get(key);
    if (index === undefined || index < 0) return this.#getUncommon(key, receiver);
    if (this.handle === 0) throw releasedError(this);
    const value = native.getMember(this.handle, index);
    if (value !== undefined) return value;
    if (channel[0] === Outcome.method) {
      const method = boundMethod(this, receiver, key);
      if (method) return method;
    }
    const settled = channel[0] === Outcome.method ? getAttribute(this, key) : settle(this);
    return settled === missing ? this.#absent(key, receiver) : settled;
  }
}

/** The last attribute that was missing, for errors that want to say what it may have been. */
export let lastMissing: { owner: WeakRef<object>; name: string } | undefined;

function noteMissing(owner: object, name: string): void {
  lastMissing = { owner: new WeakRef(owner), name };
}
