// What py.as and info are typed as. Compiled by tsc alone, never run.
import { at, BridgeError, type BridgeErrorCode, kw, py } from 'caduceus';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._: Equal<A, B> extends true ? [] : [never]): void {}

const value: unknown = py.list([1]);

const array = py.as(value, Array);
same<typeof array, any[]>();
const floats = py.as(value, Float64Array);
const first = floats[0];
same<typeof first, number | undefined>();
const bytes = py.as(value, Uint8Array);
bytes.subarray(1).byteLength.toFixed();
const map = py.as(value, Map);
same<typeof map, Map<any, any>>();
const set = py.as(value, Set);
same<typeof set, Set<any>>();
const date = py.as(value, Date);
same<typeof date, Date>();
const big = py.as(value, BigInt);
same<typeof big, bigint>();
const truth = py.as(value, Boolean);
same<typeof truth, boolean>();
const number = py.as(value, Number);
same<typeof number, number>();
const text = py.as(value, String);
same<typeof text, string>();
const object = py.as(value, Object);
same<typeof object, Record<string, any>>();
const view = py.as(value, DataView);
view.getFloat64(0);

// @ts-expect-error: a target is needed
py.as(value);
// @ts-expect-error: a target is a constructor
py.as(value, 'Array');

// Proxies are any: conversions and items on them are, too.
const proxy = py.list([1]);
same<typeof proxy, any>();
const converted = proxy.as(Array);
same<typeof converted, any>();
proxy[at(0)] = 1;
proxy[at(py.slice(1, 3), 0)];
// @ts-expect-error: at takes at least one key
at();

const { info } = py;
same<typeof info.freeThreaded, boolean>();
same<typeof info.gilEnabled, boolean>();
same<typeof info.version, string>();
// @ts-expect-error: what is told is not assigned
info.version = '3.14';
// @ts-expect-error: nor are the modules
py.builtins = 5;

try {
  py.attr(null, 'x');
} catch (error) {
  if (error instanceof BridgeError) {
    const code: BridgeErrorCode = error.code;
    // @ts-expect-error: codes are known
    if (code === 'NO_SUCH_CODE') throw error;
  }
}

void [bytes, map, set, date, big, truth, number, text, object, first, array, kw({})];
