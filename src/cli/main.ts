// The `caduceus` command. This file alone does its work when it is loaded: it is the program.

import { doctor } from './doctor.ts';
import { ownVersion } from './own-version.ts';

process.exitCode = run(process.argv.slice(2));

function run([command, ...rest]: string[]): number {
  if (command === 'doctor' && rest.length === 0) return doctor(print);
  if (command === '--help' || command === '-h' || command === 'help') {
    print(usage());
    return 0;
  }
  if (command === '--version' || command === '-V') {
    print(`caduceus ${ownVersion()}`);
    return 0;
  }
  process.stderr.write(`${refusal(command, rest)}\n\n${usage()}\n`);
  return 2;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function usage(): string {
  return `Usage:
  caduceus doctor      the Pythons on this machine, the one that is used, and what it loads
  caduceus --help
  caduceus --version

CADUCEUS_PYTHON names the Python: an interpreter, a venv folder, or a request such as 3.14t.`;
}

/** Says which words are known to come later, so that nobody looks for a mistake of their own. */
function refusal(command: string | undefined, rest: readonly string[]): string {
  if (command === undefined) return 'caduceus: the prompt is not part of this version.';
  if (command === 'doctor') return `caduceus: doctor takes no arguments, and was given ${rest.join(' ')}`;
  if (command === 'types') return 'caduceus: writing typings is not part of this version.';
  if (command === '-m' || command === '-c' || command.endsWith('.py')) {
    return 'caduceus: running Python programs is not part of this version.';
  }
  return `caduceus: there is no command ${command}.`;
}
