import { Action } from '../native/binding.ts';
import { native } from '../native/load.ts';
import { type Encoder, releasedError, withEncoder } from '../values/encoder.ts';
import { type Holder, holders } from '../values/holder.ts';
import { Kw } from '../values/kw.ts';
import { numberOfNames } from './keywords.ts';
import { intern } from './names.ts';
import { missing, settle, settled, settleUnconverted } from './wrap.ts';

/** The handle to work on; throws for a released object. */
export function live(holder: Holder): number {
  if (holder.handle === 0) throw releasedError(holder);
  return holder.handle;
}

/** Counts the operations that may change an object: what was told of one before may be untrue after. */
export let changes = 0;

/** Runs one of the native actions on the objects made of `values`. */
export function act(holder: Holder, action: number, values: readonly unknown[], extra = 0): unknown {
  const result = withEncoder((encoder) => {
    for (const value of values) encoder.add(value);
    return send(holder, action, encoder, extra);
  });
  return result !== undefined ? result : settle(holder);
}

function send(holder: Holder, action: number, encoder: Encoder, extra: number, self = 0): unknown {
  return native.run(live(holder), action, encoder.code, encoder.size, encoder.values, extra, self);
}

/** The attribute `name`, or {@link missing}. */
export function getAttribute(holder: Holder, name: string): unknown {
  const index = intern(name);
  const result = index === undefined ? native.getText(live(holder), name) : native.get(live(holder), index);
  return result !== undefined ? result : settle(holder);
}

/** The attribute `name` that is really there, without asking `__getattr__`; or {@link missing}. */
export function getRealAttribute(holder: Holder, name: string): unknown {
  const index = intern(name);
  if (index === undefined) return missing;
  const result = native.getReal(live(holder), index);
  return result !== undefined ? result : settle(holder);
}

/** Whether there is an attribute `name`. */
export function hasAttribute(holder: Holder, name: string): boolean {
  const index = intern(name);
  if (index === undefined) return getAttribute(holder, name) !== missing;
  return settled(native.has(live(holder), index), holder) as boolean;
}

/** Assigns the attribute `name`. The value is given. */
export function setAttribute(holder: Holder, name: string, value: unknown): void {
  changes++;
  const index = intern(name);
  if (index === undefined) {
    act(holders.get(getAttribute(holder, '__setattr__') as object) as Holder, Action.call, [name, value]);
  } else {
    act(holder, Action.setAttribute, [value], index);
  }
}

/** Deletes the attribute `name`. */
export function deleteAttribute(holder: Holder, name: string): void {
  changes++;
  const index = intern(name);
  if (index !== undefined) {
    settled(native.remove(live(holder), index), holder);
  } else {
    act(holders.get(getAttribute(holder, '__delattr__') as object) as Holder, Action.call, [name]);
  }
}

/** The item under a Python key. */
export function getItem(holder: Holder, key: unknown): unknown {
  const item = act(holder, Action.getItem, [key]);
  return item === missing ? undefined : item;
}

/** The item at an integer index, or undefined outside. */
export function getIndex(holder: Holder, index: number): unknown {
  return settled(native.getIndex(live(holder), index), holder);
}

/** Assigns an item. The value is given. */
export function setItem(holder: Holder, key: unknown, value: unknown): void {
  changes++;
  act(holder, Action.setItem, [key, value]);
}

/** Deletes an item. */
export function deleteItem(holder: Holder, key: unknown): void {
  changes++;
  act(holder, Action.deleteItem, [key]);
}

/** Whether a container contains `item`. */
export function contains(holder: Holder, item: unknown): boolean {
  return act(holder, Action.contains, [item]) as boolean;
}

/** Whether a value, as it would be given, is an instance of a Python class. */
export function isInstance(type: Holder, value: unknown): boolean {
  return act(type, Action.isInstance, [value]) as boolean;
}

/** `len(object)`. */
export function lengthOf(holder: Holder): number {
  return settled(native.length(live(holder)), holder) as number;
}

/** `str(object)`. */
export function textOf(holder: Holder): string {
  return settled(native.text(live(holder)), holder) as string;
}

/** Calls with values that need the encoder, or keyword arguments. Answers as native code does. */
function callEncoded(
  holder: Holder,
  args: readonly unknown[],
  action: number = Action.call,
  self = 0,
): unknown {
  const last = args[args.length - 1];
  if (last instanceof Kw) return callNamed(holder, args, last, action, self);
  return withEncoder((encoder) => {
    for (let i = 0; i < args.length; i++) encoder.add(args[i]);
    return send(holder, action, encoder, 0, self);
  });
}

/** Calls with keyword arguments: in place where all are scalars. */
function callNamed(
  holder: Holder,
  args: readonly unknown[],
  last: Kw,
  action: number,
  self: number,
): unknown {
  const positional = args.length - 1;
  const names: string[] = [];
  const values: unknown[] = [];
  for (const name of Object.keys(last.values)) {
    const value = last.values[name];
    if (value === undefined) continue;
    names.push(name);
    values.push(value);
  }
  const given = positional === 0 ? values : [...args.slice(0, positional), ...values];
  if (action === Action.call && names.length > 0 && given.length <= mostArguments && allScalars(given)) {
    const number = numberOfNames(names);
    if (number !== undefined) return native.callNamed(live(holder), self, number, ...given);
  }
  return withEncoder((encoder) => {
    for (let i = 0; i < positional; i++) encoder.add(args[i]);
    for (let i = 0; i < names.length; i++) {
      encoder.add(names[i]);
      encoder.add(values[i]);
    }
    return send(holder, action, encoder, names.length, self);
  });
}

// As many scalars as the native calls look at (native/addon.cpp); longer calls go through the encoder.
const mostArguments = 5;
const mostMethodArguments = 4;

/** Calls a Python callable. A last argument `kw({…})` gives keyword arguments. */
export function call(holder: Holder, args: readonly unknown[]): unknown {
  const result = attempt(holder, args);
  return result !== undefined ? result : settle(holder);
}

/** {@link call} for what is to be Python's object itself: no codec converts the result. */
export function callUnconverted(holder: Holder, args: readonly unknown[]): unknown {
  const result = attempt(holder, args);
  return result !== undefined ? result : settleUnconverted(holder);
}

/**
 * Calls as {@link call} does and answers as native code does: `undefined` wants to be settled. A trap does that itself, so
 * that an error has few frames of ours, and V8 learns of this function's types even if every call raises.
 */
export function attempt(holder: Holder, args: readonly unknown[]): unknown {
  changes++;
  const count = args.length;
  if (count > mostArguments || !allScalars(args)) return callEncoded(holder, args);
  const handle = live(holder);
  let result: unknown;
  if (count === 1) result = native.call(handle, args[0]);
  else if (count === 0) result = native.call(handle);
  else if (count === 2) result = native.call(handle, args[0], args[1]);
  else if (count === 3) result = native.call(handle, args[0], args[1], args[2]);
  else result = native.call(handle, ...args);
  return result;
}

/** {@link attempt} to call a function of a type with an object of that type: a method without its bound object. */
export function attemptWithSelf(fn: Holder, owner: Holder, args: readonly unknown[]): unknown {
  changes++;
  const count = args.length;
  if (count > mostMethodArguments || !allScalars(args))
    return callEncoded(fn, args, Action.call, live(owner));
  const self = live(owner);
  let result: unknown;
  if (count === 0) result = native.callMethod(fn.handle, self);
  else if (count === 1) result = native.callMethod(fn.handle, self, args[0]);
  else if (count === 2) result = native.callMethod(fn.handle, self, args[0], args[1]);
  else if (count === 3) result = native.callMethod(fn.handle, self, args[0], args[1], args[2]);
  else result = native.callMethod(fn.handle, self, ...args);
  return result;
}

/** Whether {@link attemptAgain} takes these arguments. */
export function canCallAgain(args: readonly unknown[]): boolean {
  return args.length <= mostArguments && allScalars(args);
}

/** {@link attempt} to call the method that was read last. */
export function attemptAgain(args: readonly unknown[]): unknown {
  changes++;
  const count = args.length;
  let result: unknown;
  if (count === 0) result = native.callAgain();
  else if (count === 1) result = native.callAgain(args[0]);
  else if (count === 2) result = native.callAgain(args[0], args[1]);
  else if (count === 3) result = native.callAgain(args[0], args[1], args[2]);
  else result = native.callAgain(...args);
  return result;
}

/** Whether no argument needs the encoder. */
function allScalars(args: readonly unknown[]): boolean {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (typeof arg === 'number' || typeof arg === 'string') continue; // most are, and V8 asks for one type at a time
    if ((typeof arg === 'object' && arg !== null) || typeof arg === 'function' || typeof arg === 'symbol')
      return false;
  }
  return true;
}

/** Calls and answers with a proxy of the result, also of what would come over as a value. */
export function callHeld(holder: Holder, args: readonly unknown[]): unknown {
  const result = callEncoded(holder, args, Action.callHeld);
  return result !== undefined ? result : settle(holder);
}

/** A proxy of the Python object made of `value`, also of what would come over as a value. */
export function hold(holder: Holder, value: unknown): unknown {
  return act(holder, Action.make, [value]);
}
