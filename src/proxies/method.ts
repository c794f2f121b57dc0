import { Action, Outcome } from '../native/binding.ts';
import { channel, native } from '../native/load.ts';
import { withEncoder } from '../values/encoder.ts';
import { type Holder, holderKey, holderOf, holders } from '../values/holder.ts';
import { asynchrony } from './asynchrony.ts';
import { Kind } from './kind.ts';
import { callWithSelf } from './operations.ts';
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
 * The traps of `object.method`: a function of the type and the object, bound. Calling it costs no Python object;
 * anything else that is done with it makes the bound method that Python would have made.
 */
class MethodHandler implements ProxyHandler<object>, Holder {
  readonly #function: object;
  readonly #functionHolder: Holder;
  readonly #owner: object;
  readonly #ownerHolder: Holder;
  #proxy: object | undefined;
  #real: Traps | undefined;

  constructor(owner: object, ownerHolder: Holder, fn: object) {
    this.#function = fn;
    this.#functionHolder = holders.get(fn) as Holder;
    this.#owner = owner;
    this.#ownerHolder = ownerHolder;
  }

  set proxy(proxy: object) {
    this.#proxy = proxy;
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
      const made = withEncoder((encoder) => {
        encoder.add(this.#function);
        encoder.add(this.#owner);
        const { code, size, values } = encoder;
        return native.run(sideFunction('bind').handle, Action.callHeld, code, size, values, 0);
      });
      if (made !== undefined || channel[0] !== Outcome.wrapped) throw settle();
      const handle = channel[1] as number;
      this.#real = shapeFor(channel[2] as number).handler(handle) as unknown as Traps;
      enter(handle, this.#proxy as object, this.#real);
    }
    return this.#real;
  }

  get(target: object, key: string | symbol, receiver: unknown): unknown {
    if (key === holderKey) return this;
    if (key === 'async') return this.#async;
    if (key === 'await') return this.#await;
    return this.#traps().get(target, key, receiver);
  }

  readonly #async = (...args: unknown[]): Promise<unknown> =>
    asynchrony.call({ holder: this.#functionHolder, self: this.#ownerHolder, keeper: this }, args);

  readonly #await = (...args: unknown[]): Promise<unknown> =>
    asynchrony.callOnLoop({ holder: this.#functionHolder, self: this.#ownerHolder, keeper: this }, args);

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

  // V8 looks for traps from the last of these members to the first: the busiest one stands last.

  apply(_target: object, _self: unknown, args: unknown[]): unknown {
    return callWithSelf(this.#functionHolder, this.#ownerHolder, args);
  }
}

/**
 * The bound method of the type's function that the channel names, for the object that `holder` stands for; undefined
 * if the function's proxy is gone.
 */
export function boundMethod(holder: Holder, receiver: unknown): object | undefined {
  const fn = functionProxy();
  if (!fn) return undefined;
  const owner =
    holderOf(receiver) === holder ? (receiver as object) : (native.proxyOf(holder.handle) as object);
  const handler = new MethodHandler(owner, holder, fn);
  const proxy = new Proxy(shapeFor(Kind.callable).target, handler);
  handler.proxy = proxy;
  return proxy;
}
