// Strings of every width and three sizes, in both directions.

import type { Case } from './case.ts';

/** Pairs of characters, named by what CPython stores them as. */
const alphabets = { ascii: 'ab', latin1: 'aé', ucs2: 'éĀ', astral: 'é😀' };
const sizes = { '10': 10, '1 Ki': 1024, '1 Mi': 1024 * 1024 };

export const strings: readonly Case[] = Object.entries(sizes).flatMap(([label, size]) =>
  Object.entries(alphabets).flatMap(([alphabet, pair]) => {
    const about = { label, size, alphabet, pair, text: flat(pair.repeat(size / 2)) };
    return [toPython(about), toJs(about)];
  }),
);

interface About {
  readonly label: string;
  /** In characters as Python counts them. */
  readonly size: number;
  readonly alphabet: string;
  readonly pair: string;
  readonly text: string;
}

/** Without this, V8 keeps the repeated string as a tree of its parts. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}

function toPython({ label, size, alphabet, text }: About): Case {
  return {
    name: `string-to-python-${alphabet}-${size}`,
    title: `\`len(text)\`, ${alphabet}, ${label}`,
    target: { kind: 'ratio', limit: 1.5 },
    expected: size,
    python: '',
    caduceus: ({ py }) => {
      const { len } = py.builtins;
      return (count) => {
        let last: unknown;
        for (let i = 0; i < count; i++) last = len(text);
        return last;
      };
    },
    floor: (floor) => {
      const len = floor.evaluate('len');
      return (count) => {
        let last: unknown;
        for (let i = 0; i < count; i++) last = floor.callString(len, text);
        return last;
      };
    },
  };
}

function toJs({ label, size, alphabet, pair, text }: About): Case {
  return {
    name: `string-to-js-${alphabet}-${size}`,
    title: `\`page.text\`, ${alphabet}, ${label}`,
    target: { kind: 'ratio', limit: 1.5 },
    expected: text,
    python: `
class Page:
    pass

page = Page()
page.text = '${pair}' * ${size / 2}
`,
    caduceus: ({ py }) => {
      const { page } = py.main;
      return (count) => {
        let last: unknown;
        for (let i = 0; i < count; i++) last = page.text;
        return last;
      };
    },
    floor: (floor) => {
      const page = floor.evaluate('page');
      const name = floor.intern('text');
      return (count) => {
        let last: unknown;
        for (let i = 0; i < count; i++) last = floor.getString(page, name);
        return last;
      };
    },
  };
}
