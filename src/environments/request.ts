// What someone asked for: a place, a command or a version.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Build } from './build.ts';
import type { Environment } from './environment.ts';
import { homeFolder } from './home-folder.ts';

export type Request = PlaceRequest | VersionRequest;

/** One certain interpreter: by its path or its folder's, or by its name on PATH. */
export type PlaceRequest = { kind: 'place'; place: string } | { kind: 'command'; name: string };

/** Whichever interpreter is of this build, wherever it is found. */
export interface VersionRequest {
  kind: 'version';
  build: Build;
  /** With the patch release, where that was asked for: `3.14.7`. */
  exact: string | undefined;
}

/**
 * `3.14`, `3.14t`, `3.14.7`, `3.15.0rc1t`, `3.14td`, `3.14t-debug`, `python3.13`, `cpython-3.14`, and uv's
 * `3.14+freethreaded`. A folder of such a name is written `./3.14`.
 */
const version =
  /^(?:c?python[-@]?)?(\d)\.(\d+)(\.\d+)?((?:a|b|rc)\d+)?(t?)(d?)(\+freethreaded)?([-+]debug)?$/i;

export function parseRequest(text: string, folder: string): Request {
  // Looked for first: matching the pattern for the first time takes as long as the rest of discovery.
  const isPath = text.includes('/') || text.includes('\\');
  const match = isPath ? null : version.exec(text);
  if (match) {
    const [, major = '', minor = '', patch, preview, t, d, threaded, debug] = match;
    return {
      kind: 'version',
      build: {
        major: Number(major),
        minor: Number(minor),
        freeThreaded: Boolean(t || threaded),
        debug: Boolean(d || debug),
      },
      exact: patch ? `${major}.${minor}${patch}${preview ?? ''}` : undefined,
    };
  }
  if (text === '~' || (isPath && /^~[\\/]/.test(text)))
    return { kind: 'place', place: join(homeFolder(), text.slice(1)) };
  const place = resolve(folder, text);
  return isPath || existsSync(place) ? { kind: 'place', place } : { kind: 'command', name: text };
}

/**
 * `3.14` is the build with the GIL, `3.14t` the one without: programs are written for one or the other. The same goes
 * for debug builds.
 */
export function matches({ build, exact }: VersionRequest, environment: Environment): boolean {
  const { version: found, freeThreaded, debug } = environment;
  const isRight =
    exact === undefined ? `${found}.`.startsWith(`${build.major}.${build.minor}.`) : found === exact;
  return isRight && freeThreaded === build.freeThreaded && debug === build.debug;
}
