// A node:test reporter that appends one line of JSON per event, written at once, so that what ran before a crash
// is known after it.

import { openSync, readFileSync, writeSync } from 'node:fs';
import { inspect } from 'node:util';

const file = openSync(process.env.CADUCEUS_TEST_REPORT, 'a');
const write = (event) => writeSync(file, `${JSON.stringify(event)}\n`);

/** Yields nothing: the events go to the file. */
export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type === 'test:start') write({ type: 'start', name: data.name, nesting: data.nesting });
    if (type === 'test:pass' || type === 'test:fail') write(result(type, data));
    if (type === 'test:diagnostic' && !isSummary(data.message)) write({ type: 'note', text: data.message });
  }
  write({ type: 'end', cpu: cpuSeconds() });
}

/** What this process and the children that have ended took; where there is no /proc, this process alone. */
function cpuSeconds() {
  if (process.platform !== 'linux') {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

function isSummary(message) {
  return /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message);
}

function result(type, { name, nesting, skip, todo, details }) {
  const failure = details?.error;
  const base = {
    type: type.slice('test:'.length),
    name,
    nesting,
    suite: details?.type === 'suite',
    ms: details?.duration_ms,
  };
  const skipped = skip !== undefined && skip !== false;
  const reason = typeof skip === 'string' ? skip : '';
  const soft = todo !== undefined && todo !== false;
  if (type === 'test:pass' || !failure) return { ...base, skipped: skipped || soft, reason };
  // A parent fails with its children: they are the failures.
  const inherited = failure.failureType === 'subtestsFailed';
  return { ...base, skipped: soft, inherited, error: inspect(failure.cause ?? failure, { depth: 4 }) };
}
