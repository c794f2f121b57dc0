import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

const imports = "import { py, kw, at, PythonError, BridgeError } from 'caduceus';";

/** What a child process that ran `code` printed. It must end by itself, within the limit, with this status. */
export function runChild(
  code: string,
  { status = 0, seconds = 60 } = {},
): { stdout: string; stderr: string } {
  const child = spawnSync(
    process.execPath,
    ['--expose-gc', '--input-type=module', '-e', `${imports}\n${code}`],
    {
      encoding: 'utf8',
      timeout: seconds * 1000,
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 28,
    },
  );
  const told = `status ${child.status}, signal ${child.signal}\n${child.stdout.slice(-4000)}\n${child.stderr.slice(-4000)}`;
  assert.equal(child.signal, null, told);
  assert.equal(child.status, status, told);
  return child;
}

/**
 * What each piece of code throws, `name: message`, all in one child process in which Python must go on after each;
 * or `=` and what it returns.
 */
export function outcomes<T extends Record<string, string>>(cases: T): Record<keyof T, string> {
  const bodies = Object.entries(cases).map(([name, code]) => `[${JSON.stringify(name)}, () => { ${code} }]`);
  const { stdout } = runChild(`
    for (const [name, run] of [${bodies.join(',\n')}]) {
      console.error('running', name);
      let told;
      try { told = '= ' + run(); } catch (error) { told = error?.name + ': ' + error?.message; }
      if (py.eval('1 + 1') !== 2) throw new Error('Python does not go on after ' + name);
      console.log(JSON.stringify([name, told]));
    }
  `);
  const lines = stdout.split('\n').filter((line) => line.startsWith('['));
  return Object.fromEntries(lines.map((line) => JSON.parse(line))) as Record<keyof T, string>;
}
