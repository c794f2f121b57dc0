// Random graphs, and what of them an oracle says is alive.

/** Numbers below `limit`, the same for the same seed. */
export function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * limit);
  };
}

/** The nodes that edges lead to from the roots, these with them, in order. */
export function reachable(edges: readonly (readonly number[])[], roots: Iterable<number>): number[] {
  const found = new Set<number>();
  const open = [...roots];
  while (open.length > 0) {
    const at = open.pop() as number;
    if (found.has(at)) continue;
    found.add(at);
    open.push(...(edges[at] ?? []));
  }
  return [...found].sort((a, b) => a - b);
}
