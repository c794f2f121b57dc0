import { asThrown } from '../exceptions.ts';
import { side } from '../side.ts';

/** Resumes a Python generator with a value. */
export function sendInto(generator: object, value: unknown): IteratorResult<unknown, unknown> {
  return result(side('send', generator, value));
}

/** Closes a Python generator. */
export function closeGenerator(generator: object, value: unknown): IteratorResult<unknown, unknown> {
  side('close', generator);
  return { done: true, value };
}

/** Raises an error where a Python generator waits. */
export function throwInto(generator: object, error: unknown): IteratorResult<unknown, unknown> {
  return result(side('throw_into', generator, ...asThrown(error)));
}

function result(step: unknown): IteratorResult<unknown, unknown> {
  const { 0: done, 1: value } = step as { 0: boolean; 1: unknown };
  return { done, value: done && value === null ? undefined : value };
}
