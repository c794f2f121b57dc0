import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runProgram } from '../support/program.ts';

async function ends(source: string, status: number, stdout: string): Promise<void> {
  const ended = await runProgram(`py.exec\`import atexit; atexit.register(print, 'atexit')\`;\n${source}`);
  assert.deepEqual([ended.status, ended.stdout], [status, stdout], ended.stderr);
}

describe('the end of Python', { concurrency: 2 }, () => {
  test('is refused to a function that Python called', () =>
    ends(
      `py.import('functools').reduce(() => { try { py.close(); } catch (error) { console.log(error.code); } return 1; }, [1, 2]);
       console.log(py.import('math').sqrt(9));`,
      0,
      'WRONG_SCOPE\n3\natexit\n',
    ));

  test('is refused inside py.detach', () =>
    ends(
      'py.attach(() => py.detach(() => { try { py.close(); } catch (error) { console.log(error.code); } }));',
      0,
      'WRONG_SCOPE\natexit\n',
    ));

  test('comes with process.exit inside py.detach', () =>
    ends('py.attach(() => py.detach(() => process.exit(3)));', 3, 'atexit\n'));

  test('leaves attribute names to JavaScript that the last destructors call', () =>
    ends(
      `const C = py.def\`
class C:
    def __del__(self): self.cb(self)
\`;
       const o = C();
       o.zork = 5; o.zork;
       o.cb = (self) => { console.log(self.zork); };
       py.setAttr(py.builtins, 'kept_to_the_end', o);`,
      0,
      'atexit\n5\n',
    ));

  test('is not what atexit._run_exitfuncs() brings', () =>
    ends(
      `const list = py.list([1]);
       py.exec\`import atexit; atexit._run_exitfuncs()\`;
       console.log(String(list));`,
      0,
      'atexit\n[1]\n',
    ));
});
