import { channel, native } from '../native/load.ts';

// Attribute names in use are few; programs that read attributes under ever new names must not grow without bound.
const most = 16384;
const indices = new Map<string, number>();

/** The index of an interned name, or undefined once the table is full: then the name crosses as text. */
export function intern(name: string): number | undefined {
  let index = indices.get(name);
  if (index !== undefined || indices.size >= most) return index;
  index = native.intern(name);
  if (index === undefined) {
    channel[0] = channel[0] as number;
    return undefined;
  }
  indices.set(name, index);
  return index;
}
