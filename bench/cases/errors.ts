// Exceptions.

import type { Case } from './case.ts';

const raisedAndCaught = {
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
} satisfies Partial<Case>;

export const exception: Case = {
  ...raisedAndCaught,
  name: 'exception',
  title: '`try { fail() } catch {}`',
  target: { kind: 'nanoseconds', limit: 3000 },
};

/** With JavaScript's frames each time, however many are raised in one turn: any limit but the usual one asks for that. */
export const exceptionWithFrames: Case = {
  ...raisedAndCaught,
  name: 'exception-frames',
  title: '`try { fail() } catch {}`, `stackTraceLimit` 11',
  caduceus(api) {
    Error.stackTraceLimit = 11;
    return raisedAndCaught.caduceus(api);
  },
  floor(floor) {
    Error.stackTraceLimit = 11;
    return raisedAndCaught.floor(floor);
  },
};

function messageOf(error: unknown): unknown {
  return error instanceof Error ? error.message : error;
}
