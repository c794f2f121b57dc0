import { native } from '../../native/load.ts';
import { type Holder, holderOf } from '../../values/holder.ts';
import { Kind } from '../kind.ts';
import { self } from '../self.ts';
import { settle, settled, stopped } from '../wrap.ts';

/** A JavaScript iterator over a Python iterator. Holds the proxy, which keeps the handle. */
class PythonIterator {
  readonly #holder: Holder;
  readonly #proxy: object;

  constructor(proxy: object) {
    this.#proxy = proxy;
    this.#holder = holderOf(proxy) as Holder;
  }

  next(): IteratorResult<unknown, undefined> {
    const value = native.next(this.#holder.handle);
    if (value !== undefined) return { done: false, value };
    const settledValue = settle(this.#holder);
    return settledValue === stopped ? { done: true, value: undefined } : { done: false, value: settledValue };
  }

  /** The Python iterator. */
  get iterator(): object {
    return this.#proxy;
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** Lets `for … of`, spreading and Array.from run over anything that Python iterates over. */
export const iterable = {
  [Symbol.iterator](this: object): Iterator<unknown> {
    const holder = self(this);
    const iterator = settled(native.iterate(holder.handle), holder) as object;
    if (holderOf(iterator)) return new PythonIterator(iterator);
    // A JavaScript iterator that came home.
    return (iterator as Iterable<unknown>)[Symbol.iterator]();
  },
};

/** JavaScript's protocol on Python iterators that are no generators. */
export const iterator = {
  next(this: object): IteratorResult<unknown, undefined> {
    const holder = self(this);
    if (holder.kind & Kind.generator) throw new TypeError('unreachable: generators have a next of their own');
    return new PythonIterator(this).next();
  },
};
