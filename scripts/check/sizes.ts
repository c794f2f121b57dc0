// File sizes: one thought a file.

import { type Finding, readSource } from './source.ts';

const limit = 500;
const medianLimit = 120;
const p90Limit = 350;

const code = /\.(ts|cts|mts|js|mjs|cjs|cpp|hpp|h|def|py|pyi)$/;
const product = /^(src|native|python)\//;

export function checkSizes(files: string[]): Finding {
  const sizes = files
    .filter((path) => code.test(path))
    .map((path) => ({ path, lines: readSource(path).split('\n').length - 1 }));
  const problems = sizes
    .filter(({ lines }) => lines > limit)
    .map(({ path, lines }) => `${path}: ${lines} lines, more than ${limit}`);

  const counted = sizes.filter(({ path }) => product.test(path)).sort((a, b) => a.lines - b.lines);
  const at = (share: number) => counted[Math.floor((counted.length - 1) * share)]?.lines ?? 0;
  if (at(0.5) > medianLimit)
    problems.push(`the median of src, native, python is ${at(0.5)} lines, over ${medianLimit}`);
  if (at(0.9) > p90Limit) problems.push(`the 90th percentile is ${at(0.9)} lines, over ${p90Limit}`);

  const sum = (of: string) =>
    counted.reduce((all, { path, lines }) => all + (path.startsWith(of) ? lines : 0), 0);
  const totals = ['src/', 'native/', 'python/'].map((folder) => `${folder} ${sum(folder)}`).join(', ');
  return { problems, note: `${totals} lines; median ${at(0.5)}, p90 ${at(0.9)}, largest ${at(1)}` };
}
