import assert from 'node:assert/strict';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { nodeArguments, runCommand, runProgram } from '../support/program.ts';

const python = process.env.CADUCEUS_PYTHON ?? 'python3';

/** Runs the program with `input` typed at a terminal, each line once the program has said `ready`. */
async function typed(source: string, input: string): Promise<string> {
  const host = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
seen = b''
sent = False
while True:
    try: data = os.read(fd, 4096)
    except OSError: break
    if not data: break
    seen += data
    if not sent and b'ready' in seen:
        os.write(fd, sys.argv[1].encode())
        sent = True
sys.stdout.buffer.write(seen)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
  const ended = await runCommand(python, ['-c', host, input, process.execPath, ...nodeArguments(source)]);
  assert.equal(ended.status, 0, ended.stdout + ended.stderr);
  return ended.stdout.replaceAll('\r\n', '\n');
}

const touch = 'process.stdin.on("error", () => {}); process.stdin.isTTY; process.stdout.isTTY;';
const reading = (touched: boolean) => `
${touched ? touch : ''}
py.exec(\`
import sys
print('first', input())
print('second', repr(sys.stdin.readline()))
print('rest', repr(sys.stdin.read()))
print('none', repr(sys.stdin.read()))
try: input()
except EOFError as error: print('EOFError')
\`);`;
const expected = "first eins\nsecond 'zwei ü\\n'\nrest 'drei\\nvier'\nnone ''\nEOFError\n";
const input = 'eins\nzwei ü\ndrei\nvier';

describe('standard input', { concurrency: 2 }, () => {
  for (const touched of [false, true]) {
    const also = touched ? ', also after process.stdin was touched' : '';
    test(`from a pipe${also}`, async () => {
      const ended = await runProgram(reading(touched), { input });
      assert.deepEqual([ended.status, ended.stdout], [0, expected], ended.stderr);
    });

    test(`from a pipe that fills slowly${also}`, async () => {
      const slow = `(printf 'eins\\nzw'; sleep 0.2; printf 'ei ü\\ndrei\\n'; sleep 0.2; printf vier) | exec "$@"`;
      const args = ['-c', slow, 'sh', process.execPath, ...nodeArguments(reading(touched))];
      const ended = await runCommand('sh', args);
      assert.deepEqual([ended.status, ended.stdout], [0, expected], ended.stderr);
    });

    test(`from a file${also}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'caduceus-'));
      try {
        writeFileSync(join(folder, 'in'), input);
        const file = openSync(join(folder, 'in'), 'r');
        const ended = await runProgram(reading(touched), { stdio: [file, 'pipe', 'pipe'] });
        assert.deepEqual([ended.status, ended.stdout], [0, expected], ended.stderr);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test(`from a terminal${also}`, async () => {
      const source = `
        ${touched ? touch : ''}
        py.exec(\`
import sys
name = input('ready? ')
print('hello', name)
print('line', repr(sys.stdin.readline()))
print(sys.stdin.isatty(), sys.stdout.isatty())
\`);`;
      const seen = await typed(source, 'you\nmore\n');
      assert.match(seen, /ready\? /);
      assert.match(seen, /hello you\n/);
      assert.match(seen, /line 'more\\n'\nTrue True\n/);
    });
  }

  test('is large and binary', async () => {
    const ended = await runProgram(`py.exec('import sys; print(len(sys.stdin.buffer.read()))')`, {
      input: Buffer.alloc(3_000_000, 255),
    });
    assert.deepEqual([ended.status, ended.stdout], [0, '3000000\n'], ended.stderr);
  });

  test('is iterated in lines', async () => {
    const ended = await runProgram(`py.exec('import sys; print([len(line) for line in sys.stdin])')`, {
      input: 'a\nbc\n\n',
    });
    assert.deepEqual([ended.status, ended.stdout], [0, '[2, 3, 1]\n'], ended.stderr);
  });
});

describe('text is UTF-8 as in plain python', { concurrency: 2 }, () => {
  const settings = {
    'with nothing set': {
      LANG: undefined,
      LC_ALL: undefined,
      LC_CTYPE: undefined,
      PYTHONIOENCODING: undefined,
    },
    'with LC_ALL=C': { LANG: undefined, LC_ALL: 'C', LC_CTYPE: undefined },
    'with LANG=C.UTF-8': { LANG: 'C.UTF-8', LC_ALL: undefined, LC_CTYPE: undefined },
  };
  const code = `
import locale, sys
print('é ✓ 𝒳', input())
with open(sys.argv[-1], 'w') as file: print(file.encoding.lower())
print(sys.stdout.encoding, sys.stdin.encoding, sys.stderr.encoding, sys.stdout.errors, sys.stdin.errors)
print(sys.getfilesystemencoding(), sys.flags.utf8_mode, locale.getpreferredencoding(False).lower())
`;
  for (const [name, env] of Object.entries(settings)) {
    test(name, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'caduceus-'));
      try {
        const file = join(folder, 'file');
        const options = { env, input: 'ü\n' };
        const plain = await runCommand(python, ['-c', code, file], options);
        const source = `start({ argv: ['x', ${JSON.stringify(file)}] }); py.exec(${JSON.stringify(code)});`;
        const ours = await runProgram(source, options);
        assert.equal(plain.status, 0, plain.stderr);
        assert.equal(ours.stdout, plain.stdout, ours.stderr);
        assert.match(ours.stdout, /^é ✓ 𝒳 ü\nutf-8\n/);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});
