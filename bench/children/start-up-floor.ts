// How long Python's own start, first result and end take when an addon does nothing else; prints nanoseconds.

import { loadFloor } from '../floor/floor.ts';

const [executable = '', floorPath = ''] = process.argv.slice(2);
const before = process.hrtime.bigint();
const floor = loadFloor(floorPath);
floor.init(executable);
if (floor.callMethodFloat(floor.importModule('math'), floor.intern('sqrt'), 4) !== 2) {
  throw new Error('Python cannot compute');
}
const started = process.hrtime.bigint();
floor.finish();
const finished = process.hrtime.bigint();
console.log(JSON.stringify({ start: Number(started - before), end: Number(finished - started) }));
