// Classes of both languages for the tests of codecs.
import { py } from 'caduceus';

export const typeName = py.eval('lambda x: type(x).__name__');
export const same = py.eval('lambda x: x');
export const reprOf = py.eval('repr');

/** A decimal number of JavaScript's, as programs have one. */
export class Decimal {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export class Money extends Decimal {}

export const PyDecimal = py.import('decimal').Decimal;

/** Runs `use` while a codec is there. */
export function during<T>(codec: Parameters<typeof py.codecs.add>[0], use: () => T): T {
  using _ = py.codecs.add(codec as never);
  return use();
}

/** A class of Python's. */
export function pointClass(): any {
  return py.def`
class Point:
    def __init__(self, x): self.x = x
    def __repr__(self): return f"Point({self.x})"
`;
}

export const pointToJs = (point: any) => ({ x: point.x });
