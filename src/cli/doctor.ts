// `caduceus doctor`: what was found, what was refused, what is loaded, as plain text for people and bug reports.

import { discover } from '../environments/discover.ts';
import type { Environment } from '../environments/environment.ts';
import { notFoundMessage, refusalText } from '../environments/not-found.ts';
import { compareLibraries } from './c-libraries.ts';
import { ownVersion } from './own-version.ts';
import { type Running, startHere } from './running.ts';

/** The exit status: 0 when Python was started in this process, 1 when there is none or it did not start. */
export function doctor(print: (text: string) => void): number {
  print(`Caduceus ${ownVersion()} on Node ${process.versions.node}, ${process.platform} ${process.arch}`);
  const { chosen, found, refused } = discover({ all: true });
  section(
    print,
    'Found',
    found.map((environment) => foundLine(environment, environment === chosen)),
  );
  // Without a chosen one the message below lists them.
  if (chosen === undefined) {
    print(`\n${notFoundMessage(refused)}`);
    return 1;
  }
  section(print, 'Refused', refused.map(refusalText));
  section(print, 'Chosen', chosenLines(chosen));
  const running = startHere();
  section(
    print,
    'In this process',
    'failure' in running ? failureLines(running.failure) : runningLines(running),
  );
  section(
    print,
    'C libraries',
    compareLibraries(chosen.executable, 'failure' in running ? undefined : running),
  );
  return 'failure' in running ? 1 : 0;
}

function section(print: (text: string) => void, title: string, lines: readonly string[]): void {
  print(`\n${title}`);
  for (const line of lines.length > 0 ? lines : ['none']) print(`  ${line}`);
}

function foundLine(environment: Environment, isChosen: boolean): string {
  return `${isChosen ? '*' : ' '} ${release(environment).padEnd(11)} ${environment.executable} (${environment.source})`;
}

function release({ version, freeThreaded, debug }: Environment): string {
  return `${version}${freeThreaded ? 't' : ''}${debug ? 'd' : ''}`;
}

function chosenLines(chosen: Environment): string[] {
  const { version, freeThreaded, debug, executable, library, prefix, basePrefix, source } = chosen;
  return aligned([
    ['why', source],
    ['version', version],
    ['build', `${freeThreaded ? 'free-threaded' : 'with the GIL'}${debug ? ', debug' : ''}`],
    ['executable', executable],
    ['prefix', prefix],
    ...(prefix === basePrefix ? [] : ([['made from', basePrefix]] as const)),
    ['library', library],
  ]);
}

function runningLines({
  version,
  freeThreaded,
  gilEnabled,
  gilEnabledBy,
  executable,
  prefix,
  library,
  nativeLibrary,
}: Running): string[] {
  return aligned([
    ['version', version],
    [
      'GIL now',
      `${gilEnabled ? 'on' : 'off'}${freeThreaded && gilEnabled ? `, although the build can do without${gilEnabledBy ? `: ${gilEnabledBy} turned it on` : ''}` : ''}`,
    ],
    ['executable', executable],
    ['prefix', prefix],
    ['library', library],
    ['native', nativeLibrary ?? 'not listed among what this process has loaded'],
  ]);
}

function failureLines(failure: unknown): string[] {
  const text = failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure);
  return ['Python did not start here.', ...text.split('\n')];
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  return rows.map(([label, value]) => `${label.padEnd(11)} ${value}`);
}
