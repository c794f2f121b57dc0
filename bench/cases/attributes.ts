// Attribute reads.

import type { Case } from './case.ts';

export const attributeInt: Case = {
  name: 'attribute',
  title: '`point.x` → number',
  target: { kind: 'ratio', limit: 2 },
  expected: 7,
  python: `
class Point:
    def __init__(self):
        self.x = 7

point = Point()
`,
  caduceus: ({ py }) => {
    const { point } = py.main;
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = point.x;
      return last;
    };
  },
  floor: (floor) => {
    const point = floor.evaluate('point');
    const x = floor.intern('x');
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) last = floor.getInt(point, x);
      return last;
    };
  },
};
