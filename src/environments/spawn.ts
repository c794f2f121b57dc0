import type * as childProcess from 'node:child_process';
import { createRequire } from 'node:module';

/** `spawnSync`, loaded when it is first needed: starting Python rarely asks an interpreter anything. */
export const spawnSync: typeof childProcess.spawnSync = ((
  ...args: Parameters<typeof childProcess.spawnSync>
) =>
  (createRequire(import.meta.url)('node:child_process') as typeof childProcess).spawnSync(
    ...args,
  )) as typeof childProcess.spawnSync;
