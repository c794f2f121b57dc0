import { channel, native } from '../../native/load.ts';
import { type Holder, holderOf } from '../../values/holder.ts';
import { Kind } from '../kind.ts';
import { getIndex } from '../operations.ts';
import { self } from '../self.ts';
import { settle, settled, stopped, wrap } from '../wrap.ts';
import { closeGenerator, sendInto, throwInto } from './generator-steps.ts';

/** A JavaScript iterator over a Python iterator. Holds the proxy, which keeps the handle. */
class PythonIterator {
  readonly holder: Holder;
  readonly proxy: object;

  constructor(proxy: object) {
    this.proxy = proxy;
    this.holder = holderOf(proxy) as Holder;
  }

  next(_value?: unknown): IteratorResult<unknown, unknown> {
    return advance(this.holder);
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** Over a Python generator: leaving a loop closes it, as it closes one of JavaScript's. */
class PythonGenerator extends PythonIterator {
  override next(value?: unknown): IteratorResult<unknown, unknown> {
    return value === undefined ? advance(this.holder) : sendInto(this.proxy, value);
  }

  return(value?: unknown): IteratorResult<unknown, unknown> {
    return closeGenerator(this.proxy, value);
  }

  throw(error?: unknown): IteratorResult<unknown, unknown> {
    return throwInto(this.proxy, error);
  }
}

/** The next item of a Python iterator. */
function advance(holder: Holder): IteratorResult<unknown, unknown> {
  const value = native.next(holder.handle);
  if (value !== undefined) return { done: false, value };
  const settledValue = settle(holder);
  return settledValue === stopped ? { done: true, value: returned() } : { done: false, value: settledValue };
}

/** What the generator that has just ended returned; undefined for None. */
function returned(): unknown {
  const [, handle, kind] = channel as unknown as [number, number, number];
  if (handle === 0) return undefined;
  const pack = wrap(handle, kind);
  return getIndex(holderOf(pack) as Holder, 0);
}

/** Lets `for … of`, spreading and Array.from run over anything that Python iterates over. */
export const iterable = {
  [Symbol.iterator](this: object): Iterator<unknown> {
    const holder = self(this);
    const iterator = settled(native.iterate(holder.handle), holder) as object;
    const found = holderOf(iterator);
    if (found)
      return found.kind & Kind.generator ? new PythonGenerator(iterator) : new PythonIterator(iterator);
    // A JavaScript iterator that came home.
    return (iterator as Iterable<unknown>)[Symbol.iterator]();
  },
};

/** JavaScript's protocol on Python iterators. */
export const iterator = {
  next(this: object): IteratorResult<unknown, unknown> {
    return advance(self(this));
  },
};

/** JavaScript's generator protocol on Python generators. */
export const generator = {
  /** Resumes with a value, as Python's `send`. */
  next(this: object, value?: unknown): IteratorResult<unknown, unknown> {
    return value === undefined ? advance(self(this)) : sendInto(this, value);
  },

  /** Closes the generator. */
  return(this: object, value?: unknown): IteratorResult<unknown, unknown> {
    return closeGenerator(this, value);
  },

  /** Raises an error where the generator waits. */
  throw(this: object, error?: unknown): IteratorResult<unknown, unknown> {
    return throwInto(this, error);
  },
};
