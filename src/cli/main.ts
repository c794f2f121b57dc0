// The `caduceus` command. This file alone does its work when it is loaded: it is the program.

import { existsSync } from 'node:fs';
import { doctor } from './doctor.ts';
import { ownVersion } from './own-version.ts';
import { runPythonProgram } from './program.ts';

run(process.argv.slice(2));

function run(line: string[]): void {
  const [command, ...rest] = line;
  if (command === 'doctor' && rest.length === 0) {
    process.exitCode = doctor(print);
  } else if (command === '--help' || command === '-h' || command === 'help') {
    print(usage());
  } else if (command === '--version') {
    print(`caduceus ${ownVersion()}`);
  } else if (command === undefined || command.startsWith('-') || existsSync(command)) {
    runPythonProgram(line);
  } else {
    process.stderr.write(`${refusal(command, rest)}\n\n${usage()}\n`);
    process.exitCode = 2;
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function usage(): string {
  return `Usage:
  caduceus app.py [arguments]      runs a Python program in which \`import caduceus\` reaches JavaScript
  caduceus -m module [arguments]   the same for a module, -c code for a text, - for what comes from stdin
  caduceus                         a Python prompt
  caduceus doctor                  the Pythons on this machine, the one that is used, and what it loads
  caduceus --help
  caduceus --version

Options that begin with a dash are python's own: -i, -u, -X dev, -W error, -V and so on.
CADUCEUS_PYTHON names the Python: an interpreter, a venv folder, or a request such as 3.14t.`;
}

/** Says which words are known to come later, so that nobody looks for a mistake of their own. */
function refusal(command: string, rest: readonly string[]): string {
  if (command === 'doctor') return `caduceus: doctor takes no arguments, and was given ${rest.join(' ')}`;
  if (command === 'types') return 'caduceus: writing typings is not part of this version.';
  return `caduceus: there is no command ${command}, nor a file of that name.`;
}
