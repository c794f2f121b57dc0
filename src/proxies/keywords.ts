// The names of keyword arguments: native code has each set of them as one tuple, which a number stands for.
import { native } from '../native/load.ts';
import { intern } from './names.ts';

/** The names met so far, by the order in which they are given. */
interface Place {
  number: number | undefined;
  readonly next: Map<string, Place>;
}
const start: Place = { number: undefined, next: new Map() };
// Programs that make up names as they run must not grow without bound.
const most = 1024;
let places = 0;

/** The number of these names, in this order; undefined once there are too many. */
export function numberOfNames(names: readonly string[]): number | undefined {
  let place = start;
  for (const name of names) {
    let next = place.next.get(name);
    if (!next) {
      if (places >= most) return undefined;
      places++;
      next = { number: undefined, next: new Map() };
      place.next.set(name, next);
    }
    place = next;
  }
  place.number ??= makeTuple(names);
  return place.number;
}

function makeTuple(names: readonly string[]): number | undefined {
  const indexes: number[] = [];
  for (const name of names) {
    const index = intern(name);
    if (index === undefined) return undefined;
    indexes.push(index);
  }
  return native.internTuple(...indexes);
}
