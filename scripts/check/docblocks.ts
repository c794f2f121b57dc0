// Every name that src/index.ts re-exports has a TSDoc comment where it is declared.

import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { inRoot } from '../files.ts';
import { type Finding, readSource } from './source.ts';

export function checkDocblocks(): Finding {
  if (!existsSync(inRoot('src/index.ts'))) return { problems: [], note: 'src/index.ts is not there yet' };
  const exported = reexports('src/index.ts');
  const problems = exported.flatMap(({ name, from }) => {
    const place = declaration(name, from);
    if (!place) return [`src/index.ts: '${name}' is not declared in ${from}`];
    return place.documented ? [] : [`${place.path}: '${name}' is public and has no /** … */ comment`];
  });
  return { problems, note: `${exported.length} public names` };
}

interface Reexport {
  /** '*' stands for everything. */
  name: string;
  from: string;
  as: string;
}

function reexports(path: string): Reexport[] {
  const pattern = /^export\s+(?:type\s+)?(?:\{([^}]*)\}|\*)\s+from\s+['"](\.[^'"]+)['"]/gm;
  return [...readSource(path).matchAll(pattern)].flatMap(([, list, specifier = '']) => {
    const from = posix.join(posix.dirname(path), specifier);
    if (list === undefined) return everything(from).map((name) => ({ name, as: name, from }));
    const items = list.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').split(',');
    return items
      .map((item) => item.trim().replace(/^type\s+/, ''))
      .filter(Boolean)
      .map((item) => {
        const [name = '', as = name] = item.split(/\s+as\s+/);
        return { name, as, from };
      });
  });
}

const declared =
  '(?:declare\\s+)?(?:abstract\\s+)?(?:async\\s+)?(?:function\\*?|const|let|class|interface|type|namespace)';

function everything(path: string): string[] {
  const own = [...readSource(path).matchAll(new RegExp(`^export\\s+${declared}\\s+([\\w$]+)`, 'gm'))];
  return [...own.map((match) => match[1] ?? ''), ...reexports(path).map(({ as }) => as)];
}

/** Follows re-exports to the file that declares the name; of several overloads one comment is enough. */
function declaration(name: string, path: string): { path: string; documented: boolean } | undefined {
  if (!existsSync(inRoot(path))) return undefined;
  const source = readSource(path);
  const escaped = name.replaceAll('$', '\\$');
  const places = [
    ...source.matchAll(new RegExp(`^(?:export\\s+)?${declared}\\s+${escaped}(?![\\w$])`, 'gm')),
  ];
  if (places.length > 0)
    return { path, documented: places.some(({ index }) => hasComment(source.slice(0, index))) };
  const onwards = reexports(path).find(({ as }) => as === name);
  return onwards && declaration(onwards.name, onwards.from);
}

/** Whether the text ends with a doc comment, line comments for tools aside. */
function hasComment(before: string): boolean {
  const lines = before.trimEnd().split('\n');
  while (lines.at(-1)?.trimStart().startsWith('//')) lines.pop();
  const text = lines.join('\n').trimEnd();
  return text.endsWith('*/') && text.slice(text.lastIndexOf('/*')).startsWith('/**');
}
