// Lazy iteration: one item crosses at a time.

import type { Case } from './case.ts';

export const iterateRange: Case = {
  name: 'iterate',
  title: '`for (const x of iterable)`, each item',
  target: { kind: 'sqrts', limit: 150 / 72 },
  expected: true,
  python: 'items = range',
  caduceus: ({ py }) => {
    const { items } = py.main;
    return (count) => {
      let last = -1;
      for (const item of items(count)) last = item;
      return last === count - 1;
    };
  },
  floor: (floor) => {
    floor.run('def iterate(count): return iter(items(count))');
    return (count) => {
      const iterator = floor.evaluate(`iterate(${count})`);
      let last = -1;
      for (let item = floor.next(iterator); item !== undefined; item = floor.next(iterator)) last = item;
      floor.release(iterator);
      return last === count - 1;
    };
  },
};

const { target: _, ...untargeted } = iterateRange;

export const iterateGenerator: Case = {
  ...untargeted,
  name: 'iterate-generator',
  title: '`for (const x of generator)`, each item',
  python: `
def items(count):
    for i in range(count):
        yield i
`,
};
