// Exceptions.

import type { Case } from './case.ts';

export const exception: Case = {
  name: 'exception',
  title: '`try { fail() } catch {}`',
  target: { kind: 'nanoseconds', limit: 3000 },
  expected: 'no',
  python: `
def fail():
    raise ValueError('no')
`,
  caduceus: ({ py }) => {
    const { fail } = py.main;
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) {
        try {
          fail();
        } catch (error) {
          last = error;
        }
      }
      return messageOf(last);
    };
  },
  floor: (floor) => {
    const fail = floor.evaluate('fail');
    return (count) => {
      let last: unknown;
      for (let i = 0; i < count; i++) {
        try {
          floor.call(fail);
        } catch (error) {
          last = error;
        }
      }
      return messageOf(last);
    };
  },
};

function messageOf(error: unknown): unknown {
  return error instanceof Error ? error.message : error;
}
