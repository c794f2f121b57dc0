// Python that uses JavaScript objects, on JavaScript's own thread.

import type { Case } from './case.ts';

const python = `
def read(o, count):
    last = 0
    for _ in range(count):
        last = o.x
    return last

def call(o, count):
    last = 0
    for _ in range(count):
        last = o.add(1)
    return last

def iterate(array, count):
    last = -1
    for item in array:
        last = item
    return last

def derive(Base):
    class Mine(Base):
        def __init__(self):
            super().__init__()
    return Mine

def construct(Mine, count):
    for _ in range(count):
        last = Mine()
    return last
`;

class Counter {
  readonly x = 7;

  add(n: number): number {
    return this.x + n;
  }
}

export const javaScriptAttribute: Case = {
  name: 'object-attribute',
  title: 'in Python: `o.x` of a JavaScript object',
  target: { kind: 'ratio', limit: 1.5 },
  expected: 7,
  python,
  caduceus: ({ py }) => {
    const { read } = py.main;
    const counter = new Counter();
    return (count) => read(counter, count);
  },
  floor: (floor) => {
    const read = floor.evaluate('read');
    const counter = new Counter();
    return (count) => floor.callWithObject(read, counter, count);
  },
};

const { target: _, ...methodUntargeted } = {
  ...javaScriptAttribute,
  expected: 8,
  caduceus: ({ py }) => {
    const { call } = py.main;
    const counter = new Counter();
    return (count) => call(counter, count);
  },
} satisfies Case;

export const javaScriptMethod: Case = {
  ...methodUntargeted,
  name: 'object-method',
  title: 'in Python: `o.add(1)`; floor: get, then call',
  target: { kind: 'ratio', limit: 1.5 },
  floor: (floor) => {
    const call = floor.evaluate('call');
    const counter = new Counter();
    return (count) => floor.callWithObject(call, counter, count);
  },
};

export const javaScriptMethodOnce: Case = {
  ...methodUntargeted,
  name: 'object-method-once',
  title: 'in Python: `o.add(1)`; floor: one crossing',
  floor: (floor) => {
    floor.run(`
def call_once(o, count):
    last = 0
    for _ in range(count):
        last = invoke(o, 'add', 1)
    return last
`);
    const call = floor.evaluate('call_once');
    const counter = new Counter();
    return (count) => floor.callWithObject(call, counter, count);
  },
};

class Base {}

export const derivedFromPython: Case = {
  name: 'object-derived',
  title: 'in Python: `Mine()` of `class Mine(Base)`',
  target: { kind: 'nanoseconds', limit: 2000 },
  expected: true,
  python,
  caduceus: ({ py }) => {
    const { derive, construct } = py.main;
    const Mine = derive(Base);
    return (count) => construct(Mine, count) instanceof Base;
  },
};

const { target: __, ...derivedUntargeted } = derivedFromPython;

export const derivedFromJavaScript: Case = {
  ...derivedUntargeted,
  name: 'object-derived-new',
  title: '`new Mine()` of that class in JavaScript',
  caduceus: ({ py }) => {
    const Mine = py.main.derive(Base);
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = new Mine();
      return last instanceof Base;
    };
  },
};

export const javaScriptArray: Case = {
  name: 'object-iterate',
  title: 'in Python: `for x in array`, each item',
  target: { kind: 'nanoseconds', limit: 150 },
  expected: true,
  python,
  caduceus: ({ py }) => {
    const { iterate } = py.main;
    return (count) => iterate(py.ref(numbers(count)), count) === count - 1;
  },
  floor: (floor) => {
    const iterate = floor.evaluate('iterate');
    return (count) => floor.callWithObject(iterate, numbers(count), count) === count - 1;
  },
};

let made: readonly number[] = [];

/** Made outside of what is timed, but for the first batch of each size. */
function numbers(count: number): readonly number[] {
  if (made.length !== count) made = Array.from({ length: count }, (_, i) => i);
  return made;
}
