import { type AsyncOptions, callWithOptions } from './async/call.ts';
import { bridgeTypeError } from './errors/bridge-error.ts';
import { channel, native, nativePath } from './native/load.ts';
import { addCodec } from './proxies/codecs.ts';
import { convert, isShared } from './proxies/convert.ts';
import { lastMissing } from './proxies/handler.ts';
import * as items from './proxies/items.ts';
import { call, callHeld, getAttribute, hasAttribute, setAttribute } from './proxies/operations.ts';
import { side, sideFunction } from './proxies/side.ts';
import { missing } from './proxies/wrap.ts';
import type { Py, PythonInfo } from './py-types.ts';
import { attach, detach } from './session/attach.ts';
import { isTemplate, runTemplate, runText } from './session/code.ts';
import { close } from './session/ending.ts';
import { interrupt } from './session/interrupt.ts';
import { Scope } from './session/scope.ts';
import { adopt, share } from './session/share.ts';
import { ensureStarted, type StartOptions, startedEnvironment, startProgram } from './session/start.ts';
import { type Holder, holderOf } from './values/holder.ts';
import { KeyTuple } from './values/key-tuple.ts';
import { Reference } from './values/reference.ts';
import { signature } from './values/signature.ts';

function viaSide(name: string, ...args: unknown[]): unknown {
  ensureStarted();
  return side(name, ...args);
}

/** The holder of a Python object that a function of `py` was given; says what is wrong with anything else. */
function object(value: unknown, tried: string): Holder {
  const holder = holderOf(value);
  if (holder) return holder;
  throw bridgeTypeError('NOT_PYTHON', {
    tried,
    found: `${value === null ? 'null' : typeof value} is not a Python object${missingHint(value)}`,
    todo: 'pass a proxy; py.list(…), py.dict(…) and their kin make one of plain data',
  });
}

/** What a name that was missing just before may have been meant to be. */
function missingHint(value: unknown): string {
  const owner = lastMissing?.owner.deref();
  if (value !== undefined || !lastMissing || !owner) return '';
  const close = convert(side('close_names', lastMissing.name, owner), Array) as string[];
  const meant = close.length > 0 ? `; did you mean ${close.join(', ')}?` : '';
  return ` (the attribute ${lastMissing.name}, asked for just before, is missing${meant})`;
}

function attr(value: unknown, name: string): unknown {
  const found = getAttribute(object(value, `py.attr(object, '${name}')`), name);
  // Python words the error, with the names that are close.
  return found === missing ? viaSide('get_attribute', value, name) : found;
}

function making(type: string): (...args: unknown[]) => unknown {
  return (...args) => {
    ensureStarted();
    return callHeld(sideFunction('convert'), [type, ...args]);
  };
}

function info(): PythonInfo {
  const facts = convert(viaSide('info'), Object) as Omit<PythonInfo, 'library' | 'freeThreaded' | 'native'>;
  native.state();
  return {
    ...facts,
    library: startedEnvironment()?.library ?? '',
    freeThreaded: channel[3] === 1,
    native: nativePath,
  };
}

let operators: unknown;
function operatorModule(): unknown {
  operators ??= importModule('operator');
  return operators;
}

function importModule(name: string): unknown {
  ensureStarted();
  if (typeof name !== 'string' || name === '') {
    throw bridgeTypeError('WRONG_ARGUMENT', {
      tried: 'py.import(name)',
      found: `the name is ${JSON.stringify(name) ?? typeof name}`,
      todo: "pass a module's dotted name",
    });
  }
  return call(sideFunction('import_module'), [name]);
}

function evaluate(code: string | TemplateStringsArray, ...values: unknown[]): unknown {
  return isTemplate(code) ? runTemplate('compile_expression', code, values) : runText(code, 'eval');
}

const members = {
  import: importModule,
  eval: evaluate,
  exec(code: string | TemplateStringsArray, ...values: unknown[]): void {
    if (isTemplate(code)) runTemplate('compile_statements', code, values);
    else runText(code, 'exec');
  },
  def: (code: TemplateStringsArray, ...values: unknown[]) => runTemplate('compile_definition', code, values),
  scope: (names?: Record<string, unknown>) => new Scope(names),
  attr,
  setAttr: (value: unknown, name: string, to: unknown) =>
    setAttribute(object(value, `py.setAttr(object, '${name}', …)`), name, to),
  hasAttr: (value: unknown, name: string) =>
    hasAttribute(object(value, `py.hasAttr(object, '${name}')`), name),
  item: (value: unknown, key: unknown) => items.get(object(value, 'py.item(object, key)'), key),
  setItem: (value: unknown, key: unknown, to: unknown) =>
    items.set(object(value, 'py.setItem(object, key, …)'), key, to),
  delItem: (value: unknown, key: unknown) => items.remove(object(value, 'py.delItem(object, key)'), key),
  slice: (...parts: unknown[]) => viaSide('make_slice', ...parts),
  as(value: unknown, target: unknown): unknown {
    ensureStarted();
    return convert(value, target);
  },
  ref: (value: unknown) => new Reference(value),
  float: making('float'),
  int: making('int'),
  bytes: making('bytes'),
  str: making('str'),
  list: making('list'),
  dict: making('dict'),
  set: making('set'),
  tuple: (...args: unknown[]) =>
    args.length === 1 && Array.isArray(args[0])
      ? viaSide('identity', new KeyTuple(args[0]))
      : making('tuple')(...args),
  async: (fn: unknown, args?: readonly unknown[], options?: AsyncOptions) => {
    ensureStarted();
    return callWithOptions(fn, args, options);
  },
  attach,
  detach,
  share: (value: unknown) => share(object(value, 'py.share(object)')),
  adopt,
  interrupt,
  get threadId(): number {
    return viaSide('get_ident') as number;
  },
  isShared,
  signature,
  codecs: Object.freeze({ add: addCodec }),
  close,
  get main(): unknown {
    return importModule('__main__');
  },
  get builtins(): unknown {
    return importModule('builtins');
  },
  get ops(): unknown {
    return operatorModule();
  },
  get info(): PythonInfo {
    return info();
  },
  /** For the `caduceus` command. */
  [Symbol.for('caduceus.startProgram')]: startProgram,
  [Symbol.dispose]: close,
  async [Symbol.asyncDispose](): Promise<void> {
    close();
  },
};

/**
 * Python. The first use starts the interpreter that discovery finds; {@link start} before that chooses.
 *
 * As a template's tag it evaluates an expression; the values in it are bound as arguments, never pasted.
 *
 * @example
 * ```ts
 * import { py } from 'caduceus';
 *
 * const math = py.import('math');
 * console.log(math.sqrt(2), py`sum(x * x for x in ${[1, 2, 3]})`); // 1.4142135623730951 14
 * ```
 */
export const py: Py = Object.defineProperties(
  ((code: TemplateStringsArray, ...values: unknown[]) => {
    if (!isTemplate(code)) {
      throw bridgeTypeError('WRONG_ARGUMENT', {
        tried: 'py(…)',
        found: 'it was called as a function',
        todo: 'write py`expression`, py.eval(text) or py.import(name)',
      });
    }
    return evaluate(code, ...values);
  }) as unknown as Py,
  Object.getOwnPropertyDescriptors(members) as PropertyDescriptorMap,
);

/**
 * Starts Python with these options and returns `py`. Equal options again are fine; others are a
 * {@link BridgeError} with the code `ALREADY_STARTED` that names the place of the first call.
 *
 * @param options - which Python, and how it starts
 * @throws BridgeError `NO_PYTHON` with every place tried, `START_FAILED`, `ALREADY_STARTED`
 * @example
 * ```ts
 * import { start } from 'caduceus';
 *
 * const py = start({ isolated: true });
 * console.log(py.info.version);
 * ```
 */
export function start(options: StartOptions = {}): Py {
  ensureStarted(options);
  return py;
}
