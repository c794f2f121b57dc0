import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { after, describe, test } from 'node:test';
import { type Ended, type ProgramOptions, runCommand } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'caduceus-program-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const command = resolve('dist/cli.cjs');

/** `caduceus …` in the folder. */
function caduceus(args: string[], options: ProgramOptions = {}): Promise<Ended> {
  return runCommand(process.execPath, [command, ...args], { cwd: folder, ...options });
}

/** Writes a program and runs it. */
function program(
  name: string,
  source: string,
  args: string[] = [],
  options?: ProgramOptions,
): Promise<Ended> {
  writeFileSync(join(folder, name), source);
  return caduceus([name, ...args], options);
}

const told = ({ status, stdout, stderr }: Ended) => ({ status, stdout, stderr });

/** Sends a signal when the program has printed `ready`. */
const whenReady = (signal: NodeJS.Signals) => (child: ChildProcess) => {
  child.stdout?.on('data', (data) => {
    if (String(data).includes('ready')) setTimeout(() => child.kill(signal), 50);
  });
};

describe('a Python program', { concurrency: 2 }, () => {
  test('runs as __main__, on the main thread, with its arguments and its folder first', async () => {
    const ended = await program(
      'first.py',
      `
import os, sys, threading
print(sys.argv, __name__, threading.current_thread() is threading.main_thread())
print(sys.path[0] == os.path.dirname(__file__), sys.flags.dev_mode, os.path.basename(sys.executable))
`,
      ['x', '-m', '--y'],
    );
    assert.deepEqual(told(ended), {
      status: 0,
      stdout: "['first.py', 'x', '-m', '--y'] __main__ True\nTrue False python.cjs\n",
      stderr: '',
    });
  });

  test('uses JavaScript, whose loop turns meanwhile', async () => {
    const ended = await program(
      'loop.py',
      `
import asyncio, time
from caduceus import js, on_js, require
import threading
ticks = []
timer = js.setInterval(lambda: ticks.append(threading.current_thread() is not threading.main_thread()), 2)
time.sleep(0.3)
print(len(ticks) > 10, all(ticks))
async def main():
    later = js.eval("(value, ms) => new Promise((resolve) => setTimeout(() => resolve(value), ms))")
    print(await later("later", 20), await asyncio.gather(later(1, 20), later(2, 1)))
asyncio.run(main())
print(on_js(lambda: threading.current_thread() is threading.main_thread()))
print(on_js(lambda n, *, k: [n, k], 1, k={"a": None}))
try: on_js(lambda: 1 / 0)
except ZeroDivisionError as error: print(error)
print(require("node:path").basename("/a/b"), js.Math.max(1, 2))
`,
    );
    assert.deepEqual(told(ended), {
      status: 0,
      stdout: "True True\nlater [1, 2]\nFalse\n[1, {'a': None}]\ndivision by zero\nb 2\n",
      stderr: '',
    });
  });

  test('may be a module, a text, what comes from stdin, a folder or an archive', async () => {
    mkdirSync(join(folder, 'pack'), { recursive: true });
    writeFileSync(
      join(folder, 'pack/__main__.py'),
      'import sys; print("main of", __package__, sys.argv[1:])',
    );
    assert.equal((await caduceus(['-m', 'pack', 'a'])).stdout, "main of pack ['a']\n");
    assert.equal((await caduceus(['pack', 'b'])).stdout, "main of  ['b']\n");
    assert.equal(
      (await caduceus(['-cprint(1); import sys; print(sys.argv)', 'c'])).stdout,
      "1\n['-c', 'c']\n",
    );
    assert.equal((await caduceus(['-Bc', 'import sys; print(sys.path[0] == "")'])).stdout, 'True\n');
    assert.equal((await caduceus(['-'], { input: 'print(__name__)' })).stdout, '__main__\n');
    assert.equal((await caduceus([], { input: 'print(2)' })).stdout, '2\n');
    const bytes = "import zipfile; zipfile.ZipFile('z.zip', 'w').writestr('__main__.py', 'print(\"zip\")')";
    assert.equal((await caduceus(['-c', bytes])).status, 0);
    assert.equal((await caduceus(['z.zip'])).stdout, 'zip\n');
  });

  test("takes python's options", async () => {
    const code = 'import sys; print(sys.flags.dev_mode, sys.warnoptions[-1], sys.flags.isolated)';
    assert.equal((await caduceus(['-X', 'dev', '-W', 'error', '-I', '-c', code])).stdout, 'True error 1\n');
    assert.match((await caduceus(['-V'])).stdout, /^Python 3\.\d+\.\d+/);
    const wrong = await caduceus(['--no-such-option']);
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /[Uu]nknown option/);
    writeFileSync(join(folder, 'x.py'), 'no python\nprint("second line")');
    assert.equal((await caduceus(['-x', 'x.py'])).stdout, 'second line\n');
  });

  test('ends with the status that python has', async () => {
    const status = async (code: string) => told(await caduceus(['-c', code]));
    assert.deepEqual(await status('import sys; sys.exit(3)'), { status: 3, stdout: '', stderr: '' });
    assert.deepEqual(await status('raise SystemExit'), { status: 0, stdout: '', stderr: '' });
    assert.deepEqual(await status('import sys; sys.exit("why")'), { status: 1, stdout: '', stderr: 'why\n' });
    const failed = await program('fails.py', 'def f(): raise ValueError("no")\nf()');
    assert.equal(failed.status, 1);
    assert.match(
      failed.stderr,
      /^Traceback \(most recent call last\):\n {2}File ".*fails\.py", line 2, in <module>/,
    );
    assert.match(failed.stderr, /\nValueError: no\n$/);
    assert.equal((await caduceus(['./none.py'])).status, 2);
  });

  test('joins its threads and runs its exit work, which may use JavaScript', async () => {
    const ended = await program(
      'exits.py',
      `
import atexit, threading, time
from caduceus import js
atexit.register(lambda: print("exit work", js.Math.max(1, 2)))
def work():
    time.sleep(0.2)
    print("thread", js.Math.max(3, 4))
threading.Thread(target=work).start()
print("end")
`,
    );
    assert.deepEqual(told(ended), { status: 0, stdout: 'end\nthread 4\nexit work 2\n', stderr: '' });
  });

  test('keeps the order of what both languages print', async () => {
    const ended = await program(
      'prints.py',
      'from caduceus import js\nfor i in range(3):\n    print("python", i)\n    js.console.log("javascript", i)\n',
    );
    assert.equal(ended.stdout, [0, 1, 2].map((i) => `python ${i}\njavascript ${i}\n`).join(''));
  });

  test("ends when JavaScript ends the process, with Python's exit work", async () => {
    const source = `
import atexit, sys, time
from caduceus import js
atexit.register(lambda: print("exit work", flush=True))
js.eval(sys.argv[1])
time.sleep(60)
`;
    const exits = await program('ends.py', source, ['setTimeout(() => process.exit(4), 20)']);
    assert.deepEqual(told(exits), { status: 4, stdout: 'exit work\n', stderr: '' });
    const throws = await program('ends.py', source, ['setTimeout(() => { throw new Error("boom"); }, 20)']);
    assert.equal(throws.status, 1);
    assert.equal(throws.stdout, 'exit work\n');
    assert.match(throws.stderr, /boom/);
    const inside = await program('ends.py', source, ['process.exit(5)']);
    assert.deepEqual([inside.status, inside.stdout], [5, 'exit work\n']);
  });

  test('ends though JavaScript is busy for ever', async () => {
    const ended = await program(
      'busy.py',
      'import time\nfrom caduceus import js\njs.eval("setTimeout(() => { for (;;); }, 20)")\ntime.sleep(0.2)\nraise SystemExit(6)',
    );
    assert.equal(ended.status, 6);
  });

  test('has KeyboardInterrupt for SIGINT, and dies of it where nobody catches it', async () => {
    const source = `
import atexit, sys, time
atexit.register(lambda: print("exit work", flush=True))
print("ready", flush=True)
try: time.sleep(60)
except KeyboardInterrupt:
    print("caught", flush=True)
    if len(sys.argv) > 1: sys.exit(7)
    raise
`;
    const caught = await program('interrupted.py', source, ['x'], { meanwhile: whenReady('SIGINT') });
    assert.deepEqual(told(caught), { status: 7, stdout: 'ready\ncaught\nexit work\n', stderr: '' });
    const dies = await program('interrupted.py', source, [], { meanwhile: whenReady('SIGINT') });
    assert.deepEqual([dies.signal, dies.stdout], ['SIGINT', 'ready\ncaught\nexit work\n']);
    assert.match(dies.stderr, /KeyboardInterrupt\n$/);
  });

  test('handles signals on its main thread, and SIGTERM by default ends it at once', async () => {
    const source = `
import atexit, signal, sys, threading, time
atexit.register(lambda: print("exit work", flush=True))
def handler(number, frame):
    print(number == signal.SIGTERM, threading.current_thread() is threading.main_thread(), flush=True)
    sys.exit(8)
if len(sys.argv) > 1: signal.signal(signal.SIGTERM, handler)
print("ready", flush=True)
time.sleep(60)
`;
    const handled = await program('handles.py', source, ['x'], { meanwhile: whenReady('SIGTERM') });
    assert.deepEqual(told(handled), { status: 8, stdout: 'ready\nTrue True\nexit work\n', stderr: '' });
    const dies = await program('handles.py', source, [], { meanwhile: whenReady('SIGTERM') });
    assert.deepEqual([dies.signal, dies.stdout], ['SIGTERM', 'ready\n']);
  });

  test('starts processes that are programs like itself', async () => {
    const ended = await program(
      'children.py',
      `
import concurrent.futures, multiprocessing, os, subprocess, sys
def square(n):
    from caduceus import js
    return js.Math.pow(n, 2)
def imports(n):
    import caduceus
    try: caduceus.js
    except RuntimeError as error: return "forked" in str(error)
if __name__ == "__main__":
    code = "from caduceus import js; print(js.Math.max(4, 5)); raise SystemExit(9)"
    print(subprocess.run([sys.executable, "-c", code]).returncode, flush=True)
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=spawn) as executor:
        print(list(executor.map(square, range(4))))
    server = multiprocessing.get_context("forkserver")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=server) as executor:
        print(list(executor.map(imports, range(2))))
`,
      [],
      { limit: 60, env: { PYTHONWARNINGS: 'ignore' } },
    );
    assert.deepEqual(told(ended), {
      status: 0,
      stdout: '5\n9\n[0, 1, 4, 9]\n[True, True]\n',
      stderr: '',
    });
  });

  test('stays at a prompt after -i, and reads what is typed', async () => {
    writeFileSync(join(folder, 'before.py'), 'value = 41\nraise SystemExit(3)');
    const ended = await caduceus(['-i', '-q', 'before.py'], {
      input: 'print(value + 1)\nraise SystemExit(4)\n',
    });
    assert.equal(ended.status, 4);
    assert.match(ended.stdout, /42/);
    const shown = await caduceus(['-i'], { input: 'from caduceus import js\njs.Math.max(1, 7)\n' });
    assert.equal(shown.status, 0, shown.stderr);
    assert.match(shown.stdout, /\b7\b/);
  });

  test(`names ${basename(command)}'s way for what is none`, async () => {
    const ended = await caduceus(['nonsense']);
    assert.equal(ended.status, 2);
    assert.match(ended.stderr, /there is no command nonsense, nor a file of that name/);
  });
});
