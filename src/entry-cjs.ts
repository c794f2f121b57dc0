// dist/index.cjs.

import { loadBundle } from './load-bundle.ts';

declare const __dirname: string;
declare const module: { exports: unknown };
declare const require: NodeJS.Require;

// Not an export: a program's start would pay for the functions that turn exports into a CommonJS module's.
module.exports = loadBundle(__dirname, require) ?? require('./bundle.cjs');
