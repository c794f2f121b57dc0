// What the declarations make of modules, calls and values. Compiled by tsc alone, never run.
import {
  type Kw,
  kw,
  type Py,
  PythonError,
  type PythonFrame,
  py,
  type Reference,
  type Scope,
  start,
} from 'caduceus';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._: Equal<A, B> extends true ? [] : [never]): void {}

type int = number;

interface Model {
  save(path: string, kwargs: Kw<{ format: 'json' | 'binary'; compress?: boolean }>): void;
  log(kwargs: Kw): void;
  fit(x: unknown, kwargs?: Kw<{ epochs?: int; verbose?: boolean }>): Model;
  readonly loss: number;
}

declare module 'caduceus' {
  interface PythonModules {
    'typed.math': { sqrt(x: number): number; readonly pi: number };
    'my.models': { Model: new (layers: int) => Model };
  }
}

// A module with stubs is typed, one without is any.
const math = py.import('typed.math');
same<typeof math.pi, number>();
same<ReturnType<typeof math.sqrt>, number>();
// @ts-expect-error: no such function
math.sqroot(2);
// @ts-expect-error: a number is wanted
math.sqrt('2');
const numpy = py.import('numpy');
same<typeof numpy, any>();
numpy.anything.goes(1)[2]?.three;
const name: string = 'computed';
const computed = py.import(name);
same<typeof computed, any>();
// @ts-expect-error: a name is a text
py.import(5);

// Keyword arguments.
const { Model: ModelClass } = py.import('my.models');
const model = new ModelClass(2);
model.fit([1, 2], kw({ epochs: 3 })).fit([3]);
model.fit([], kw({}));
// @ts-expect-error: no such keyword
model.fit([1, 2], kw({ epoch: 3 }));
// @ts-expect-error: a known keyword beside one that does not exist
model.fit([1, 2], kw({ epochs: 3, epoch: 3 }));
// @ts-expect-error: the wrong type
model.fit([1, 2], kw({ epochs: 'three' }));
model.save('a', kw({ format: 'json' }));
// @ts-expect-error: a keyword that must be there
model.save('a', kw({ compress: true }));
// @ts-expect-error: no such keyword, though those that must be there are
model.save('a', kw({ format: 'json', level: 9 }));
model.log(kw({ any: 1, keyword: 'is fine' }));
// @ts-expect-error: a plain object is no keyword argument
model.fit([1, 2], { epochs: 3 });
const literal = kw({ mode: 'fast', sizes: [1, 2] });
same<typeof literal, Kw<{ readonly mode: 'fast'; readonly sizes: readonly [1, 2] }>>();
// @ts-expect-error: keyword arguments have names
kw('text');

// Templates and texts: any unless told.
const anything = py`1 + 1`;
same<typeof anything, any>();
const two = py<number>`1 + 1`;
same<typeof two, number>();
const evaluated = py.eval('1');
same<typeof evaluated, any>();
const text = py.eval<string>('str(1)');
same<typeof text, string>();
const fromTemplate = py.eval<number>`${1} + 1`;
same<typeof fromTemplate, number>();
const fn = py.def<(x: number) => number>`def f(x): return x`;
same<typeof fn, (x: number) => number>();
const untyped = py.def`def f(x): return x`;
same<typeof untyped, any>();
same<ReturnType<typeof py.exec>, void>();
// @ts-expect-error: py is a tag, no function of text
py('1 + 1');

// Scopes.
const scope = py.scope({ x: 1 });
same<typeof scope, Scope>();
const got = scope.get('x');
same<typeof got, any>();
const x = scope.get<number>('x');
same<typeof x, number>();
scope.set('y', [1, 2]);
const z = scope.eval<number>`x + ${1}`;
same<typeof z, number>();

// Starting.
same<ReturnType<typeof start>, Py>();
start({ python: '3.14t', argv: ['a'], path: [], env: { A: 'b' }, isolated: true, flags: ['-B'] });
// @ts-expect-error: no such option
start({ pyhton: '3.14t' });
// @ts-expect-error: flags are a list
start({ flags: '-B' });

// References, attributes, items.
const reference = py.ref([1, 2]);
same<typeof reference, Reference<number[]>>();
const any = py.attr(numpy, 'x');
same<typeof any, any>();
const attribute = py.attr<number>(numpy, 'size');
same<typeof attribute, number>();
const item = py.item<string>(numpy, 0);
same<typeof item, string>();

// Attaching.
const attached = py.attach(() => 5);
same<typeof attached, number>();
const detached = py.detach(() => 'text');
same<typeof detached, string>();
py.attach()[Symbol.dispose]();

// Errors.
try {
  py.exec('1 / 0');
} catch (error) {
  if (error instanceof PythonError) {
    same<typeof error.name, string>();
    same<typeof error.value, any>();
    const frame = error.frames[0];
    same<typeof frame, PythonFrame | undefined>();
    same<typeof error.traceback, string>();
    const is: boolean = error.is(py.builtins.ValueError);
    void is;
  }
}

void [two, text, fromTemplate, fn, untyped, x, z, attached, detached, attribute, item, reference, literal];
