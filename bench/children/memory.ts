// Makes and drops very many objects of one kind, twice, and prints the resident memory after each pass.

import { setImmediate as turn } from 'node:timers/promises';
import type { Side } from '../contestant.ts';
import { loadFloor } from '../floor/floor.ts';
import { amounts, type Kind } from '../memory.ts';

type Make = (from: number, to: number) => void;

interface Work {
  readonly make: Record<Kind, Make>;
  readonly collect: () => void;
}

const chunk = 10_000;
const [side, kind, executable = '', floorPath = ''] = process.argv.slice(2) as [Side, Kind, string?, string?];

// What C code has freed is not all given back: glibc keeps the rest of its heap, as it happens 9 MiB more or less, until
// it is asked for it. Memory that is in use it cannot give back.
const python = `
import ctypes, gc

trim = getattr(ctypes.CDLL(None), 'malloc_trim', None)

def collect():
    gc.collect()
    if trim: trim(0)

def drop(function, count):
    return count

def echo(text):
    return text

def construct(Class, count):
    for _ in range(count): Class()

def use(Class, number):
    assert isinstance(Class, type) and Class().number() == number
`;

class Point {
  x = 1;
}

/** A class that lives for one call, as those do which a function makes. */
function shortLived(number: number): new () => { number(): number } {
  return class {
    number() {
      return number;
    }
  };
}

await main();

async function main(): Promise<void> {
  const { make, collect } = side === 'floor' ? prepareFloor() : await prepareCaduceus();
  const resident: number[] = [];
  for (let pass = 0; pass < 2; pass++) {
    for (let from = 0; from < amounts[kind].count; from += chunk) {
      make[kind](from, from + chunk);
      await turn();
    }
    await settle(collect);
    resident.push(process.memoryUsage.rss());
  }
  console.log(JSON.stringify(resident));
}

/** Several turns, since what one collection releases on either side may free more on the other. */
async function settle(collect: () => void): Promise<void> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await turn();
    collect();
    await turn();
  }
}

async function prepareCaduceus(): Promise<Work> {
  const { py } = await import('caduceus');
  py.exec(python);
  const { object } = py.builtins;
  const { drop, echo, collect, construct, use } = py.main;
  const make: Record<Kind, Make> = {
    proxies: (from, to) => {
      for (let i = from; i < to; i++) object();
    },
    strings: (from, to) => {
      for (let i = from; i < to; i++) echo(`the string ${i}`);
    },
    closures: (from, to) => {
      for (let i = from; i < to; i++) drop((x: number) => x + i, i);
    },
    objects: (from, to) => construct(Point, to - from),
    classes: (from, to) => {
      for (let i = from; i < to; i++) use(shortLived(i), i);
    },
  };
  return { make, collect };
}

function prepareFloor(): Work {
  const floor = loadFloor(floorPath);
  floor.init(executable);
  floor.run(python);
  const object = floor.evaluate('object');
  const drop = floor.evaluate('drop');
  const echo = floor.evaluate('echo');
  const make: Record<Kind, Make> = {
    proxies: (from, to) => {
      for (let i = from; i < to; i++) floor.release(floor.call(object));
    },
    strings: (from, to) => {
      for (let i = from; i < to; i++) floor.callStringString(echo, `the string ${i}`);
    },
    closures: (from, to) => {
      for (let i = from; i < to; i++) floor.callWithFunction(drop, (x) => x + i, i);
    },
    objects: (from, to) => {
      for (let i = from; i < to; i++) floor.callWithObject(drop, new Point(), i);
    },
    classes: (from, to) => {
      for (let i = from; i < to; i++) {
        const Class = shortLived(i);
        floor.callWithObject(drop, Class, new Class().number());
      }
    },
  };
  return { make, collect: () => floor.release(floor.evaluate('collect()')) };
}
