import { Handler } from './handler.ts';
import { inspectSymbol } from './inspecting.ts';
import { Kind } from './kind.ts';
import { ModuleHandler } from './module-handler.ts';
import { asyncContextManager, asyncIterable } from './traits/async-iterable.ts';
import { awaitable } from './traits/awaitable.ts';
import { callable, classLike } from './traits/callable.ts';
import { common, show } from './traits/common.ts';
import { contextManager } from './traits/context-manager.ts';
import { generator, iterable, iterator } from './traits/iterable.ts';
import { mapping, setLike } from './traits/mapping.ts';
import { sequence, sized } from './traits/sequence.ts';
import type { Shape } from './wrap.ts';

/** The constructor that proxies report: JavaScript code may ask for its name. */
class PythonObject {}

// The order is that of precedence: a later trait's members hide an earlier one's.
const traits: readonly (readonly [bit: number, members: object | (() => object)])[] = [
  [Kind.callable, callable],
  [Kind.class, classLike],
  [Kind.sized, sized],
  [Kind.iterable, iterable],
  [Kind.iterator, iterator],
  [Kind.sequence, sequence],
  [Kind.set, setLike],
  [Kind.mapping, mapping],
  [Kind.generator, generator],
  [Kind.asyncIterable, asyncIterable],
  [Kind.asyncContextManager, asyncContextManager],
  [Kind.contextManager, contextManager],
  [Kind.awaitable, awaitable],
];

const shapes = new Map<number, Shape>();

/** The shape of a kind: made once, shared by all proxies of that kind. */
export function shapeOf(kind: number): Shape {
  let shape = shapes.get(kind);
  if (!shape) {
    shape = makeShape(kind);
    shapes.set(kind, shape);
  }
  return shape;
}

function makeShape(kind: number): Shape {
  const isCallable = (kind & Kind.callable) !== 0;
  const prototype = Object.create(isCallable ? Function.prototype : Object.prototype);
  add(prototype, common);
  Object.defineProperty(prototype, 'constructor', { value: PythonObject, configurable: true });
  for (const [bit, members] of traits) {
    if (kind & bit) add(prototype, typeof members === 'function' ? members() : members);
  }
  if (!(kind & (Kind.contextManager | Kind.asyncContextManager))) Reflect.deleteProperty(prototype, 'with');
  const shape: Shape = {
    kind,
    prototype,
    target: isCallable ? callableTarget() : plainTarget(),
    names: new Map(),
    handler:
      kind & Kind.module
        ? (handle) => new ModuleHandler(handle, shape)
        : (handle) => new Handler(handle, shape),
  };
  return shape;
}

const hidden = new Map<object, PropertyDescriptorMap>();

/** Adds the members as those of a class are: they do not come up in enumerations. */
function add(prototype: object, members: object): void {
  let descriptors = hidden.get(members);
  if (!descriptors) {
    descriptors = Object.getOwnPropertyDescriptors(members) as PropertyDescriptorMap;
    for (const key of Reflect.ownKeys(descriptors))
      (descriptors[key as string] as PropertyDescriptor).enumerable = false;
    hidden.set(members, descriptors);
  }
  Object.defineProperties(prototype, descriptors);
}

// Inspecting looks at the target, with the proxy as `this`. Not the target's own: a proxy must report what it owns.
const inspection = {
  [inspectSymbol]: {
    value(this: object): string {
      return show(this);
    },
  },
};
// The error for what cannot be cloned calls it by its constructor's name: by that in the source, hence a literal.
const uncloneable = {
  'Python object, which stays in its thread: post py.share(object) and py.adopt it there': class {},
};
const plainPrototype = Object.create(Object.prototype, {
  ...inspection,
  constructor: { value: Object.values(uncloneable)[0] },
});
const callablePrototype = Object.create(Function.prototype, inspection);

/** Callable, constructible, and without an own `prototype`, which a proxy would have to report. */
function callableTarget(): object {
  function target(): void {}
  return Object.setPrototypeOf(target.bind(undefined), callablePrototype);
}

function plainTarget(): object {
  return Object.create(plainPrototype);
}
