// What py.codecs is typed as. Compiled by tsc alone, never run.
import { type Codec, type CodecDisposer, py } from 'caduceus';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._: Equal<A, B> extends true ? [] : [never]): void {}

class Money {
  readonly amount: string;
  constructor(amount: string) {
    this.amount = amount;
  }
}
abstract class Shape {
  abstract readonly area: number;
}

const codec = py.codecs.add({
  js: Money,
  toPython(money) {
    same<typeof money, Money>();
    return money.amount;
  },
});
same<typeof codec, CodecDisposer>();
codec();
using _ = codec;
py.codecs.add({ js: Shape, toPython: (shape) => shape.area });
py.codecs.add({ python: py.builtins.complex, toJs: (z) => [z.real, z.imag] });
py.codecs.add({ python: py.builtins.complex, toJs: String });
py.codecs.add({
  python: py.builtins.complex,
  js: Money,
  toJs: (z) => new Money(String(z)),
  toPython: (m) => m.amount,
});
const kept: Codec<Money> = { js: Money, toPython: (money) => money.amount };
py.codecs.add(kept);

// @ts-expect-error: a class without its function
py.codecs.add({ js: Money });
// @ts-expect-error: a function without its class
py.codecs.add({ toJs: () => 1 });
// @ts-expect-error: halves of both
py.codecs.add({ js: Money, toJs: () => 1 });
// @ts-expect-error: neither
py.codecs.add({});
// @ts-expect-error: what it gets is an instance of the class
py.codecs.add({ js: Money, toPython: (shape: Shape) => shape.area });
// @ts-expect-error: it is not replaced
py.codecs = { add: () => codec };
