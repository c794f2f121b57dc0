// A bundle of its own, which few programs load. Node has no public way to resolve an ES module's specifier from a folder,
// and what runs from compiled code that was kept (src/load-bundle.ts) cannot import.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolve } from 'import-meta-resolve';

/** The URL that an ES module in `folder` would import for `specifier`. Throws ERR_MODULE_NOT_FOUND where there is none. */
export function resolveFrom(folder: string, specifier: string): string {
  return resolve(specifier, pathToFileURL(join(folder, 'index.js')).href);
}

/** A promise of the module's namespace. */
export function importUrl(url: string): Promise<object> {
  return import(url);
}
