import { createRequire } from 'node:module';
import type * as os from 'node:os';

/** `homedir()`, loaded when it is first needed: only what discovery looks at late lies there. */
export function homeFolder(): string {
  return (createRequire(import.meta.url)('node:os') as typeof os).homedir();
}
