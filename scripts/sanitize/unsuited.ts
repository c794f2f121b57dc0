// What cannot hold under a sanitizer, for reasons of its own: there reports count, and failures of tests do not.

type Reasons = Readonly<Record<string, string>>;

/** Files that are left out. */
export const leftOut: Readonly<Record<'thread' | 'address', Reasons>> = {
  thread: {
    'process/signals':
      'the thread sanitizer delivers a signal at the next call that it knows: a loop hears none',
  },
  address: {},
};

/** Files with tests that fail. */
export const failing: typeof leftOut = {
  thread: {
    'process/input': 'a shell with the sanitizer preloaded crashes',
    'process/output': 'a shell with the sanitizer preloaded crashes',
  },
  address: {},
};

/** The reason for `file`, if there is one. */
export function reasonFor(reasons: Reasons, file: string): string | undefined {
  return Object.entries(reasons).find(([name]) => file.startsWith(`${name}.`))?.[1];
}
