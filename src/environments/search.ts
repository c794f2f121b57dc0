// Discovery itself: the first place that can be used, or all of them.

import { realpathSync } from 'node:fs';
import { unsupported } from './build.ts';
import { candidates } from './candidates.ts';
import { named, pathFolders } from './command-folders.ts';
import type { Candidate, Environment, Refusal } from './environment.ts';
import { examine } from './examine.ts';
import { matches, type PlaceRequest, parseRequest, type VersionRequest } from './request.ts';
import type { Surroundings } from './surroundings.ts';

export interface DiscoverOptions {
  /** An interpreter, a venv folder, or a request such as `3.14t`. */
  python?: string | undefined;
  /** Go on after the first one that can be used, and tell patch releases exactly. */
  all?: boolean | undefined;
}

export interface Discovery {
  /** Undefined when nothing can be used, or when what was asked for cannot: then nothing else is taken in its place. */
  chosen: Environment | undefined;
  /** Without `all` the chosen one alone. */
  found: Environment[];
  refused: Refusal[];
}

export function search(surroundings: Surroundings, options: DiscoverOptions): Discovery {
  const all = options.all === true;
  const asked = askedFor(surroundings, options.python);
  const discovery: Discovery = { chosen: undefined, found: [], refused: [] };
  const request = asked && parseRequest(asked.text, surroundings.folder);
  const version = request?.kind === 'version' ? request : undefined;
  const exact = all || version?.exact !== undefined;
  const walk: Walk = { surroundings, all, exact, discovery, seen: new Set(), nothing: [] };

  if (asked === undefined || request === undefined) {
    visit(walk, candidates(surroundings), (found) => found);
  } else if (request.kind === 'version') {
    visit(walk, candidates(surroundings), (found) => match(found, request, asked));
    if (discovery.chosen === undefined) discovery.refused.unshift(notMatched(request, asked));
  } else {
    visit(walk, directPlaces(surroundings, request, asked), (found) => found);
    const reason = `is not what ${asked.source} asks for`;
    if (all) visit(walk, candidates(surroundings), () => reason);
  }
  if (discovery.chosen === undefined) discovery.refused.push(...walk.nothing);
  return discovery;
}

interface Asked {
  text: string;
  source: string;
}

interface Walk {
  surroundings: Surroundings;
  all: boolean;
  /** Whether `3.14` is not good enough where `3.14.7` could be had by asking. */
  exact: boolean;
  discovery: Discovery;
  /** One interpreter goes by many names: python, python3, python3.14, and /bin beside /usr/bin. */
  seen: Set<string>;
  /** Places with nothing in them, told only when nothing is chosen. */
  nothing: Refusal[];
}

function askedFor({ env }: Surroundings, python: string | undefined): Asked | undefined {
  const text = (python || env.CADUCEUS_PYTHON)?.trim();
  return text ? { text, source: python ? 'start({ python })' : 'CADUCEUS_PYTHON' } : undefined;
}

function* directPlaces(
  surroundings: Surroundings,
  request: PlaceRequest,
  { source }: Asked,
): Generator<Candidate | Refusal> {
  if (request.kind === 'place') {
    yield { place: request.place, source };
    return;
  }
  const found = [...named(request.name, pathFolders(surroundings), source)];
  yield* found;
  const reason =
    'there is no such file or folder, no such command on PATH, and it is no version such as 3.14t';
  if (found.length === 0) yield { place: request.name, source, reason };
}

/** `accepts` hands back the environment as it is to be chosen, or the reason why it is not what was asked for. */
function visit(
  walk: Walk,
  places: Iterable<Candidate | Refusal>,
  accepts: (found: Environment) => Environment | string,
): void {
  const { surroundings, all, exact, discovery, seen, nothing } = walk;
  for (const candidate of places) {
    if ('reason' in candidate) {
      nothing.push(candidate);
      continue;
    }
    const outcome = examine(candidate, surroundings, exact);
    const key = identity(outcome);
    if (seen.has(key)) continue;
    seen.add(key);
    if ('reason' in outcome) {
      discovery.refused.push(outcome);
      continue;
    }
    const accepted = discovery.chosen === undefined ? accepts(outcome) : outcome;
    if (typeof accepted !== 'string') {
      discovery.chosen ??= accepted;
      discovery.found.push(accepted);
      if (!all) return;
    } else if (all) {
      discovery.found.push(outcome);
    } else {
      discovery.refused.push({ ...candidate, reason: accepted });
    }
  }
}

function identity(outcome: Environment | Refusal): string {
  if ('library' in outcome) return `${outcome.prefix}\n${outcome.library}`;
  try {
    return `${realpathSync.native(outcome.place)}\n${outcome.reason}`;
  } catch {
    return outcome.place;
  }
}

function match(found: Environment, request: VersionRequest, { text, source }: Asked): Environment | string {
  if (matches(request, found)) return { ...found, source: `${source} (${found.source})` };
  const flags = `${found.freeThreaded ? 't' : ''}${found.debug ? 'd' : ''}`;
  return `is ${found.version}${flags}, not the ${text} that was asked for`;
}

function notMatched({ build }: VersionRequest, { text, source }: Asked): Refusal {
  const reason = unsupported(build) ?? 'no Python that was found matches and can be used';
  return { place: text, source, reason };
}
