// JavaScript classes that extend Python's: `class Model extends py.import('…').Base`. Python has a type for each, made when the
// first object is, or when the class itself goes to Python. An object is a JavaScript object, and the proxy of a Python one.
import { bridgeTypeError } from '../errors/bridge-error.ts';
import { native } from '../native/load.ts';
import { isAsyncFunction } from '../values/async-mode.ts';
import { constructorIn, parameterText, patternIn } from '../values/describe.ts';
import { typeClassesWith } from '../values/extended.ts';
import { functionMode } from '../values/function-mode.ts';
import { type Holder, holderOf, holders } from '../values/holder.ts';
import { identify } from '../values/js-identity.ts';
import { kw } from '../values/kw.ts';
import { Mode } from '../values/opcodes.ts';
import { Reference } from '../values/reference.ts';
import { numberDeclarationsWith, signatureOf } from '../values/signature.ts';
import { keyOf } from './at.ts';
import { define } from './derived.ts';
import { Kind } from './kind.ts';
import { names } from './member-names.ts';
import {
  call,
  callUnconverted,
  getIndex,
  getItem,
  hasAttribute,
  setAttribute,
  setItem,
} from './operations.ts';
import { side, sideFunction } from './side.ts';
import { enter, forget, settled, shapeFor } from './wrap.ts';

type Class = abstract new (...args: unknown[]) => object;
type Fn = (...args: unknown[]) => unknown;

interface Waiting {
  readonly target: Class;
  readonly object: object;
  /** Whether it is this side already, and initialized: what is left are fields, and the rest of constructors. */
  readonly isInitialized: boolean;
  done: boolean;
}
// Objects that Python has made, and whose JavaScript constructor runs; the innermost last.
const waiting: Waiting[] = [];

const sides = new WeakSet<object>();
const prototypes = new WeakMap<Holder, object>();

/** What the objects of classes that extend a Python class inherit from: `prototype` of its proxy. */
export function prototypeOf(base: Holder, proxy: object): object {
  let prototype = prototypes.get(base);
  if (!prototype) {
    prototype = new Proxy({}, new Prototype(base, proxy));
    prototypes.set(base, prototype);
  }
  return prototype;
}

/** What an object has by its Python class; and what `super` finds. */
class Prototype implements ProxyHandler<object> {
  readonly #base: Holder;
  readonly #proxy: object;

  constructor(base: Holder, proxy: object) {
    this.#base = base;
    this.#proxy = proxy;
  }

  get(_target: object, key: string | symbol, receiver: unknown): unknown {
    const holder = holderOf(receiver);
    if (key === 'constructor') return this.#proxy;
    if (!holder || holder.kind & Kind.class) return Reflect.get(Object.prototype, key, receiver);
    const shape = shapeFor(holder.kind);
    const item = typeof key === 'symbol' && keyOf(key);
    if (item) return getItem(holder, item.key);
    if (typeof key === 'symbol' || names.always.has(key)) return Reflect.get(shape.prototype, key, receiver);
    if (holder.kind & (Kind.sequence | Kind.subscript) && /^\d+$/.test(key))
      return getIndex(holder, Number(key));
    // JSON.stringify writes what the object has in JavaScript.
    if (names.reserved.has(key))
      return key === 'toJSON' ? undefined : Reflect.get(shape.prototype, key, receiver);
    const value = side('attribute_above', this.#proxy, receiver, key);
    return value === undefined ? Reflect.get(shape.prototype, key, receiver) : value;
  }

  set(_target: object, key: string | symbol, value: unknown, receiver: unknown): boolean {
    const holder = holderOf(receiver);
    const item = typeof key === 'symbol' ? keyOf(key) : undefined;
    if (holder && item) {
      setItem(holder, item.key, value);
      return true;
    }
    if (typeof key === 'string' && holder) {
      if (holder.kind & Kind.subscript && /^\d+$/.test(key)) {
        setItem(holder, Number(key), value);
        return true;
      }
      if (side('has_above', this.#proxy, receiver, key, holderOf(value) !== undefined)) {
        setAttribute(holder, key, value);
        return true;
      }
    }
    const property = { value, writable: true, enumerable: true, configurable: true };
    return Reflect.defineProperty(receiver as object, key, property);
  }

  has(target: object, key: string | symbol): boolean {
    return key in target || (typeof key === 'string' && hasAttribute(this.#base, key));
  }
}

/** `super(…)` of a class that extends a Python one. */
export function constructSubclass(base: Holder, args: readonly unknown[], target: Class): object {
  const one = waiting.at(-1);
  const isWaiting = one !== undefined && !one.done && one.target === target;
  if (isWaiting) one.done = true;
  if (isWaiting && one.isInitialized) return one.object;
  const baseProxy = native.proxyOf(base.handle);
  const python = isWaiting
    ? one.object
    : (callUnconverted(sideFunction('new_extended'), [typeOf(target), ...args]) as object);
  // It has this side already if a class above is JavaScript's again, or Python calls its __init__ once more.
  const made = sides.has(python) ? python : (Object.create(target.prototype) as object);
  if (made !== python) become(made, python);
  call(sideFunction('initialize'), [baseProxy, made, ...args]);
  return made;
}

/** Makes `made` the proxy of the Python object whose proxy was `python` so far. */
function become(made: object, python: object): void {
  const before = holderOf(python);
  if (!before) {
    throw bridgeTypeError('WRONG_ARGUMENT', {
      tried: 'constructing an object of a class that extends a Python class',
      found: 'its __new__ returned what comes over as a value',
      todo: 'keep such an object in a property instead of extending its class',
    });
  }
  const holder = takeOver(before, made);
  settled(native.link(holder.handle, made, identify(made)), holder);
  sides.add(made);
}

/** Makes `made` the proxy of what another one was the proxy of. */
function takeOver(before: Holder, made: object): Holder {
  const { handle, kind } = before;
  forget(before);
  const holder: Holder = { handle, kind };
  holders.set(made, holder);
  enter(handle, made, holder);
  return holder;
}

/** The type of a class that extends a Python class, as the class itself, which is its proxy from then on. */
function typeOf(made: Class): object {
  if (holders.has(made)) return made;
  const parent = Object.getPrototypeOf(made) as Class;
  if (typeof parent !== 'function' || parent === Function.prototype) {
    throw bridgeTypeError('WRONG_ARGUMENT', {
      tried: `constructing a Python class for ${made.name || 'a function'}`,
      found: 'that does not extend it',
      todo: 'declare it as `class … extends` the Python class',
    });
  }
  const base = holders.has(parent) ? parent : typeOf(parent);
  const hasOwn = hasOwnConstructor(made);
  const above = initializers.get(base);
  const initializer = hasOwn || above === null ? null : (above ?? base);
  initializers.set(made, initializer);
  const target = (shadow: number | null) => (shadow === null ? made : (shadows[shadow] as Class));
  const construct = (
    object: object,
    shadow: number | null,
    options: object | null,
    ...args: unknown[]
  ): void => {
    const isInitialized = initializer !== null;
    const one: Waiting = { target: target(shadow), object, isInitialized, done: false };
    waiting.push(one);
    try {
      const keywords = options ? [kw(Object.fromEntries(options as Iterable<[string, unknown]>))] : [];
      Reflect.construct(made, [...args, ...keywords], one.target);
    } finally {
      waiting.splice(waiting.indexOf(one), 1);
    }
  };
  // Without its constructor: what it was is set afterwards.
  const revive = (object: object, shadow: number | null): void =>
    become(Object.create(target(shadow).prototype), object);
  const shadow = (type: object, name: string, ...members: unknown[]) => shadowOf(made, type, name, members);
  const declaration = hasOwn || signatureOf(made) !== undefined ? declare(made as never) : null;
  const type = call(sideFunction('extend'), [
    base,
    made.name,
    initializer,
    construct,
    revive,
    shadow,
    ...(declaration ?? [null, -1]),
    ...membersOf(made),
  ]);
  takeOver(holderOf(type) as Holder, made);
  return made;
}

// By the classes that extend Python's: the Python class whose `__init__` gets what Python constructs an object with, before any
// constructor in JavaScript does anything; null where one has something to say.
const initializers = new WeakMap<object, object | null>();

const gap = String.raw`(?:\s|\/\/.*|\/\*[^]*?\*\/)*`;
const handsOn = new RegExp(
  String.raw`^\(_(?:\)_\{_super\(_\.\.\.arguments|\.\.\.([\w$]+)_\)_\{_super\(_\.\.\.\1)_\)`.replaceAll(
    '_',
    gap,
  ),
);

/** Whether a class has a constructor that does more than hand all on to `super`, first of all. */
function hasOwnConstructor(made: Class): boolean {
  const text = Function.prototype.toString.call(made);
  const start = constructorIn(text);
  return start !== undefined && !handsOn.test(text.slice(start));
}

const shadows: Class[] = [];

/** What the objects of a Python class that extends `made` are constructed as: a class with Python's members. Its number. */
function shadowOf(made: Class, type: object, name: string, members: readonly unknown[]): number {
  const Parent = made as new (...args: unknown[]) => object;
  const shadow = { [name]: class extends Parent {} }[name] as Class;
  Object.defineProperty(shadow.prototype, 'constructor', { value: type });
  holders.set(shadow, holderOf(type) as Holder);
  for (let index = 0; index < members.length; index += 4) {
    const [kind, key, first, second] = members.slice(index, index + 4);
    if (!String(kind).startsWith('static'))
      define(shadow, kind as string, key as string, first as never, second as never);
  }
  return shadows.push(shadow) - 1;
}

/** How a function is declared in Python: its parameters, and which of them takes an object apart. */
function declare(fn: Fn): [text: string, pattern: number] {
  const text = signatureOf(fn);
  return text === undefined ? [parameterText(fn), -1] : [text, patternIn(fn)];
}

/**
 * What a class defines, flat: what each member is, its name, how its parameters are declared and which of them takes an
 * object apart, and one or two functions.
 */
function membersOf(made: Class): unknown[] {
  return [
    ...Object.entries(Object.getOwnPropertyDescriptors(made.prototype))
      .filter(([name]) => name !== 'constructor')
      .flatMap(([name, property]) => memberOf(name, property)),
    ...Object.entries(Object.getOwnPropertyDescriptors(made))
      .filter(([name]) => !['length', 'name', 'prototype'].includes(name))
      .flatMap(([name, property]) => staticMemberOf(made, name, property)),
  ];
}

function memberOf(name: string, { value, get, set }: PropertyDescriptor): unknown[] {
  if (typeof value === 'function' && !holderOf(value)) {
    const method = value as Fn;
    const call = (self: object, ...args: unknown[]) => Reflect.apply(method, self, args);
    return [isAsyncFunction(method) ? 'async method' : 'method', name, ...declare(method), call, null];
  }
  // An attribute is taken.
  const read = (self: object) => new Reference(get ? Reflect.apply(get, self, []) : value);
  const write = set && ((self: object, next: unknown) => void Reflect.apply(set, self, [next]));
  return ['accessor', name, '', -1, read, write ?? null];
}

function staticMemberOf(made: object, name: string, { value }: PropertyDescriptor): unknown[] {
  if (typeof value === 'function' && !holderOf(value) && functionMode(value, true) !== Mode.construct) {
    const call = (...args: unknown[]) => Reflect.apply(value as Fn, made, args);
    const kind = isAsyncFunction(value) ? 'async static method' : 'static method';
    return [kind, name, ...declare(value as Fn), call, null];
  }
  return ['static value', name, '', -1, () => (made as Record<string, unknown>)[name], null];
}

numberDeclarationsWith((...declaration) => side('declaration_number', ...declaration) as number);
typeClassesWith((made) => holderOf(typeOf(made as Class)) as Holder);
