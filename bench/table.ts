// The rows as Markdown, on the screen and in README.md.

import { readFileSync, writeFileSync } from 'node:fs';
import type { Row } from './row.ts';

const begin = '<!-- table: npm run bench -- --write -->';
const end = '<!-- end of table -->';

export function markdown(heading: string, rows: readonly Row[]): string {
  return [
    `### ${heading}`,
    '',
    '| | Caduceus | floor | ratio | target | met |',
    '|---|---:|---:|---:|---:|---|',
    ...rows.map(line),
    '',
  ].join('\n');
}

function line({ title, caduceus, floor, figure, target, met }: Row): string {
  const mark = met === undefined ? '' : met ? 'yes' : '**no**';
  return `| ${title} | ${caduceus} | ${floor} | ${figure} | ${target} | ${mark} |`;
}

/** Replaces what stands between the two markers. */
export function writeTable(path: string, text: string): void {
  const page = readFileSync(path, 'utf8');
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${path} has lost its markers: ${begin} and ${end}`);
  writeFileSync(path, `${page.slice(0, from + begin.length)}\n\n${text}\n${page.slice(to)}`);
}
