// What the declarations make of calls that are not waited for. Compiled by tsc alone, never run.
import { type AsyncOptions, type Kw, kw, py, start } from 'caduceus';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._: Equal<A, B> extends true ? [] : [never]): void {}

declare const add: (a: number, b: number) => number;
declare const later: (name: string, kwargs?: Kw<{ tries?: number }>) => Promise<string>;
declare const anything: any;

// A function with a type: its arguments are checked, its result is what a promise of it holds.
const sum = py.async(add, [1, 2]);
same<typeof sum, Promise<number>>();
const name = py.async(later, ['x', kw({ tries: 2 })], { timeout: 5 });
same<typeof name, Promise<string>>();
// @ts-expect-error: a number is wanted
py.async(add, [1, '2']);
// @ts-expect-error: two arguments are wanted
py.async(add, [1]);

// One without a type takes anything, and the caller may say what comes back.
const some = py.async(anything, [1, 'x', { a: [1] }], { kwargs: { b: 2 } });
same<typeof some, Promise<any>>();
const count = py.async<number>(anything, [1]);
same<typeof count, Promise<number>>();
py.async(anything);

const options: AsyncOptions = { signal: new AbortController().signal, timeout: 100, kwargs: undefined };
py.async(anything, [], options);
// @ts-expect-error: no such option
py.async(anything, [], { deadline: 1 });
// @ts-expect-error: milliseconds are a number
py.async(anything, [], { timeout: '1' });

start({ threads: 4 });
// @ts-expect-error: a number is wanted
start({ threads: '4' });

// Without stubs a proxy is any: its short forms are, too.
same<ReturnType<typeof anything.async>, any>();
same<ReturnType<typeof anything.await>, any>();
