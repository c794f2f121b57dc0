// Who of a stress run gets on, read from its lines of progress.

/** An actor whose count stands still for so long hangs. */
const limit = 70_000;

/** Whether everybody gets on: main, each Python thread, each worker. */
export class Progress {
  readonly #last = new Map<string, { count: string; since: number }>();

  read(line: string): void {
    const [, main, threads = '', workers = ''] =
      /main (\d+) threads ([\d ]*) workers ([\d: ]*)/.exec(line) ?? [];
    const counts = new Map<string, string>([['the main thread', main ?? '']]);
    for (const [index, count] of threads.split(' ').entries()) counts.set(`Python thread ${index}`, count);
    for (const worker of workers.trim().split(' ')) counts.set(`worker ${worker.split(':')[0]}`, worker);
    for (const [who, count] of counts) {
      if (this.#last.get(who)?.count !== count) this.#last.set(who, { count, since: Date.now() });
    }
    for (const who of this.#last.keys()) if (!counts.has(who)) this.#last.delete(who);
  }

  stuck(): string | undefined {
    for (const [who, { since }] of this.#last) if (Date.now() - since > limit) return `${who} did not get on`;
    return undefined;
  }
}
