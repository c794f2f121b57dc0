// What Python's inspect wants to know of a JavaScript function.

/** A parameter: its name, and 0 if it must be given, 1 if it may be left out, 2 if it takes all that are left. */
export type Parameter = [name: string, sort: 0 | 1 | 2];

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
    mayBeAbsent ||= /^[^=]*[^=!<>]=(?![=>])/.test(part);
    return [name?.replaceAll('$', '_') ?? `arg${index}`, dots ? 2 : mayBeAbsent ? 1 : 0];
  });
}

/** The parts of the parameter list; undefined where there is none to be seen. */
function listIn(text: string): string[] | undefined {
  const arrow = /^(?:async\s+)?([\p{L}\p{Nl}$_][\p{L}\p{Nl}\p{Mn}\p{Nd}$_]*)\s*=>/u.exec(text);
  if (arrow) return [arrow[1] ?? ''];
  const isClass = /^class\b/.test(text);
  const made = isClass ? /\bconstructor\s*\(/.exec(text) : undefined;
  if (isClass && !made) return undefined;
  const start = made ? made.index + made[0].length - 1 : text.indexOf('(');
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
