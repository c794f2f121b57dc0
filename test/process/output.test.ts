import assert from 'node:assert/strict';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { nodeArguments, runCommand, runProgram } from '../support/program.ts';

const python = process.env.CADUCEUS_PYTHON ?? 'python3';

/** Runs a program whose standard output is a pipe that is read late and slowly, and returns what came out. */
async function throughSlowPipe(source: string, stream = 'stdout'): Promise<string> {
  const reader = `
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], ${stream}=subprocess.PIPE)
time.sleep(0.3)
pipe = child.${stream}
while data := pipe.read1(20000):
    sys.stdout.buffer.write(data)
    time.sleep(0.001)
sys.exit(child.wait())
`;
  const ended = await runCommand(python, ['-c', reader, process.execPath, ...nodeArguments(source)]);
  assert.equal(ended.status, 0, ended.stderr);
  return ended.stdout;
}

async function intoFile(source: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'caduceus-'));
  try {
    const file = openSync(join(folder, 'out'), 'w');
    const ended = await runProgram(source, { stdio: ['ignore', file, 'pipe'] });
    assert.equal(ended.status, 0, ended.stderr);
    return readFileSync(join(folder, 'out'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** On a terminal: both streams are the same one. */
async function onTerminal(source: string, input = ''): Promise<string> {
  const host = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
os.write(fd, sys.argv[1].encode())
while True:
    try: data = os.read(fd, 4096)
    except OSError: break
    if not data: break
    sys.stdout.buffer.write(data)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
  const ended = await runCommand(python, ['-c', host, input, process.execPath, ...nodeArguments(source)]);
  assert.equal(ended.status, 0, ended.stdout + ended.stderr);
  return ended.stdout.replaceAll('\r\n', '\n');
}

const ordered = `
console.log('js 0');
for (let i = 1; i <= 300; i++) {
  py.main.i = i;
  py.exec('print("py", i)');
  process.stdout.write('js ' + i + '\\n');
  if (i % 3 === 0) py.exec('import sys; _ = sys.stdout.buffer.write(b"raw %d\\\\n" % i)');
  if (i % 5 === 0) py.exec('print("part", i, end="")');
  if (i % 5 === 0) console.log(' end');
}
py.exec('print("last", end="")');
`;
const inOrder = [
  'js 0\n',
  ...Array.from({ length: 300 }, (_, index) => {
    const i = index + 1;
    return `py ${i}\njs ${i}\n${i % 3 === 0 ? `raw ${i}\n` : ''}${i % 5 === 0 ? `part ${i} end\n` : ''}`;
  }),
  'last',
].join('');

describe("Python's output is whole and in order with JavaScript's", { concurrency: 2 }, () => {
  for (const [where, run] of [
    ['a slow pipe', throughSlowPipe],
    ['a file', intoFile],
    ['a terminal', onTerminal],
  ] as const) {
    test(`in ${where}`, async () => assert.equal(await run(ordered), inOrder));

    test(`in ${where}, a megabyte in one piece and in lines`, async () => {
      const text = await run(`
        console.log('begin');
        py.exec('print("x" * 600_000)');
        console.log('middle');
        py.exec('for i in range(50_000): print(f"{i:07}")');
        console.log('end');
      `);
      const lines = Array.from({ length: 50_000 }, (_, i) => String(i).padStart(7, '0')).join('\n');
      const expected = `begin\n${'x'.repeat(600_000)}\nmiddle\n${lines}\nend\n`;
      assert.equal(text.length, expected.length);
      assert.ok(text === expected);
    });
  }

  test('on standard error', async () => {
    const source = `
      console.error('begin');
      py.exec('import sys; print("e" * 200_000, file=sys.stderr); sys.stderr.write("part ")');
      console.error('end');
    `;
    assert.equal(await throughSlowPipe(source, 'stderr'), `begin\n${'e'.repeat(200_000)}\npart end\n`);
  });

  test('from Python threads', async () => {
    const text = await throughSlowPipe(`
      console.log('begin');
      py.exec(\`
import threading
def work(name):
    for i in range(5000): print(f'{name}{i:05}' + 'x' * 20)
threads = [threading.Thread(target=work, args=(name,)) for name in 'abc']
for t in threads: t.start()
for t in threads: t.join()
\`);
      console.log('end');
    `);
    const lines = text.trimEnd().split('\n');
    const of = (name: string) => lines.join('').match(new RegExp(`${name}\\d{5}`, 'g'))?.length;
    assert.deepEqual(
      [lines.at(0), lines.at(-1), of('a'), of('b'), of('c')],
      ['begin', 'end', 5000, 5000, 5000],
    );
  });

  test('from a thread that goes on while JavaScript is idle, at the end', async () => {
    const text = await throughSlowPipe(`
      console.log('begin');
      py.exec(\`
import threading, time
def work():
    for i in range(3):
        time.sleep(0.02)
        print('thread', i)
threading.Thread(target=work).start()
\`);
    `);
    assert.equal(text, 'begin\nthread 0\nthread 1\nthread 2\n');
  });

  test('with flush=True at once, also inside a call', async () => {
    const text = await throughSlowPipe(`
      const { writeSync } = require('node:fs');
      py.main.js = () => { writeSync(1, 'js\\n'); };
      py.exec('print("one", end=" ", flush=True); js(); print("two"); js()');
    `);
    assert.equal(text, 'one js\ntwo\njs\n');
  });

  test('of a subprocess that inherits it', async () => {
    const text = await throughSlowPipe(`
      console.log('begin');
      py.exec(\`
import os, subprocess, sys
print('before')
sys.stdout.flush()
child = [sys.executable, '-c', 'print("child " + "y" * 100_000)']
subprocess.run(child, check=True)
subprocess.run(child, check=True, close_fds=False)
assert os.system(f"{sys.executable} -c 'print(1)'") == 0
assert subprocess.run(['cat'], check=True).returncode == 0
if (pid := os.fork()) == 0: os.execvp('echo', ['echo', 'forked'])
os.waitpid(pid, 0)
print('after')
\`);
      console.log('end');
    `);
    assert.equal(text, `begin\nbefore\n${`child ${'y'.repeat(100_000)}\n`.repeat(2)}1\nforked\nafter\nend\n`);
  });

  test('when Python replaces sys.stdout', async () => {
    const text = await throughSlowPipe(`
      py.exec(\`
import contextlib, io, sys
into = io.StringIO()
with contextlib.redirect_stdout(into): print('hidden')
print('shown', repr(into.getvalue()))
sys.stdout = io.StringIO()
print('hidden too')
sys.stdout = sys.__stdout__
print('again')
\`);
      console.log('end');
    `);
    assert.equal(text, "shown 'hidden\\n'\nagain\nend\n");
  });

  test('where standard output is closed, as in plain python', async () => {
    const program = `process.stdout; py.exec('import sys; print("x"); print(sys.stdout, file=sys.stderr)')`;
    const shell = `exec "$@" >&-`;
    const ended = await runCommand('sh', ['-c', shell, 'sh', process.execPath, ...nodeArguments(program)]);
    assert.equal(ended.status, 0, ended.stderr);
  });

  test('where the reader of a pipe goes away: BrokenPipeError, no hang', async () => {
    const program = `
      process.stdout.on('error', () => {});
      try { py.exec('while True: print("x" * 10000)'); } catch (error) { console.error(error.name); process.exit(7); }`;
    const shell = `{ "$@"; echo "status $?" >&2; } | head -c 100 > /dev/null`;
    const ended = await runCommand('sh', ['-c', shell, 'sh', process.execPath, ...nodeArguments(program)]);
    assert.match(ended.stderr, /^BrokenPipeError$/m);
    assert.match(ended.stderr, /^status 7$/m);
  });
});
