// One candidate: an environment that can be loaded, or the reason why it cannot.

import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Answer, ask } from './ask.ts';
import { baseExecutable } from './base-executable.ts';
import { type Build, unsupported } from './build.ts';
import type { Candidate, Environment, Refusal } from './environment.ts';
import { exactVersion } from './exact-version.ts';
import { executableAt } from './executable-at.ts';
import { fileHead } from './file-head.ts';
import { identify } from './identify.ts';
import { locateLibrary } from './library.ts';
import { foreignMachine } from './machine-type.ts';
import { resolveShim } from './pyenv-shim.ts';
import { noLibrary, otherImplementation, systemStub } from './refusal-reasons.ts';
import type { Surroundings } from './surroundings.ts';
import { venvConfigOf } from './venv-config.ts';

/** `exact` starts the interpreter for its patch release where no file tells it. */
export function examine(
  candidate: Candidate,
  surroundings: Surroundings,
  exact: boolean,
): Environment | Refusal {
  const { place, source } = candidate;
  const outcome = lookOrRefuse(place, surroundings, exact);
  return 'reason' in outcome ? { place, source, ...outcome } : { ...outcome, source };
}

/** What the system does not let us look at is no reason to look no further. */
function lookOrRefuse(place: string, surroundings: Surroundings, exact: boolean): Outcome {
  try {
    return look(place, surroundings, exact);
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    return { reason: `the system does not let it be looked at (${message})` };
  }
}

type Outcome = Omit<Environment, 'source'> | { reason: string };

/** Enough for the dynamic section of a small executable and for the load commands of a macOS one. */
const headSize = 32_768;

function look(place: string, surroundings: Surroundings, exact: boolean): Outcome {
  const at = executableAt(place);
  if ('reason' in at) return at;
  const { executable } = at;
  const stub = systemStub(executable);
  if (stub !== undefined) return { reason: stub };
  const real = realpathSync.native(executable);
  const head = fileHead(real, headSize);
  if (head.toString('latin1', 0, 2) === '#!') {
    const shim = resolveShim(executable, head, surroundings);
    if (shim === undefined) return byAsking(executable);
    return 'reason' in shim ? shim : look(shim.executable, surroundings, exact);
  }
  const resolved = baseExecutable(real);
  if ('reason' in resolved) return resolved;
  return fromFiles(executable, resolved.base, head, exact) ?? byAsking(executable);
}

/** Undefined when the files leave open which build this is or where its library lies. */
function fromFiles(executable: string, base: string, head: Buffer, exact: boolean): Outcome | undefined {
  const other = otherImplementation(base);
  if (other !== undefined) return { reason: other };
  const basePrefix = process.platform === 'win32' ? dirname(base) : dirname(dirname(base));
  const build = identify(base, head, basePrefix);
  if (build === undefined) return undefined;
  const refused = unsupported(build);
  if (refused !== undefined) return { reason: refused };
  const located = locateLibrary(basePrefix, build);
  if (located === undefined || 'reason' in located) return located;
  const version = exactVersion(basePrefix, build) ?? (exact ? versionByAsking(executable) : undefined);
  return accepted(executable, basePrefix, build, located.library, version);
}

function byAsking(executable: string): Outcome {
  const answer = ask(executable);
  if ('reason' in answer) return answer;
  const { build, basePrefix, version } = answer;
  const refused = otherImplementation(answer.implementation) ?? unsupported(build);
  if (refused !== undefined) return { reason: refused };
  const library = answer.libraries.find((file) => existsSync(file)) ?? usualLibrary(answer);
  if (library === undefined) return { reason: noLibrary(build, answer.libraries.length > 0, basePrefix) };
  // Behind a wrapper or a shim stands another executable; a venv's own python stays what it is.
  const own = venvConfigOf(executable) || !answer.executable ? executable : answer.executable;
  return accepted(own, basePrefix, build, library, version);
}

function usualLibrary({ basePrefix, build }: Answer): string | undefined {
  const located = locateLibrary(basePrefix, build);
  return located && 'library' in located ? located.library : undefined;
}

function versionByAsking(executable: string): string | undefined {
  const answer = ask(executable);
  return 'reason' in answer ? undefined : answer.version;
}

function accepted(
  executable: string,
  basePrefix: string,
  build: Build,
  library: string,
  version?: string,
): Outcome {
  const machine = foreignMachine(library);
  if (machine !== undefined) {
    return {
      reason: `is made for ${machine}, while this process runs as ${process.arch}: install one for ${process.arch}`,
    };
  }
  const venv = venvConfigOf(executable);
  const short = `${build.major}.${build.minor}`;
  // A venv's record is the last choice: it keeps the old patch release when its base is upgraded.
  const recorded = venv?.version?.startsWith(`${short}.`) ? venv.version : short;
  return {
    executable,
    library,
    version: version ?? recorded,
    freeThreaded: build.freeThreaded,
    debug: build.debug,
    prefix: venv?.folder ?? basePrefix,
    basePrefix,
  };
}
