// The ways in which Python code waits.

// `ask` calls JavaScript, in a thread, while the owner of the function waits as the code of a row says. What ends the
// wait comes from the thread itself once it has its answer, or it is the waiting time, which is longer than a test may
// take: then the answer has to come before.
export const prelude = `
import asyncio, concurrent.futures, os, queue, select, socket, subprocess, sys, threading, time
calls = 0
counting = threading.Lock()
def ask(then=lambda: None):
    global calls
    assert add(20, 22) == 42
    with counting: calls += 1
    then()
def thread(target): threading.Thread(target=target, daemon=True).start()
`;

export const waits: Record<string, string> = {
  'Thread.join': 't = threading.Thread(target=ask); t.start(); t.join()',
  'Queue.get': 'q = queue.Queue(); thread(lambda: ask(lambda: q.put(1))); q.get()',
  'SimpleQueue.get': 'q = queue.SimpleQueue(); thread(lambda: ask(lambda: q.put(1))); q.get()',
  'Lock.acquire': 'k = threading.Lock(); k.acquire(); thread(lambda: ask(k.release)); k.acquire()',
  'RLock.acquire': `
k = threading.RLock(); held = threading.Event()
def hold():
    with k: held.set(); ask()
thread(hold); held.wait(); k.acquire()`,
  'a with statement': `
k = threading.Lock(); held = threading.Event()
def hold():
    with k: held.set(); ask()
thread(hold); held.wait()
with k: pass`,
  'Condition.wait': `
c = threading.Condition()
def tell():
    with c: c.notify()
with c: thread(lambda: ask(tell)); c.wait()`,
  'Event.wait': 'e = threading.Event(); thread(lambda: ask(e.set)); e.wait()',
  'Event.wait with a limit': 'e = threading.Event(); thread(lambda: ask(e.set)); assert e.wait(100)',
  'Semaphore.acquire': 's = threading.Semaphore(0); thread(lambda: ask(s.release)); s.acquire()',
  'Barrier.wait': 'b = threading.Barrier(2); thread(lambda: ask(b.wait)); b.wait()',
  'Future.result': 'pool.submit(ask).result()',
  'ThreadPoolExecutor.map': 'list(pool.map(lambda _: ask(), range(4)))',
  'concurrent.futures.wait': 'concurrent.futures.wait([pool.submit(ask)])',
  'os.read on a pipe': `
r, w = os.pipe(); thread(lambda: ask(lambda: os.write(w, b"x"))); os.read(r, 1); os.close(r); os.close(w)`,
  'socket.recv': `
a, b = socket.socketpair(); thread(lambda: ask(lambda: b.send(b"x"))); a.recv(1); a.close(); b.close()`,
  'select.select': `
r, w = os.pipe(); thread(lambda: ask(lambda: os.write(w, b"x"))); select.select([r], [], []); os.close(r); os.close(w)`,
  'poll.poll': `
r, w = os.pipe(); thread(lambda: ask(lambda: os.write(w, b"x")))
p = select.poll(); p.register(r); p.poll(); os.close(r); os.close(w)`,
  'Popen.wait': 'p = subprocess.Popen(["sleep", "1000"]); thread(lambda: ask(p.kill)); p.wait()',
  'asyncio.run with to_thread': 'asyncio.run(asyncio.to_thread(ask))',
  'a busy loop': 'e = threading.Event(); thread(lambda: ask(e.set))\nwhile not e.is_set(): pass',
};
/** JavaScript that runs the round of a row so often and says that each call was served. */
export function rounds(name: string, times: number): string {
  const code = waits[name] as string;
  const round = `def round():\n    ${code.trim().replaceAll('\n', '\n    ')}`;
  return `
py.main.add = (a, b) => a + b;
py.exec(${JSON.stringify(`${prelude}pool = concurrent.futures.ThreadPoolExecutor(4)\n${round}`)});
for (let i = 0; i < ${times}; i++) py.main.round();
while (py.main.calls < ${times}) await new Promise((r) => setTimeout(r, 1));
console.log('served');
`;
}

/** Rows that start a process or a loop each time, or whose owner is interrupted after 50 ms of computing alone. */
export const slow = new Set(['Popen.wait', 'asyncio.run with to_thread', 'a busy loop']);
