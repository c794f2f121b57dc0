import type { Program } from '../native/binding.ts';
import { convertTaken } from './codecs.ts';
import { Build } from './opcodes.ts';

type Container = unknown[] | Record<string, unknown> | Map<unknown, unknown> | Set<unknown>;

/** A container being filled: where its next value goes. */
interface Open {
  container: Container;
  opcode: number;
  key: unknown;
  hasKey: boolean;
}

/** Runs the program that native code made of Python data. Iterative, as the data may be deep or cyclic. */
export function decode(
  program: Program,
  wrap: (handle: number, kind: number) => unknown,
  keyed: (opcode: number) => Map<unknown, unknown> | Set<unknown> = mapOrSet,
): unknown {
  const [code, values] = program;
  // Containers, new objects and what codecs made, in their order: what may be repeated.
  const made: unknown[] = [];
  const stack: Open[] = [];
  let codec = 0;
  let failure: { readonly error: unknown } | undefined;
  let result: unknown;
  let at = 0;
  while (at < code.length) {
    const opcode = code[at++];
    let value: unknown;
    switch (opcode) {
      case Build.value:
        value = values[code[at++] as number];
        break;
      case Build.number:
        value = code[at++];
        break;
      case Build.null:
        value = null;
        break;
      case Build.true:
        value = true;
        break;
      case Build.false:
        value = false;
        break;
      case Build.repeat:
        value = made[code[at++] as number];
        break;
      case Build.wrap:
        value = wrapped(code[at++] as number, code[at++] as number, values, wrap);
        if (codec === 0 && code[at - 1] !== -1) made.push(value);
        break;
      case Build.codec:
        codec = code[at++] as number;
        continue;
      case Build.close:
        stack.pop();
        continue;
      default: {
        const container = create(opcode as number, keyed);
        made.push(container);
        if (stack.length > 0) put(stack[stack.length - 1] as Open, container);
        else result = container;
        stack.push({ container, opcode: opcode as number, key: undefined, hasKey: false });
        continue;
      }
    }
    if (codec !== 0) {
      try {
        value = failure ? undefined : convertTaken(codec, value as object, -1);
      } catch (error) {
        failure = { error }; // thrown when all handles of the program have their proxies
      }
      codec = 0;
      made.push(value);
    }
    if (stack.length > 0) put(stack[stack.length - 1] as Open, value);
    else result = value;
  }
  if (failure) throw failure.error;
  return result;
}

/** A new object's proxy; or, of an exception that an error stands for, the error's. */
function wrapped(
  handle: number,
  kind: number,
  values: readonly unknown[],
  wrap: (handle: number, kind: number) => unknown,
): unknown {
  return kind === -1 ? (values[handle] as { value: unknown }).value : wrap(handle, kind);
}

function create(opcode: number, keyed: typeof mapOrSet): Container {
  if (opcode === Build.array) return [];
  return opcode === Build.object ? {} : keyed(opcode);
}

function mapOrSet(opcode: number): Map<unknown, unknown> | Set<unknown> {
  return opcode === Build.map ? new Map() : new Set();
}

function put(open: Open, value: unknown): void {
  const { container, opcode } = open;
  if (opcode === Build.array) {
    (container as unknown[]).push(value);
  } else if (opcode === Build.set) {
    (container as Set<unknown>).add(value);
  } else if (!open.hasKey) {
    open.key = value;
    open.hasKey = true;
  } else {
    open.hasKey = false;
    if (opcode === Build.map) (container as Map<unknown, unknown>).set(open.key, value);
    else define(container as Record<string, unknown>, open.key as string, value);
  }
}

function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
