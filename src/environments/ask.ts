// The last resort: letting an interpreter speak for itself.

import type { Build } from './build.ts';
import { spawnSync } from './spawn.ts';

/** What the interpreter says; every text may be empty. */
export interface Answer {
  implementation: string;
  version: string;
  build: Build;
  executable: string;
  basePrefix: string;
  /** Paths where its library may be, the likeliest first. */
  libraries: string[];
}

/**
 * Starts the interpreter, which costs 10 to 30 ms: only for what files do not tell. That is a wrapper script or
 * another version manager's shim, an executable without a version in a prefix with several, a custom layout.
 */
export function ask(executable: string): Answer | { reason: string } {
  const { stdout, stderr, error, status } = spawnSync(executable, ['-I', '-S', '-c', question], {
    encoding: 'utf8',
    timeout: 5000,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  // A wrapper may print something of its own first.
  const said = parse(stdout?.trim().split('\n').at(-1) ?? '');
  if (said !== undefined) return said;
  const complaint = error?.message ?? stderr?.trim().split('\n').at(-1);
  return { reason: `it does not answer as a Python 3 does (${complaint || `exit status ${status}`})` };
}

const question = `
import json, os, sys, sysconfig
v = sysconfig.get_config_vars()
names = [v.get('INSTSONAME'), v.get('LDLIBRARY')]
folders = [v.get('LIBDIR'), v.get('PYTHONFRAMEWORKPREFIX'), v.get('LIBPL'), os.path.join(sys.base_prefix, 'lib')]
libraries = [os.path.join(f, n) for f in folders if f for n in names if n and not n.endswith('.a')]
print(json.dumps({
  'implementation': sys.implementation.name, 'version': sys.version.split()[0].rstrip('+'),
  'major': sys.version_info[0], 'minor': sys.version_info[1],
  'freeThreaded': bool(v.get('Py_GIL_DISABLED')), 'debug': hasattr(sys, 'gettotalrefcount'),
  'executable': sys.executable or '', 'basePrefix': sys.base_prefix, 'libraries': libraries}))
`;

function parse(line: string): Answer | undefined {
  try {
    const { major, minor, freeThreaded, debug, ...said } = JSON.parse(line) as Omit<Answer, 'build'> & Build;
    return { ...said, build: { major, minor, freeThreaded, debug } };
  } catch {
    return undefined;
  }
}
