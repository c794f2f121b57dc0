// What an installation's own _sysconfigdata file says about how it was built, read as text.

import { join } from 'node:path';
import type { Build } from './build.ts';
import { listFolder } from './list-folder.ts';
import { readText } from './read-text.ts';

export interface BuildFacts {
  /** The folder these facts were read from. */
  standardLibrary: string;
  shared: boolean;
  /** As configured: an installation that was moved or unpacked elsewhere still names the old place. */
  libraryFolder: string | undefined;
  libraryName: string | undefined;
  linkName: string | undefined;
  frameworkFolder: string | undefined;
}

/** Costs a fifth of a millisecond; asked only when the library is not where it usually is. */
export function readBuildFacts(standardLibrary: string, build: Build): BuildFacts | undefined {
  const flags = `${build.freeThreaded ? 't' : ''}${build.debug ? 'd' : ''}`;
  const name = listFolder(standardLibrary).find((file) => file.startsWith(`_sysconfigdata_${flags}_`));
  const text = name === undefined ? undefined : readText(join(standardLibrary, name));
  if (text === undefined) return undefined;
  return {
    standardLibrary,
    shared: /'Py_ENABLE_SHARED': 1/.test(text) || textOf(text, 'PYTHONFRAMEWORK') !== undefined,
    libraryFolder: textOf(text, 'LIBDIR'),
    libraryName: textOf(text, 'INSTSONAME'),
    linkName: textOf(text, 'LDLIBRARY'),
    frameworkFolder: textOf(text, 'PYTHONFRAMEWORKPREFIX'),
  };
}

function textOf(data: string, key: string): string | undefined {
  return new RegExp(`'${key}': '([^']+)'`).exec(data)?.[1];
}
