// What discovery hands on: an installation of Python that can be loaded, or why one cannot.

/** A Python that this process can load. */
export interface Environment {
  /** What to put in argv[0]: a venv's own python, not what it links to, so that `sys.prefix` is the venv's. */
  executable: string;
  /** Full path of the shared library: libpythonX.Y[t][d].so, .dylib or pythonXY.dll. */
  library: string;
  /** `3.14.7` where the files tell the patch, at least `3.14`. */
  version: string;
  freeThreaded: boolean;
  debug: boolean;
  /** The folder of the venv, or of the installation where there is none. */
  prefix: string;
  /** The installation that holds the library. */
  basePrefix: string;
  /** Why it was looked at: `CADUCEUS_PYTHON`, `.venv in /x/y`, `PATH`, `pyenv`, … */
  source: string;
}

/** A place that was looked at and cannot be used. */
export interface Refusal {
  place: string;
  source: string;
  /** What was found there and what to do about it. */
  reason: string;
}

/** A place still to be looked at: an executable, a venv or an installation's folder. */
export interface Candidate {
  place: string;
  source: string;
}
