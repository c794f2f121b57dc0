import { call, getAttribute } from '../proxies/operations.ts';
import { sideFunction } from '../proxies/side.ts';
import { type Holder, holderOf } from '../values/holder.ts';
import { isTemplate, runTemplate, runText } from './code.ts';
import { ensureStarted } from './start.ts';

/** A namespace of its own, made by `py.scope`. */
export class Scope {
  readonly #proxy: object;

  constructor(names: Readonly<Record<string, unknown>> = {}) {
    ensureStarted();
    this.#proxy = call(sideFunction('Scope'), [names]) as object;
  }

  /** Evaluates an expression: a text, or a template whose values are bound. */
  // biome-ignore lint/suspicious/noExplicitAny: a Python value without stubs is any
  eval<T = any>(code: string | TemplateStringsArray, ...values: unknown[]): T {
    if (isTemplate(code)) return runTemplate('compile_expression', code, values, this.#proxy) as T;
    return runText(code, 'eval', this.#proxy) as T;
  }

  /** Executes statements: a text, or a template whose values are bound. */
  exec(code: string | TemplateStringsArray, ...values: unknown[]): void {
    if (isTemplate(code)) runTemplate('compile_statements', code, values, this.#proxy);
    else runText(code, 'exec', this.#proxy);
  }

  /** The function or class that a template defines. */
  // biome-ignore lint/suspicious/noExplicitAny: a Python value without stubs is any
  def<T = any>(code: TemplateStringsArray, ...values: unknown[]): T {
    return runTemplate('compile_definition', code, values, this.#proxy) as T;
  }

  /** The value of a name; a PythonError (NameError) if there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a Python value without stubs is any
  get<T = any>(name: string): T {
    return this.#method('get', [name]) as T;
  }

  /** Binds a name. The value is given. */
  set(name: string, value: unknown): void {
    this.#method('set', [name, value]);
  }

  #method(name: string, args: unknown[]): unknown {
    return call(holderOf(getAttribute(holderOf(this.#proxy) as Holder, name)) as Holder, args);
  }
}
