// `npm run build`: the native addon, the bundles and the declarations, each only when its inputs changed.
// --native, --bundle, --types pick steps; --sanitize=address|undefined|thread builds only such a native addon.

import { parseArgs } from 'node:util';
import { buildBundles } from './build/bundle.ts';
import { buildDeclarations } from './build/declarations.ts';
import { buildNative, isSanitizer } from './build/native.ts';

const { values } = parseArgs({
  options: {
    native: { type: 'boolean' },
    bundle: { type: 'boolean' },
    types: { type: 'boolean' },
    sanitize: { type: 'string' },
  },
});

if (values.sanitize !== undefined && !isSanitizer(values.sanitize)) {
  console.error(`--sanitize=${values.sanitize}: expected address, undefined or thread`);
  process.exit(2);
}

const { native, bundle, types, sanitize } = values;
const all = !(native || bundle || types || sanitize);
const started = performance.now();
try {
  if (all || native || sanitize) await buildNative(sanitize);
  if (all || bundle) await buildBundles();
  if (all || types) await buildDeclarations();
  console.log(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
