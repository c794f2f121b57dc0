// What cannot hold under a sanitizer, for reasons of its own: failures of these files' tests do not count, reports do.

const shell = 'a shell with the sanitizer preloaded crashes';

const reasons: Readonly<Record<'thread' | 'address', Readonly<Record<string, string>>>> = {
  thread: {
    'process/input': shell,
    'process/output': shell,
    'threads/bad-input': 'a forked child cannot begin threads',
    'threads/waits-for-locks': 'what is a short call elsewhere lasts there',
  },
  address: {},
};

/** The reason for `file`, if there is one. */
export function unsuited(sanitizer: 'thread' | 'address', file: string): string | undefined {
  return Object.entries(reasons[sanitizer]).find(([name]) => file.startsWith(`${name}.`))?.[1];
}
