// Python classes that extend JavaScript's: what python/caduceus/_derived.py asks for.
import { bridgeTypeError } from '../errors/bridge-error.ts';
import { native } from '../native/load.ts';
import { exceptPaired } from '../values/codecs.ts';
import { describe, modeOf } from '../values/encoder.ts';
import { identifyMade } from '../values/js-identity.ts';
import { Reference } from '../values/reference.ts';
import { afterCollections } from './wrap.ts';

type Class = abstract new (...args: unknown[]) => object;
type Method = (self: object, ...args: unknown[]) => unknown;
/** Makes an object for JavaScript's `new`, of another class if that says so; unless Python's side is there already and waits. */
type Create = (waits: boolean, target: Class | null, ...args: unknown[]) => object;

/** Python's classes, whose types are not made by reflection: each with what takes the class itself. */
const receivers = new WeakMap<object, (made: object) => unknown>();

/** Whether Python makes the type of this class itself: what receives it then. */
export function receiverOf(made: object): ((made: object) => unknown) | undefined {
  return receivers.get(made);
}

interface Building {
  readonly target: Class;
  done: boolean;
}

// Objects whose JavaScript constructor runs, the innermost last.
const building: Building[] = [];

// What JavaScript objects hold through Python, where V8 sees it: the references themselves are weak.
const edges = {
  held: new WeakMap<object, readonly object[]>(),
  next: new WeakMap<object, readonly object[]>(),
};

function connect(keeper: object | undefined, targets: readonly object[]): void {
  if (keeper) {
    edges.next.set(keeper, targets);
  } else {
    edges.held = edges.next;
    edges.next = new WeakMap();
  }
}

/**
 * Lets the two sides of objects, and cycles through both heaps, go when nothing else refers to them: looks for them after each
 * collection. Once, when Python starts.
 */
export function watchRoots(): void {
  afterCollections(() => native.sweepRoots(connect));
}

/** `this` of a method, which may be called by the constructor that still makes it. */
function here(self: object): object {
  const one = building.at(-1);
  if (one && !one.done && Object.getPrototypeOf(self) === one.target.prototype) {
    one.done = true;
    native.pairUp(self, identifyMade(self), modeOf(self, true));
  }
  return self;
}

// By Python's classes: their `new.target`, and back. Of a function that is no class, V8 would give each object a hidden class of
// its own.
const targets = new WeakMap<object, Class>();
const classes = new WeakMap<object, Class>();

/** A class that extends `parent`, and whose objects Python makes. */
export function extend(
  parent: Class,
  name: string,
  create: Create,
  receive: (made: object) => unknown,
): object {
  // Not a class, so that it is called with and without `new`, as all of Python's are.
  const made = function (this: unknown, ...args: unknown[]): object {
    const asked = (new.target ?? made) as unknown as Class;
    const target = classes.get(asked) ?? asked;
    const one = building.at(-1);
    const waits = one !== undefined && !one.done && one.target === target;
    return create(waits, target === (made as unknown) ? null : target, ...args);
  } as unknown as Class;
  Object.setPrototypeOf(made, parent);
  Object.defineProperty(made, 'name', { value: name, configurable: true });
  const Parent = parent as new (...args: unknown[]) => object;
  const target = { [name]: class extends Parent {} }[name] as Class;
  Object.defineProperty(target.prototype, 'constructor', { value: made });
  Object.defineProperty(made, 'prototype', { value: target.prototype, writable: false });
  Object.setPrototypeOf(target, made);
  targets.set(made, target);
  classes.set(target, made);
  receivers.set(made, receive);
  exceptPaired(made.prototype);
  attributes.set(made.prototype, new Set());
  return made;
}

/** A class that extends `parent` in nothing but its name: of errors, which are Python's exceptions. */
export function extendPlainly(parent: Class, name: string, receive: (made: object) => unknown): object {
  const Parent = parent as new (...args: unknown[]) => object;
  const made = { [name]: class extends Parent {} }[name] as Class;
  receivers.set(made, receive);
  exceptPaired(made.prototype);
  return made;
}

/**
 * The build factory: runs the constructor of `parent` for an object of `target`, whose Python side waits for it. The object,
 * which the channel describes; undefined if that has been paired already.
 */
export function build(parent: Class, target: Class, ...args: unknown[]): object | undefined {
  const one: Building = { target, done: false };
  building.push(one);
  try {
    const side = Reflect.construct(parent, args, targets.get(target) ?? target);
    if (one.done) return undefined;
    one.done = true;
    describe(modeOf(side, true), identifyMade(side));
    return side;
  } finally {
    if (building.at(-1) === one) building.pop();
    else building.splice(building.indexOf(one), 1);
  }
}

const keys: Readonly<Record<string, PropertyKey>> = {
  __iter__: Symbol.iterator,
  __aiter__: Symbol.asyncIterator,
  __str__: 'toString',
};

/** Adds a member of Python's: a method, a static one, an accessor; or an attribute of the class, which its objects have. */
export function define(
  made: Class,
  kind: string,
  name: string,
  first: Method | null,
  second: Method | null,
): void {
  if (kind === 'attribute' || !first) return expose(made.prototype, name);
  const key = keys[name] ?? name;
  const isStatic = kind.startsWith('static');
  const descriptor = kind.endsWith('method') ? methodOf(first, isStatic) : accessorOf(first, second);
  Object.defineProperty(isStatic ? made : made.prototype, key, { configurable: true, ...descriptor });
}

function methodOf(method: Method, isStatic: boolean): PropertyDescriptor {
  const call = method as (...args: unknown[]) => unknown;
  const value = isStatic
    ? (...args: unknown[]) => call(...args)
    : function (this: object, ...args: unknown[]) {
        return method(here(this), ...args);
      };
  return { value, writable: true };
}

function accessorOf(read: Method, write: Method | null): PropertyDescriptor {
  const get = function (this: object) {
    return read(new Reference(here(this)));
  };
  if (!write) return { get };
  const set = function (this: object, value: unknown) {
    write(new Reference(here(this)), value);
  };
  return { get, set };
}

// By the prototypes of Python's classes: the names of attributes that their objects have in Python.
const attributes = new WeakMap<object, Set<string>>();
let readAttribute: (self: Reference, name: string) => unknown;
let writeAttribute: (self: Reference, name: string, value: unknown) => void;

/** Says how attributes that objects have in Python are read and written. */
export function connectAttributes(read: typeof readAttribute, write: typeof writeAttribute): void {
  readAttribute = read;
  writeAttribute = write;
}

/** Gives JavaScript an accessor for an attribute that an object has in Python. */
export function expose(self: object, name: string): void {
  let prototype: object | null = self;
  while (prototype && !attributes.has(prototype)) prototype = Object.getPrototypeOf(prototype);
  const known = prototype && attributes.get(prototype);
  if (!known || known.has(name)) return;
  known.add(name);
  Object.defineProperty(prototype, name, {
    get(this: object) {
      return readAttribute(new Reference(this), name);
    },
    set(this: object, value: unknown) {
      writeAttribute(new Reference(this), name, value);
    },
    configurable: true,
    enumerable: true,
  });
}

/** Makes a property of the object an accessor for the attribute that it has in Python from now on. */
export function moveToPython(self: object, name: string): void {
  if (!('value' in (Object.getOwnPropertyDescriptor(self, name) ?? {}))) return;
  const get = () => readAttribute(new Reference(self), name);
  const set = (value: unknown) => writeAttribute(new Reference(self), name, value);
  Object.defineProperty(self, name, { get, set, enumerable: true, configurable: true });
}

/** Makes `value` a property of the object's own, whatever it was. */
export function moveToJavaScript(self: object, name: string, value: unknown): void {
  Object.defineProperty(self, name, { value, writable: true, enumerable: true, configurable: true });
}

/** The names of the values that an object has of its own. */
export function dataOf(self: object): string {
  const properties = Object.entries(Object.getOwnPropertyDescriptors(self));
  return properties.flatMap(([name, property]) => ('value' in property ? [name] : [])).join('\0');
}

/** Whether `name` is there for an attribute in Python. */
export function isAttribute(self: object, name: string): boolean {
  for (let at: object | null = self; at; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return attributes.get(at)?.has(name) === true;
  }
  return false;
}

/** Whether `name` is a property of JavaScript's own. */
export function isOwnProperty(self: object, name: string): boolean {
  return name in self && !isAttribute(self, name);
}

/** `super.name` of a method of a class that extends `parent`. */
export function superGet(parent: Class, name: PropertyKey, self: object): unknown {
  const value: unknown = Reflect.get(parent.prototype, name, self);
  if (typeof value !== 'function') return value;
  return (...args: unknown[]) => Reflect.apply(value as () => unknown, self, args);
}

/** `super.name = value`. */
export function superSet(parent: Class, name: string, self: object, value: unknown): void {
  if (!Reflect.set(parent.prototype, name, value, self))
    throw new TypeError(`the property ${name} cannot be assigned`);
}

/** The names that a class gives to its objects, as one text. */
export function membersOf(made: Class): string {
  const { prototype } = made;
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  const isThenable = typeof Object.getOwnPropertyDescriptor(prototype, 'then')?.value === 'function';
  const symbols = Object.keys(protocols).filter((name) => Object.hasOwn(prototype, symbolOf(name)));
  return [...names, ...symbols, ...(isThenable ? ['__await__'] : [])].join('\0');
}

// What Python has where a class defines these symbols: python/caduceus/_disposal.py.
const protocols: Readonly<Record<string, symbol>> = {
  __aiter__: Symbol.asyncIterator,
  __aenter__: Symbol.asyncDispose,
  __aexit__: Symbol.asyncDispose,
  __enter__: Symbol.dispose,
  __exit__: Symbol.dispose,
};

/** The symbol that stands for a method of Python's. */
export function symbolOf(name: string): symbol {
  return protocols[name] as symbol;
}

/** Refuses what cannot be disposed of at once. */
export function isDisposable(target: object): void {
  if (typeof (target as Partial<Disposable>)[Symbol.dispose] === 'function') return;
  throw bridgeTypeError('WRONG_ARGUMENT', {
    tried: 'with on a JavaScript object',
    found: 'it has no [Symbol.dispose]()',
    todo: Symbol.asyncDispose in target ? 'use async with' : 'give it such a method',
  });
}

export function dispose(target: Disposable): void {
  target[Symbol.dispose]();
}
