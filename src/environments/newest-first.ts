// The order among installed versions of which nobody named one.

interface Rank {
  name: string;
  numbers: [number, number, number];
  unusual: number;
}

/**
 * Sorts folder names such as `3.14.7t`, `cpython-3.14.0+freethreaded-linux-x86_64-gnu` or `3.15.0rc1`: the newest
 * release first; of the same one the plain build, then the free-threaded, then debug builds; previews after all
 * releases, because who did not ask for one should not get one.
 */
export function newestFirst(names: readonly string[]): string[] {
  return names
    .map(rank)
    .sort(compare)
    .map(({ name }) => name);
}

function rank(name: string): Rank {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?((?:a|b|rc)\d+|-dev)?(t)?/.exec(name);
  const [, major = 0, minor = 0, patch = 0, preview, threaded] = match ?? [];
  const unusual =
    (preview ? 4 : 0) +
    (name.includes('debug') ? 2 : 0) +
    (threaded || name.includes('freethreaded') ? 1 : 0);
  return { name, numbers: [Number(major), Number(minor), Number(patch)], unusual };
}

function compare(a: Rank, b: Rank): number {
  if (a.unusual >= 4 !== b.unusual >= 4) return a.unusual - b.unusual;
  const [major, minor, patch] = a.numbers;
  return b.numbers[0] - major || b.numbers[1] - minor || b.numbers[2] - patch || a.unusual - b.unusual;
}
