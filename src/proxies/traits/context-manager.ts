import { holderOf, holders } from '../../values/holder.ts';
import { isThenable } from '../../values/thenable.ts';
import { asThrown } from '../exceptions.ts';
import { boxed } from '../items.ts';
import { side } from '../side.ts';

/** `cm.with(fn)` and `using f = cm.with()`. */
export const contextManager = {
  /**
   * With a function: enters, calls it with what entering gave, hands an error over and exits; an error that the
   * manager swallows leaves `undefined`. Without: enters, and exits without an error at the end of a `using` block.
   */
  with(this: object, fn?: (value: unknown) => unknown): unknown {
    const value = side('enter', this);
    if (fn === undefined) return entered(value, Symbol.dispose, () => side('leave', this));
    let result: unknown;
    try {
      result = fn(value);
    } catch (error) {
      return leave(this, error);
    }
    if (isThenable(result)) return settleLater(this, result);
    side('leave', this);
    return result;
  },
};

function leave(manager: object, error: unknown): undefined {
  if (side('leave', manager, ...asThrown(error)) !== true) throw error;
}

async function settleLater(manager: object, promise: PromiseLike<unknown>): Promise<unknown> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    return leave(manager, error);
  }
  side('leave', manager);
  return result;
}

/** What entering gave, with a disposal that runs `leave` once. */
export function entered(value: unknown, disposal: symbol, leave: () => unknown): object {
  let open = true;
  const exit = (): unknown => {
    if (!open) return undefined;
    open = false;
    return leave();
  };
  // A value, such as a folder's name, has nowhere to put a disposal: it stays Python's, as a proxy.
  const isObject = typeof value === 'object' && value !== null;
  const target = isObject || typeof value === 'function' ? (value as object) : boxed(value);
  const holder = holderOf(target);
  // The entered object itself, but for its disposal, which exits the manager instead of releasing the handle.
  const proxy = new Proxy(target, {
    get: (_target, key) => (key === disposal ? exit : Reflect.get(target, key, target)),
  });
  if (holder) holders.set(proxy, holder);
  return proxy;
}
