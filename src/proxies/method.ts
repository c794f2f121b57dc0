import { Action, Outcome, unchangedWord } from '../native/binding.ts';
import { channel, native } from '../native/load.ts';
import { withEncoder } from '../values/encoder.ts';
import { type Holder, holderKey, holderOf, holders } from '../values/holder.ts';
import { asynchrony, type Callee } from './asynchrony.ts';
import { Kind } from './kind.ts';
import { attemptAgain, attemptWithSelf, canCallAgain } from './operations.ts';
import { sideFunction } from './side.ts';
import { afterCollections, enter, settle, shapeFor, wrap } from './wrap.ts';

type Traps = Required<ProxyHandler<object>> & Holder;

// The proxies of the functions behind methods in use, by handle. Held until the next collection, so that each call does
// not make them anew, and no longer, so that they can go with their classes.
const most = 2048;
const functions = new Map<number, object>();

let clears = false;

function clearAfterCollections(): void {
  if (clears) return;
  clears = true;
  afterCollections(() => functions.clear());
}

/** The proxy of the type's function that the channel names. */
function functionProxy(): object | undefined {
  const handle = channel[1] as number;
  const kind = channel[2] as number;
  const known = kind === -1 ? functions.get(handle) : undefined;
  if (known) return known;
  const proxy = kind === -1 ? native.proxyOf(handle) : wrap(handle, kind);
  if (!proxy) return undefined; // collected since native code saw it
  if (functions.size === 0) clearAfterCollections();
  if (functions.size < most) functions.set(handle, proxy);
  return proxy;
}

/**
 * The method read last, while nothing can have changed it: Python need not be asked for it again. Kept from the second
 * reading in a row on, until the event loop's next turn at the latest.
 */
interface Kept {
  holder: Holder | undefined;
  key: string;
  handler: MethodHandler | undefined;
}
const kept: Kept = { holder: undefined, key: '', handler: undefined };
let forgetting = false;

function forget(): void {
  forgetting = false;
  drop();
}

function drop(): void {
  kept.holder = undefined;
  kept.handler = undefined;
  channel[unchangedWord] = 0;
}

/** The method `key` of the holder's object, if it is the one read last and nothing has changed since; or undefined. */
export function keptMethod(holder: Holder, key: string): object | undefined {
  return channel[unchangedWord] === 1 && kept.holder === holder && kept.key === key
    ? (kept.handler as MethodHandler).proxy
    : undefined;
}

// What was read before that, without keeping it alive.
let lastHandle = 0;
let lastKey = '';

/**
 * The traps of `object.method`: a function of the type and the object, bound. Calling it costs no Python object;
 * anything else that is done with it makes the bound method that Python would have made.
 */
class MethodHandler implements ProxyHandler<object>, Holder {
  readonly proxy: object;
  readonly function: object;
  readonly #functionHolder: Holder;
  readonly #owner: object;
  readonly #ownerHolder: Holder;
  #real: Traps | undefined;
  // V8 looks for a trap among a handler's own members first, from the last one on.
  readonly apply = MethodHandler.prototype.run;

  constructor(owner: object, ownerHolder: Holder, fn: object) {
    this.function = fn;
    this.#functionHolder = holders.get(fn) as Holder;
    this.#owner = owner;
    this.#ownerHolder = ownerHolder;
    this.proxy = new Proxy(shapeFor(Kind.callable).target, this);
  }

  get handle(): number {
    return this.#traps().handle;
  }

  get kind(): number {
    return this.#traps().kind;
  }

  /** The traps of the real bound method, whose proxy this one becomes. */
  #traps(): Traps {
    if (!this.#real) {
      if (kept.handler === this) drop(); // it is an object of its own from now on
      const made = withEncoder((encoder) => {
        encoder.add(this.function);
        encoder.add(this.#owner);
        const { code, size, values } = encoder;
        return native.run(sideFunction('bind').handle, Action.callHeld, code, size, values, 0);
      });
      if (made !== undefined || channel[0] !== Outcome.wrapped) throw settle();
      const handle = channel[1] as number;
      this.#real = shapeFor(channel[2] as number).handler(handle) as unknown as Traps;
      enter(handle, this.proxy, this.#real);
    }
    return this.#real;
  }

  get(target: object, key: string | symbol, receiver: unknown): unknown {
    if (key === holderKey) return this;
    if (key === 'async') return (...args: unknown[]) => asynchrony.call(this.#callee(), args);
    if (key === 'await') return (...args: unknown[]) => asynchrony.callOnLoop(this.#callee(), args);
    return this.#traps().get(target, key, receiver);
  }

  #callee(): Callee {
    return { holder: this.#functionHolder, self: this.#ownerHolder, keeper: this };
  }

  set(target: object, key: string | symbol, value: unknown, receiver: unknown): boolean {
    return this.#traps().set(target, key, value, receiver);
  }

  has(target: object, key: string | symbol): boolean {
    return this.#traps().has(target, key);
  }

  deleteProperty(target: object, key: string | symbol): boolean {
    return this.#traps().deleteProperty(target, key);
  }

  ownKeys(target: object): ArrayLike<string | symbol> {
    return this.#traps().ownKeys(target);
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    return this.#traps().getOwnPropertyDescriptor(target, key);
  }

  defineProperty(target: object, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    return this.#traps().defineProperty(target, key, descriptor);
  }

  construct(target: object, args: unknown[], newTarget: () => void): object {
    return this.#traps().construct(target, args, newTarget);
  }

  getPrototypeOf(target: object): object | null {
    return this.#traps().getPrototypeOf(target);
  }

  setPrototypeOf(): boolean {
    return false;
  }

  preventExtensions(): boolean {
    return false;
  }

  /** The trap of a call. */
  run(_target: object, _self: unknown, args: unknown[]): unknown {
    let result: unknown;
    if (kept.handler !== this || channel[unchangedWord] !== 1) {
      result = attemptWithSelf(this.#functionHolder, this.#ownerHolder, args);
    } else if (canCallAgain(args)) {
      result = attemptAgain(args);
    } else {
      return this.#callChanged(args);
    }
    return result !== undefined ? result : settle(this.#ownerHolder);
  }

  /** Another thread may have replaced the method since, and arguments that take the encoder cannot be called again with. */
  #callChanged(args: unknown[]): unknown {
    channel[unchangedWord] = 0;
    const method = (this.#owner as Record<string, (...args: unknown[]) => unknown>)[kept.key];
    if (method !== this.proxy) return (method as (...args: unknown[]) => unknown)(...args);
    const result = attemptWithSelf(this.#functionHolder, this.#ownerHolder, args);
    return result !== undefined ? result : settle(this.#ownerHolder);
  }
}

/**
 * The bound method `key` of the type's function that the channel names, for the object that `holder` stands for;
 * undefined if the function's proxy is gone.
 */
export function boundMethod(holder: Holder, receiver: unknown, key: string): object | undefined {
  const fn = functionProxy();
  if (!fn) return undefined;
  if (kept.holder === holder && kept.key === key && kept.handler?.function === fn) return kept.handler.proxy;
  const unchanged = channel[unchangedWord] as number;
  drop();
  const owner =
    holderOf(receiver) === holder ? (receiver as object) : (native.proxyOf(holder.handle) as object);
  const handler = new MethodHandler(owner, holder, fn);
  if (lastHandle === holder.handle && lastKey === key) {
    kept.holder = holder;
    kept.key = key;
    kept.handler = handler;
    channel[unchangedWord] = unchanged;
    if (!forgetting) {
      forgetting = true;
      queueMicrotask(forget);
    }
  }
  lastHandle = holder.handle;
  lastKey = key;
  return handler.proxy;
}
