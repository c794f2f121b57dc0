// What JavaScript says about a function: the JSDoc comment before its declaration. A bundle of its own, which few
// programs load.

import { Session } from 'node:inspector';

/** Any function; it is only looked at. */
type Fn = (...args: never[]) => unknown;

/** The text of the JSDoc comment before the function's declaration, its stars taken away; undefined where there is none. */
export function jsdocOf(fn: Fn): string | undefined {
  const text = Function.prototype.toString.call(fn);
  const found = scriptOf(fn);
  if (found === undefined) return undefined;
  const [script, position] = found;
  // The position is that of the parameters, for a class those of its constructor.
  const start = script.lastIndexOf(text, position);
  if (start < 0 || start + text.length < position) return undefined;
  const comment = commentBefore(script, start);
  return comment === undefined ? undefined : textOf(comment) || undefined;
}

/** The text of the script that the function comes from, and a position inside the function. */
type Place = [script: string, position: number];

interface Asking {
  readonly session: Session;
  /** By their ids, those that were asked for. */
  readonly scripts: Map<string, string>;
}
let asking: Asking | undefined;

// Where the inspector finds the function that is asked about, for that moment.
const asked = Symbol.for('caduceus.asked');

/**
 * V8 tells a function's place through its inspector. The domain Debugger, which a script's text needs, costs 20 to 200 ms when
 * it is turned on, so that it stays on for all that is asked before the loop turns.
 */
function scriptOf(fn: Fn): Place | undefined {
  if (process.versions.bun !== undefined || 'Deno' in globalThis) return undefined;
  asking ??= begin();
  const { session, scripts } = asking;
  const place = locationOf(session, fn);
  if (place === undefined) return undefined;
  let script = scripts.get(place.scriptId);
  if (script === undefined) {
    script = post(session, 'Debugger.getScriptSource', { scriptId: place.scriptId }).scriptSource as string;
    scripts.set(place.scriptId, script);
  }
  let start = 0;
  for (let line = 0; line < place.lineNumber; line++) start = script.indexOf('\n', start) + 1;
  return [script, start + place.columnNumber];
}

function begin(): Asking {
  const session = new Session();
  session.connect();
  // No `debugger` statement waits for what nobody would answer.
  post(session, 'Debugger.enable');
  post(session, 'Debugger.setSkipAllPauses', { skip: true });
  setImmediate(() => {
    asking = undefined;
    session.disconnect();
  }).unref();
  return { session, scripts: new Map() };
}

function locationOf(session: Session, fn: Fn): Location | undefined {
  Object.defineProperty(globalThis, asked, { value: fn, configurable: true });
  try {
    const { result } = post(session, 'Runtime.evaluate', {
      expression: "globalThis[Symbol.for('caduceus.asked')]",
    }) as { result: { objectId?: string } };
    if (result.objectId === undefined) return undefined;
    const { internalProperties = [] } = post(session, 'Runtime.getProperties', {
      objectId: result.objectId,
      ownProperties: true,
    }) as { internalProperties?: readonly { name: string; value?: { value?: Location } }[] };
    post(session, 'Runtime.releaseObject', { objectId: result.objectId });
    return internalProperties.find(({ name }) => name === '[[FunctionLocation]]')?.value?.value;
  } finally {
    delete (globalThis as Record<PropertyKey, unknown>)[asked];
  }
}

/** Counted from 0. */
interface Location {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** The inspector of one's own thread answers at once. */
function post(session: Session, method: string, params?: object): Record<string, unknown> {
  let answer: Record<string, unknown> = {};
  let failure: Error | null = null;
  session.post(method, params, (error: Error | null, result?: object) => {
    failure = error;
    answer = (result ?? {}) as Record<string, unknown>;
  });
  if (failure) throw failure;
  return answer;
}

const name = String.raw`[\w$#\u0080-\uffff]+`;
const text = String.raw`"[^"\n]*"|'[^'\n]*'`;
const key = String.raw`(?:${name}|${text}|[\d.]+|\[[^\]\n]*\])`;
const path = String.raw`${name}(?:\s*\.\s*${name}|\s*\[\s*(?:${text})\s*\])*`;

/** What may stand between a comment and the function: the beginning of the declaration that both belong to. */
const declaration = new RegExp(
  String.raw`^\s*(?:@[\w$.]+(?:\([^()]*\))?\s*)*(?:export\s+)?(?:default\s+)?(?:static\s+|accessor\s+)*` +
    String.raw`(?:(?:const|let|var)\s+${name}\s*=\s*|(?:${path}\s*=\s*)+|${key}\s*[:=]\s*)?(?:\(\s*)*$`,
);

/** Longer than any beginning of a declaration with a few comments in it. */
const reach = 2000;

function commentBefore(script: string, start: number): string | undefined {
  let between = '';
  let until = start;
  for (;;) {
    const end = script.lastIndexOf('*/', until - 2);
    if (end < 0 || start - end > reach) return undefined;
    between = script.slice(end + 2, until).replaceAll(/\/\/.*/g, '') + between;
    if (!declaration.test(between)) return undefined;
    const begin = beginningOf(script, end);
    if (begin === undefined) return undefined;
    const comment = script.slice(begin, end + 2);
    if (/^\/\*\*\s*@(?:license|file|fileoverview|module|packageDocumentation)\b/.test(comment))
      return undefined;
    // Of a tool, or the type of an expression: there may be another one before it.
    if (/^\/\*\*(?!\/)/.test(comment) && !/^\/\*\*\s*@(?:type|satisfies)\b/.test(comment)) return comment;
    until = begin;
  }
}

/** Where the comment begins that ends at `end`: a comment may show one, in a line that has its star in front. */
function beginningOf(script: string, end: number): number | undefined {
  const before = script.lastIndexOf('*/', end - 1);
  const least = before < 0 ? 0 : before + 2;
  let begin = end;
  do {
    begin = script.lastIndexOf('/*', begin - 1);
    if (begin < least) return undefined;
  } while (/^\s*\*/.test(script.slice(script.lastIndexOf('\n', begin) + 1, begin)));
  return begin;
}

function textOf(comment: string): string {
  const [first = '', ...rest] = comment.slice(3, -2).split(/\r\n|[\n\r]/);
  const full = rest.filter((line) => line.trim() !== '');
  const starred = full.every((line) => /^\s*\*/.test(line));
  const margin = Math.min(...full.map((line) => line.search(/\S/)));
  const others = rest.map((line) => (starred ? line.replace(/^\s*\* ?/, '') : line.slice(margin)));
  return [first.trim(), ...others]
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/^\n+|\n+$/g, '');
}
