import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

// Node keeps the other end of stdin and waits until the reader of stdout has gone.
const program = `
import { readSync } from 'node:fs';
import { createRequire } from 'node:module';
const { py } = createRequire(process.env.CADUCEUS_FROM)('caduceus');
readSync(0, new Uint8Array(1));
py.builtins.print('nobody reads this');
for (let i = 0; i < 100; i++) py.builtins.len([]);
`;

test('a reader of stdout that has gone is told of once, not at every operation', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, CADUCEUS_FROM: import.meta.filename },
    stdio: 'pipe',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  child.stdout.destroy();
  child.stdin.end('g');
  const [status, signal] = await once(child, 'close');
  assert.equal(signal, null);
  assert.equal(status, 0, told);
  // Once by the bridge, once by Python itself as it ends.
  assert.equal(told.match(/BrokenPipeError/g)?.length, 2, told);
});
