// dist/python.cjs, which is sys.executable in a Python program: python itself, inside the host.

import { runPythonProgram } from './program.ts';

runPythonProgram(process.argv.slice(2));
