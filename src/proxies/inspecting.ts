import { createRequire } from 'node:module';
import type * as util from 'node:util';

/** The method that util.inspect, and console.log with it, asks an object for. */
export const inspectSymbol = Symbol.for('nodejs.util.inspect.custom');

/** `util.inspect`, loaded when it is first needed. */
export function inspect(value: unknown, options: util.InspectOptions): string {
  return (createRequire(import.meta.url)('node:util') as typeof util).inspect(value, options);
}
