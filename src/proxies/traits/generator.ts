import { toPythonException } from '../exceptions.ts';
import { side } from '../side.ts';

function step(generator: object, method: string, argument: unknown): IteratorResult<unknown, unknown> {
  const answer = side('step', generator, method, argument) as { 0: boolean; 1: unknown };
  return { done: answer[0], value: answer[1] === null && answer[0] ? undefined : answer[1] };
}

/** JavaScript's generator protocol on Python generators. */
export const generator = {
  /** Resumes with a value, as Python's `send`. */
  next(this: object, value?: unknown): IteratorResult<unknown, unknown> {
    return step(this, 'send', value ?? null);
  },

  /** Closes the generator. */
  return(this: object, value?: unknown): IteratorResult<unknown, unknown> {
    side('step', this, 'return', null);
    return { done: true, value };
  },

  /** Raises an error where the generator waits. */
  throw(this: object, error?: unknown): IteratorResult<unknown, unknown> {
    return step(this, 'throw', toPythonException(error));
  },
};
