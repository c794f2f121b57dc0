// The patch release of an installation, from whichever of its files tells it.

import { join } from 'node:path';
import { type Build, buildTag } from './build.ts';
import { standardLibrary } from './identify.ts';
import { readText } from './read-text.ts';

/** Undefined when neither the headers nor 3.14's build-details.json are installed. */
export function exactVersion(prefix: string, build: Build): string | undefined {
  return fromHeader(prefix, build) ?? fromDetails(prefix, build);
}

function fromHeader(prefix: string, build: Build): string | undefined {
  const headers = process.platform === 'win32' ? 'include' : join('include', `python${buildTag(build)}`);
  const text = readText(join(prefix, headers, 'patchlevel.h'));
  const version = text && /#define\s+PY_VERSION\s+"([^"+]+)/.exec(text)?.[1];
  // Headers of another version can lie about: a folder may have been upgraded by hand.
  return version?.startsWith(`${build.major}.${build.minor}.`) ? version : undefined;
}

/** The file's own schema (PEP 739); read by pattern, because only three numbers of it matter. */
function fromDetails(prefix: string, build: Build): string | undefined {
  const folder = standardLibrary(prefix, build);
  const text = folder && readText(join(folder, 'build-details.json'));
  const match =
    text &&
    /"version_info":\s*\{\s*"major":\s*(\d+),\s*"minor":\s*(\d+),\s*"micro":\s*(\d+),\s*"releaselevel":\s*"(\w+)",\s*"serial":\s*(\d+)/.exec(
      text,
    );
  if (!match) return undefined;
  const [, major, minor, micro, level = '', serial] = match;
  return `${major}.${minor}.${micro}${level in releaseLevels ? `${releaseLevels[level]}${serial}` : ''}`;
}

const releaseLevels: Record<string, string> = { alpha: 'a', beta: 'b', candidate: 'rc' };
