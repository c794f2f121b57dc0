// From the start of the process to Caduceus's first result; prints the clock.

import { py } from 'caduceus';

if (py.import('math').sqrt(4) !== 2) throw new Error('Python cannot compute');
const atResult = process.hrtime.bigint();
console.log(JSON.stringify({ atResult: String(atResult) }));
