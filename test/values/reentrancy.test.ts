import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runProgram } from '../support/program.ts';

/** Python whose destructor calls a JavaScript function once the call has its result. */
const late = `
const late = py.def\`
class Box: pass
class D:
    def __init__(self, cb): self.cb = cb
    def __del__(self): self.cb()
def late(kept, cb, thrower=None):
    kept.append(D(cb))
    mine = D(cb)
    if thrower: thrower()
    box = Box()
    box.x = 42
    return box
\`;
`;

async function prints(source: string, expected: string): Promise<void> {
  const ended = await runProgram(late + source);
  assert.deepEqual([ended.status, ended.stdout], [0, expected], ended.stderr);
}

describe('JavaScript that a destructor runs after an operation has its result', { concurrency: 2 }, () => {
  test('leaves the result alone', () =>
    prints('console.log(late([1], () => { py.builtins.object(); }).x);', '42\n'));

  test('leaves the error alone', () =>
    prints(
      `const fail = py.def\`
def fail(kept, cb):
    kept.append(D(cb))
    raise ValueError('mine')
\`;
      py.main.D = late.__globals__ && py.def\`
class D:
    def __init__(self, cb): self.cb = cb
    def __del__(self): self.cb()
\`;
      try {
        fail([1], () => { try { py.builtins.int('other'); } catch {} });
      } catch (error) { console.log(error.name, error.message); }`,
      'ValueError mine\n',
    ));

  test('leaves a JavaScript error on its way home alone', () =>
    prints(
      `try { console.log(late([1], () => 1, () => { throw new RangeError('home'); })); }
       catch (error) { console.log(String(error)); }`,
      'RangeError: home\n',
    ));

  test('leaves the result alone when it is the flush of a stream written in JavaScript', () =>
    prints(
      `const sys = py.import('sys');
       sys.stdout = py.ref({ write: () => 1, flush() { py.builtins.object(); return 3; }, closed: false });
       const box = py.def\`
def box():
    import sys
    class Box: x = 43
    print('x', file=sys.stderr)
    return Box()
\`();
       sys.stdout = sys.__stdout__;
       console.log(box.x);`,
      '43\n',
    ));
});
