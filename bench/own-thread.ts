// A Python program, whose thread is not JavaScript's: what it asks of a JavaScript object has to go there and back.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { inRoot } from '../scripts/files.ts';
import { childEnvironment } from './contestant.ts';
import type { Interpreter } from './interpreters.ts';
import { duration, type Row, times } from './row.ts';
import { median, quantile } from './statistics.ts';

/** Nanoseconds an operation, one number a round. */
type Operation = 'attribute' | 'method' | 'item';

const most = 5_000;
const operations = 10_000;
const limitMilliseconds = 180_000;

const program = `
import json, sys, time
from caduceus import js

rounds, count = int(sys.argv[1]), int(sys.argv[2])
counter = js.Function("return new (class { x = 7; add(n) { return this.x + n; } })()")()
array = js.Function("n", "return Array.from({ length: n }, (_, i) => i)")(count)

def attribute():
    for _ in range(count): counter.x

def method():
    for _ in range(count): counter.add(1)

def item():
    last = -1
    for last in array: pass
    assert last == count - 1

found = {"attribute": [], "method": [], "item": []}
for round in range(rounds + 1):
    for name, times in found.items():
        begun = time.perf_counter_ns()
        globals()[name]()
        if round: times.append((time.perf_counter_ns() - begun) / count)
print(json.dumps(found))
`;

export async function measureOwnThread({ executable }: Interpreter, rounds: number): Promise<Row[]> {
  const args = [inRoot('dist/cli.cjs'), '-c', program, String(rounds), String(operations)];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: childEnvironment(executable),
    timeout: limitMilliseconds,
  });
  const found: Record<Operation, number[]> = JSON.parse(stdout);
  const row = (title: string, name: Operation, figure = ''): Row => ({
    title: `in a Python program: ${title}`,
    caduceus: duration(median(found[name])),
    floor: '',
    figure: figure || `(${duration(quantile(found[name], 0.1))} to ${duration(quantile(found[name], 0.9))})`,
    target: duration(most),
    met: median(found[name]) <= most,
  });
  const hops = times(median(found.item) / median(found.attribute));
  return [
    row('`o.x`', 'attribute'),
    row('`o.add(1)`', 'method'),
    row('`for x in array`, each item', 'item', `${hops} of \`o.x\``),
  ];
}
