// What Python's inspect wants to know of a JavaScript function.

/**
 * A parameter: its name, 0 if it must be given, 1 if it may be left out, 2 if it takes all that are left; and the text of
 * its default.
 */
export type Parameter = [name: string, sort: 0 | 1 | 2, otherwise?: string];

/**
 * The parameters as the source text names them. What is taken apart there has no name, and a native function tells
 * only how many it wants: these are called arg0 and so on.
 */
export function parametersOf(fn: (...args: never[]) => unknown): Parameter[] {
  const text = Function.prototype.toString.call(fn);
  const list = text.includes('[native code]') ? undefined : listIn(text);
  if (list === undefined) {
    const required = Array.from({ length: fn.length }, (_, index): Parameter => [`arg${index}`, 0]);
    return [...required, ['args', 2]];
  }
  let mayBeAbsent = false;
  return list.map((part, index): Parameter => {
    const [, dots, name] = /^(\.\.\.)?\s*([\p{L}\p{Nl}$_][\p{L}\p{Nl}\p{Mn}\p{Nd}$_]*)?/u.exec(part) ?? [];
    const otherwise = /^[^=]*[^=!<>]=(?![=>])([\s\S]*)/.exec(part)?.[1]?.trim();
    mayBeAbsent ||= otherwise !== undefined;
    const called = name?.replaceAll('$', '_') ?? `arg${index}`;
    return otherwise === undefined ? [called, dots ? 2 : mayBeAbsent ? 1 : 0] : [called, 1, otherwise];
  });
}

/** Where the parameters of a class's own constructor begin in its text; undefined if it has none. */
export function constructorIn(text: string): number | undefined {
  const found = /(?<![.\w$])constructor['"]?\s*(?=\()/.exec(text);
  return found ? found.index + found[0].length : undefined;
}

/** The index of the first parameter that is an object taken apart; -1 if there is none. */
export function patternIn(fn: (...args: never[]) => unknown): number {
  return listIn(Function.prototype.toString.call(fn))?.findIndex((part) => part.startsWith('{')) ?? -1;
}

/** The parts of the parameter list; undefined where there is none to be seen. */
function listIn(text: string): string[] | undefined {
  const arrow = /^(?:async\s+)?([\p{L}\p{Nl}$_][\p{L}\p{Nl}\p{Mn}\p{Nd}$_]*)\s*=>/u.exec(text);
  if (arrow) return [arrow[1] ?? ''];
  const isClass = /^class\b/.test(text);
  const made = isClass ? constructorIn(text) : undefined;
  if (isClass && made === undefined) return undefined;
  const start = made ?? text.indexOf('(');
  if (start < 0) return undefined;
  const parts: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let at = start; at < text.length; at++) {
    const character = text[at] as string;
    if (character === '"' || character === "'" || character === '`') at = endOfText(text, at);
    else if (text.startsWith('/*', at)) at = Math.max(text.indexOf('*/', at) + 1, at);
    else if (text.startsWith('//', at)) at = Math.max(text.indexOf('\n', at), at);
    else if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    if (depth === 1 && character === ',') {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
    if (depth === 0) {
      parts.push(text.slice(from, at));
      break;
    }
  }
  return parts
    .map((part) => part.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '').trim())
    .filter((part) => part !== '');
}

function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === text[start]) return at;
  }
  return text.length;
}

/**
 * The parameters as Python declares them, with defaults that are literals; what has another one, which JavaScript computes
 * at each call, is `undefined`.
 */
export function parameterText(fn: (...args: never[]) => unknown): string {
  const taken = new Set<string>();
  return parametersOf(fn)
    .map(([name, sort, otherwise], index) => {
      const usable = /^[\p{L}_][\p{L}\p{Mn}\p{Nd}_]*$/u.test(name) && !keywords.has(name) && !taken.has(name);
      const used = usable ? name : `arg${index}`;
      taken.add(used);
      if (sort === 2) return `*${used}`;
      return sort === 0 ? used : `${used}=${literal(otherwise)}`;
    })
    .join(', ');
}

const keywords = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global if ' +
    'import in is lambda nonlocal not or pass raise return try while with yield self'
  ).split(' '),
);
const values: Readonly<Record<string, string>> = { true: 'True', false: 'False', null: 'None' };

function literal(text = ''): string {
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return text;
  const quoted = /^(["'])([^"'\\\n]*)\1$/.exec(text);
  if (quoted) return JSON.stringify(quoted[2]);
  return Object.hasOwn(values, text) ? (values[text] as string) : 'undefined';
}
