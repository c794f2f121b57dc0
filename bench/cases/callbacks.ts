// Python that calls JavaScript on the same thread.

import type { Case } from './case.ts';

export const callback: Case = {
  name: 'callback',
  title: '`repeat((x) => x + 1, n)`, each call back',
  target: { kind: 'ratio', limit: 1.4 },
  expected: true,
  python: `
def repeat(function, count):
    last = 0
    for i in range(count):
        last = function(i)
    return last
`,
  caduceus: ({ py }) => {
    const { repeat } = py.main;
    return (count) => repeat((x: number) => x + 1, count) === count;
  },
  floor: (floor) => {
    const repeat = floor.evaluate('repeat');
    return (count) => floor.callWithFunction(repeat, (x) => x + 1, count) === count;
  },
};
