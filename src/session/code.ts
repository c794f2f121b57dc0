import { bridgeTypeError } from '../errors/bridge-error.ts';
import { call } from '../proxies/operations.ts';
import { sideFunction } from '../proxies/side.ts';
import { type Holder, holderOf } from '../values/holder.ts';
import { callerOf } from './caller.ts';
import { ensureStarted } from './start.ts';

type Compiler = 'compile_expression' | 'compile_statements' | 'compile_definition';

/** One template's compiled function in one namespace. The proxy keeps the function. */
interface Compiled {
  readonly proxy: object;
  readonly holder: Holder;
}

const mainNamespace = {};
const compiled = new WeakMap<object, WeakMap<TemplateStringsArray, Compiled>>();

/** Compiles a template once per call site and namespace, and calls it with the template's values. */
export function runTemplate(
  compiler: Compiler,
  strings: TemplateStringsArray,
  values: readonly unknown[],
  scope?: object,
): unknown {
  if (!isTemplate(strings))
    throw notSource('def`…`', strings, 'write py.def`def f(): …`, or run a text with py.exec');
  ensureStarted();
  const namespace = scope ?? mainNamespace;
  let sites = compiled.get(namespace);
  if (!sites) {
    sites = new WeakMap();
    compiled.set(namespace, sites);
  }
  let site = sites.get(strings);
  if (!site) {
    site = compile(compiler, strings, values.length, scope);
    sites.set(strings, site);
  }
  return call(site.holder, values);
}

function compile(compiler: Compiler, strings: TemplateStringsArray, count: number, scope?: object): Compiled {
  const parts = strings.raw.map(unescaped);
  const source = parts.map((part, index) => (index === 0 ? part : `_caduceus_${index - 1}${part}`)).join('');
  const { file, line } = callerOf();
  const proxy = call(sideFunction(compiler), [source, count, file, line, scope ?? null]) as object;
  return { proxy, holder: holderOf(proxy) as Holder };
}

/** Backslashes are Python's, but for those before what a template cannot hold otherwise. */
function unescaped(part: string): string {
  return part.replace(/\\(?:(`|\$\{)|[\s\S])/g, (pair, special?: string) => special ?? pair);
}

/** Whether a function was called as a template's tag. */
export function isTemplate(first: unknown): first is TemplateStringsArray {
  return Array.isArray(first) && Array.isArray((first as { raw?: unknown }).raw);
}

/** Evaluates or executes a text. */
export function runText(code: unknown, mode: 'eval' | 'exec', scope?: object): unknown {
  if (typeof code !== 'string') {
    throw notSource(`${mode}(code)`, code, 'pass Python source as a string or a template');
  }
  ensureStarted();
  return call(sideFunction('run_code'), [code, mode, scope ?? null]);
}

function notSource(what: string, code: unknown, todo: string): TypeError {
  const found = `the code is ${code === null ? 'null' : `of type ${typeof code}`}`;
  return bridgeTypeError('WRONG_ARGUMENT', { tried: `py.${what}`, found, todo });
}
