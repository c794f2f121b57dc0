// How long Python's first look at a class with very many members takes, and the second; prints nanoseconds, medians.

import { py } from 'caduceus';
import { members, type Touches } from '../first-touch.ts';
import { median } from '../statistics.ts';

const rounds = 5;

py.exec(`
import time

def touch(Class, name):
    begun = time.perf_counter_ns()
    assert isinstance(Class, type) and getattr(Class(), name)() == 1
    return time.perf_counter_ns() - begun

def extend(Class, name):
    begun = time.perf_counter_ns()
    class Mine(Class):
        def ask(self):
            return getattr(super(), name)()
    assert Mine().ask() == 1
    return time.perf_counter_ns() - begun
`);
const { touch, extend } = py.main;

console.log(JSON.stringify(main()));

function main(): Touches {
  touch(withMembers(1), 'member0'); // what is imported late
  extend(withMembers(1), 'member0');
  const found = Array.from({ length: rounds }, round);
  const of = (which: keyof Touches) => median(found.map((one) => one[which]));
  return {
    first: of('first'),
    second: of('second'),
    firstExtended: of('firstExtended'),
    secondExtended: of('secondExtended'),
  };
}

function round(): Touches {
  const Class = withMembers(members);
  return {
    first: touch(Class, 'member7'),
    second: touch(Class, 'member8'),
    firstExtended: extend(Class, 'member9'),
    secondExtended: extend(Class, 'member10'),
  };
}

function withMembers(count: number): new () => object {
  class Large {}
  for (let i = 0; i < count; i++) {
    Object.defineProperty(Large.prototype, `member${i}`, { value: () => 1, configurable: true });
  }
  return Large;
}
