// Python in this very process, started through the public door as every program does it.

import { py } from '../index.ts';

export interface Running {
  version: string;
  executable: string;
  library: string;
  prefix: string;
  freeThreaded: boolean;
  gilEnabled: boolean;
  gilEnabledBy: string | null;
  /** The native core that is loaded; undefined where the runtime has no diagnostic report. */
  nativeLibrary: string | undefined;
  /** A module's attribute as text; throws what importing throws. */
  read(module: string, attribute: string): string;
}

/** Whatever goes wrong is what `doctor` is there to tell: it is handed back, not thrown. */
export function startHere(): Running | { failure: unknown } {
  try {
    const { version, executable, library, prefix, freeThreaded, gilEnabled, gilEnabledBy } = py.info;
    return {
      version,
      executable,
      library,
      prefix,
      freeThreaded,
      gilEnabled,
      gilEnabledBy,
      nativeLibrary: loadedLibraries().find((file) => file.endsWith('.node')),
      read: (module, attribute) => String(py.import(module)[attribute]),
    };
  } catch (failure) {
    return { failure };
  }
}

/** What the loader has, not what ought to be there: an old build lying about would show. */
function loadedLibraries(): string[] {
  const report: unknown = process.report?.getReport();
  const { sharedObjects } = (report ?? {}) as { sharedObjects?: string[] };
  return sharedObjects ?? [];
}
