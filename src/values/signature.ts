// How JavaScript functions and classes are declared for Python: `py.signature`.
import { bridgeTypeError } from '../errors/bridge-error.ts';
import { constructorIn, patternIn } from './describe.ts';
import { isIdentified } from './js-identity.ts';

type Fn = (...args: never[]) => unknown;

declare const mark: unique symbol;

/** What {@link Py.signature} is: a decorator's maker, and the key of a static member. */
export type SignatureMark = typeof mark &
  (<const Text extends string>(
    text: Text,
  ) => <F extends (abstract new (...args: never) => unknown) | ((...args: never) => unknown)>(
    fn: F,
    context?: unknown,
  ) => F);

// The same for every copy of the package.
const key: symbol = Symbol.for('caduceus.signature');

/** `py.signature(text)(fn)`; where it names a static member, it is that of the text. */
export const signature = Object.defineProperty(
  (text: string) => {
    requireText(text);
    return (fn: object): object => {
      if (typeof fn !== 'function') throw misplaced(`it was given ${fn === null ? 'null' : typeof fn}`);
      if (isIdentified(fn)) throw misplaced(`Python knows ${fn.name || 'the function'} already`);
      if (!Reflect.defineProperty(fn, key, { value: text, configurable: true, writable: true }))
        throw misplaced(`${fn.name || 'the function'} is frozen`);
      return fn;
    };
  },
  Symbol.toPrimitive,
  { value: () => key },
) as unknown as SignatureMark;

function requireText(text: unknown): asserts text is string {
  if (typeof text === 'string') return;
  throw bridgeTypeError('WRONG_ARGUMENT', {
    tried: 'py.signature(text)',
    found: `the text is ${text === null ? 'null' : typeof text}`,
    todo: "pass the parameters as Python declares them: py.signature('data, alpha: float = 1.0, *, fit=True')",
  });
}

function misplaced(found: string): TypeError {
  return bridgeTypeError('WRONG_ARGUMENT', {
    tried: 'py.signature(text)(fn)',
    found,
    todo: 'pass a function or class that is not frozen, before Python gets it',
  });
}

/** The parameters of a function or class as its author declares them for Python; undefined where nobody has. */
export function signatureOf(fn: object): string | undefined {
  let at: object | null = fn;
  while (typeof at === 'function') {
    if (Object.hasOwn(at, key)) {
      const text: unknown = Reflect.get(at, key);
      requireText(text);
      return text;
    }
    // A class without a constructor has that of the class above.
    if (!isClass(at) || constructorIn(Function.prototype.toString.call(at)) !== undefined) return undefined;
    at = Object.getPrototypeOf(at);
  }
  return undefined;
}

function isClass(fn: object): boolean {
  return (
    Object.hasOwn(fn, 'prototype') && Object.getOwnPropertyDescriptor(fn, 'prototype')?.writable === false
  );
}

let numberOf: (name: string, text: string, pattern: number) => number;

/** Says how declarations are numbered, which all threads of the process have in common. */
export function numberDeclarationsWith(provided: typeof numberOf): void {
  numberOf = provided;
}

const numbers = new Map<string, number>();
// The source text of a class that has crossed is not looked at again.
const undeclared = new WeakSet<object>();

/**
 * A number for how a function is declared, the same for all that are declared so: its name, its parameters, and which of its own
 * takes an object apart; 0 for one that is not declared.
 */
export function declarationNumber(fn: object): number {
  if (!Object.hasOwn(fn, key) && (!isClass(fn) || undeclared.has(fn))) return 0;
  const text = signatureOf(fn);
  if (text === undefined) {
    undeclared.add(fn);
    return 0;
  }
  const [name, pattern] = [(fn as Fn).name || 'anonymous', patternIn(fn as Fn)];
  const declaration = JSON.stringify([name, text, pattern]);
  let number = numbers.get(declaration);
  if (number === undefined) {
    number = numberOf(name, text, pattern);
    numbers.set(declaration, number);
  }
  return number;
}
