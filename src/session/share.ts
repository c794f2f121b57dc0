import { BridgeError, bridgeTypeError } from '../errors/bridge-error.ts';
import { Outcome } from '../native/binding.ts';
import { channel, native } from '../native/load.ts';
import { settled } from '../proxies/wrap.ts';
import type { Holder } from '../values/holder.ts';
import { ensureStarted } from './start.ts';

/**
 * Stands for a shared Python object: plain data, which `postMessage`, `workerData` and a BroadcastChannel clone.
 * The methods belong to the side that shares.
 */
export class ShareToken {
  /** Unique, and not to be guessed. */
  readonly caduceusShare: string;

  constructor(caduceusShare: string) {
    this.caduceusShare = caduceusShare;
  }

  /** From now on nobody can adopt the object with this token; who has done so keeps it. Twice is harmless. */
  revoke(): void {
    native.revoke(this.caduceusShare);
  }

  /** The same as {@link revoke}. */
  [Symbol.dispose](): void {
    this.revoke();
  }
}

/** Keeps an object for other threads until the token is revoked or this thread ends. */
export function share(holder: Holder): ShareToken {
  return new ShareToken(settled(native.share(holder.handle), holder) as string);
}

/** This thread's own proxy of an object that another thread has shared. */
export function adopt(token: unknown): unknown {
  const text = (token as Partial<ShareToken> | null | undefined)?.caduceusShare;
  if (typeof text !== 'string') {
    throw bridgeTypeError('NOT_SHARED', {
      tried: 'py.adopt(token)',
      found: `${token === null ? 'null' : typeof token} is no token`,
      todo: 'pass what py.share(object) returned in another thread',
    });
  }
  ensureStarted();
  const adopted = native.adopt(text);
  if (adopted === undefined && channel[0] === Outcome.missing) {
    throw new BridgeError('NOT_SHARED', {
      tried: 'py.adopt(token)',
      found: 'the token was revoked, or the thread that shared the object has ended',
      todo: 'adopt before that; a proxy made by py.adopt stays valid afterwards',
    });
  }
  return settled(adopted);
}
