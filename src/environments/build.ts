// Which CPython a file belongs to: X.Y, free-threaded or not, debug or not.

export interface Build {
  major: number;
  minor: number;
  freeThreaded: boolean;
  debug: boolean;
}

/** The newest CPython this version was tested with. */
export const newestMinor = 15;
export const oldestMinor = 11;

/** `3.14td`: what CPython itself appends to the names of its files. */
export function buildTag(build: Build): string {
  return `${build.major}.${build.minor}${build.freeThreaded ? 't' : ''}${build.debug ? 'd' : ''}`;
}

/** Reads an executable's name: `python3.14td`, `python3.14t.exe`, and Debian's `python3.14-nogil` and `-dbg`. */
export function buildOfExecutable(name: string): Build | undefined {
  const match = /^python(\d)\.(\d+)(t?)(d?)m?(-nogil)?(-dbg)?(?:\.exe)?$/.exec(name);
  return match ? toBuild(match[1], match[2], match[3] || match[5], match[4] || match[6]) : undefined;
}

/** Finds the library that an executable is linked with, in the first bytes of its file. */
export function buildOfLinkedLibrary(head: Buffer): Build | undefined {
  // Without a pattern: compiling one takes a fifth of the time that discovery takes.
  const library = from(head, 'libpython');
  const end = library.indexOf(process.platform === 'darwin' ? '.dylib' : '.so');
  const linked = end < 0 ? undefined : buildOfTag(library.slice('libpython'.length, end));
  if (linked) return linked;
  if (process.platform !== 'darwin') return undefined;
  const framework = /^\.framework\/Versions\/(\d)\.(\d+)(t?)\/Python(T?)/.exec(
    from(head, '.framework/Versions/'),
  );
  return framework ? toBuild(framework[1], framework[2], framework[3] || framework[4], '') : undefined;
}

/** The reverse of {@link buildTag}, with the flag that versions before 3.8 had. */
function buildOfTag(tag: string): Build | undefined {
  const dot = tag.indexOf('.');
  const major = Number(tag.slice(0, dot));
  const minor = Number.parseInt(tag.slice(dot + 1), 10);
  const flags = tag.slice(`${major}.${minor}`.length);
  if (tag !== `${major}.${minor}${flags}` || !tagFlags.includes(flags)) return undefined;
  return { major, minor, freeThreaded: flags.startsWith('t'), debug: flags.includes('d') };
}

const tagFlags = ['', 't', 'd', 'td', 'm', 'dm'];

function from(head: Buffer, mark: string): string {
  const start = head.indexOf(mark, 0, 'latin1');
  return start < 0 ? '' : head.toString('latin1', start, start + 64);
}

/** Why this build cannot be used, whatever its files look like; undefined when it can. */
export function unsupported(build: Build): string | undefined {
  const { major, minor, freeThreaded } = build;
  const range = `Caduceus works with CPython 3.${oldestMinor} to 3.${newestMinor}`;
  if (major < 3 || minor < oldestMinor) return `is Python ${major}.${minor}, which is too old: ${range}`;
  if (major > 3 || minor > newestMinor) return `is Python ${major}.${minor}, which is too new: ${range}`;
  if (freeThreaded && minor < 14) {
    return `is the free-threaded build of ${major}.${minor}, which was still experimental: use 3.14t or newer, or ${major}.${minor} without the t`;
  }
  return undefined;
}

function toBuild(major = '', minor = '', freeThreaded = '', debug = ''): Build {
  return {
    major: Number(major),
    minor: Number(minor),
    freeThreaded: freeThreaded !== '',
    debug: debug !== '',
  };
}
