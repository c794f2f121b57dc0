// What is done with a process that hangs: dump its stacks, then end it with everything it started.

import { exists, run } from '../commands.ts';

/** The process and all that descend from it. */
export async function descendants(pid: number): Promise<number[]> {
  // A sanitizer's runtime, which the tests run under, is nothing for ps: it has hung in its first lines with one.
  const { LD_PRELOAD: _, ...env } = process.env;
  const { output } = await run('ps', ['-A', '-o', 'pid=,ppid='], env);
  const pairs = output
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const found = [pid];
  for (const parent of found) found.push(...pairs.filter(([, of]) => of === parent).map(([child]) => child));
  return found;
}

/** The stacks of every thread, of Python where py-spy is there and of native code where gdb is. */
export async function dumpStacks(pids: number[]): Promise<string> {
  const dumps: string[] = [];
  for (const pid of pids.slice(0, 3)) {
    if (exists('py-spy')) dumps.push((await run('py-spy', ['dump', '--pid', String(pid)])).output);
    if (exists('gdb')) {
      const batch = [
        '-p',
        String(pid),
        '-batch',
        '-nx',
        '-ex',
        'set pagination off',
        '-ex',
        'thread apply all bt 40',
      ];
      const { output } = await run('timeout', ['60', 'gdb', ...batch]);
      dumps.push(`stacks of process ${pid}:\n${busyThreads(output)}`);
    }
  }
  return dumps.length > 0 ? dumps.join('\n') : 'install gdb or py-spy to see the stacks here';
}

/** Without the threads in which Node's own pools wait for work. */
function busyThreads(output: string): string {
  const idle = /PlatformWorkerThread|StartIoThreadMain|DelayedTaskScheduler|in worker \(arg=0x0\)/;
  const threads = output
    .split(/^(?=Thread \d)/m)
    .filter((thread) => thread.startsWith('Thread ') && !idle.test(thread));
  const lines = threads.flatMap((thread) =>
    thread.split('\n').filter((line) => /^(Thread |#\d)(?!.* in \?\? \(\))/.test(line)),
  );
  return lines.map((line) => line.slice(0, 160)).join('\n') || output.slice(-1000);
}

/** Ends a process group and processes that left it. */
export function killTree(group: number, pids: number[]): void {
  for (const target of [-group, ...pids]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // It has ended in the meantime.
    }
  }
}
