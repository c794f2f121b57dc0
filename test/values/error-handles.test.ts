import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram } from '../support/program.ts';

test('exceptions that are disposed of one after the other free their handle once', async () => {
  const ended = await runProgram(`
    const raise = () => { try { py.builtins.int('x'); } catch (error) { return error; } };
    for (let i = 0; i < 5; i++) raise().value[Symbol.dispose]();
    raise();
    for (let i = 0; i < 5; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 20)); }
    console.log([0, 1, 2, 3].map((i) => py.list([i])).map(String).join());
  `);
  assert.deepEqual([ended.status, ended.stdout], [0, '[0],[1],[2],[3]\n'], ended.stderr);
});
