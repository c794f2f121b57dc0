import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';

type Target = new (length: number) => Iterable<unknown>;
const array = py.import('array').array;

const typecodes: [code: string, target: Target, values: unknown[]][] = [
  ['b', Int8Array, [-1, 2]],
  ['B', Uint8Array, [255, 2]],
  ['h', Int16Array, [-1, 2]],
  ['H', Uint16Array, [65535, 2]],
  ['i', Int32Array, [-1, 2]],
  ['I', Uint32Array, [2 ** 32 - 1, 2]],
  ['q', BigInt64Array, [-1n, 2n ** 62n]],
  ['Q', BigUint64Array, [2n ** 64n - 1n, 2n]],
  ['l', BigInt64Array, [-1n, 2n]],
  ['L', BigUint64Array, [1n, 2n]],
  ['f', Float32Array, [0.5, -2]],
  ['d', Float64Array, [0.1, Number.NaN]],
];
for (const [code, target, values] of typecodes) {
  test(`array('${code}') as ${target.name} is the same memory`, () => {
    const source = array(code, values);
    const view = source.as(target);
    assert.equal(view.constructor, target);
    assert.deepEqual([...view], values);
    assert.equal(py.isShared(view), true);
    view[0] = view[1];
    assert.equal(py.eval('lambda a: a[0] == a[1] or a[0] != a[0]')(source), true);
    py.setItem(source, 1, py.item(py.list([0]), 0));
    assert.equal(Number(view[1]), 0);
  });
}

test('a bytearray as Uint8Array is the same memory', () => {
  const source = py.builtins.bytearray(py.bytes('abc'));
  const view: Uint8Array = source.as(Uint8Array);
  view[0] = 65;
  assert.equal(String(source.decode()), 'Abc');
  py.setItem(source, 1, 66);
  assert.equal(view[1], 66);
  assert.equal(py.isShared(view), true);
  assert.equal(py.isShared(view.buffer), true);
  assert.equal(py.isShared(view.subarray(1)), true);
});

test('bytes are a copy', () => {
  const source = py.bytes('abc');
  const view: Uint8Array = source.as(Uint8Array);
  view[0] = 0;
  assert.equal(py.isShared(view), false);
  assert.equal(String(source.decode()), 'abc');
  assert.deepEqual([...py.as(py.eval('b"xy"'), Uint8Array)], [120, 121]);
});

test('a read-only, a sliced backwards and a strided memoryview are copies, a plain slice shares', () => {
  py.exec`memory = bytearray(range(8))`;
  const read = (source: string): Uint8Array => py.eval(source).as(Uint8Array);
  const cases: [source: string, shared: boolean, values: number[]][] = [
    ['memoryview(memory)', true, [0, 1, 2, 3, 4, 5, 6, 7]],
    ['memoryview(memory)[2:4]', true, [2, 3]],
    ['memoryview(memory).toreadonly()', false, [0, 1, 2, 3, 4, 5, 6, 7]],
    ['memoryview(memory)[::3]', false, [0, 3, 6]],
    ['memoryview(memory)[::-1]', false, [7, 6, 5, 4, 3, 2, 1, 0]],
  ];
  for (const [source, shared, values] of cases) {
    const view = read(source);
    assert.deepEqual([...view], values, source);
    assert.equal(py.isShared(view), shared, source);
  }
});

test('another element type is converted by value', () => {
  const source = array('i', [1, -2, 3]);
  const view = source.as(Float64Array);
  assert.deepEqual([...view], [1, -2, 3]);
  assert.equal(py.isShared(view), false);
  assert.deepEqual([...array('d', [1.5, 2]).as(Int32Array)], [1, 2]);
  assert.deepEqual([...array('q', [1, 2]).as(Float64Array)], [1, 2]);
  assert.deepEqual([...array('i', [1, 2]).as(BigInt64Array)], [1n, 2n]);
});

test('lists and ranges become typed arrays by value', () => {
  assert.deepEqual([...py.list([1, 2.5]).as(Float64Array)], [1, 2.5]);
  assert.deepEqual([...py.eval('range(3)').as(Int32Array)], [0, 1, 2]);
  assert.deepEqual([...py.as([1, 2], BigInt64Array)], [1n, 2n]);
  assert.deepEqual([...py.eval('(i * i for i in range(3))').as(Uint8Array)], [0, 1, 4]);
});

test('what has no numbers says so', () => {
  assert.throws(() => py.builtins.object().as(Float64Array), { name: 'TypeError' });
  assert.throws(() => py.list([1.5]).as(BigInt64Array), /1\.5|integer/);
});

test('ArrayBuffer and DataView share as well', () => {
  const source = py.builtins.bytearray(4);
  const buffer: ArrayBuffer = source.as(ArrayBuffer);
  new Uint8Array(buffer)[1] = 5;
  const view: DataView = source.as(DataView);
  assert.equal(view.getUint8(1), 5);
  assert.equal(py.isShared(buffer) && py.isShared(view), true);
  view.setInt16(2, 258);
  assert.equal(py.eval('lambda b: list(b)')(source).as(Array).join(), '0,5,1,2');
});

test('the same bytearray exported twice is one memory', () => {
  const source = py.builtins.bytearray(4);
  const first: Uint8Array = source.as(Uint8Array);
  const second: Uint8Array = source.as(Uint8Array);
  first[0] = 3;
  assert.equal(second[0], 3);
});

test('empty buffers are empty arrays', () => {
  assert.equal(py.builtins.bytearray().as(Uint8Array).length, 0);
  assert.equal(array('d').as(Float64Array).length, 0);
  assert.equal(py.bytes('').as(Uint8Array).length, 0);
});

test('a view that went to JavaScript comes back to Python as the same memory', () => {
  const source = py.builtins.bytearray(2);
  const view: Uint8Array = source.as(Uint8Array);
  py.eval('lambda v: memoryview(v).__setitem__(0, 9)')(view);
  assert.equal(source[0], 9);
});

test('isShared is false for JavaScript’s own memory and for anything else', () => {
  for (const value of [new Uint8Array(1), new ArrayBuffer(1), null, 1, {}])
    assert.equal(py.isShared(value), false);
});

async function collect(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('while a view lives the bytearray cannot be resized, afterwards it can', async () => {
  const source = py.builtins.bytearray(8);
  let view: Uint8Array | undefined = source.as(Uint8Array);
  assert.throws(() => source.append(1), { name: 'BufferError' });
  assert.equal(view?.length, 8);
  view = undefined;
  await collect();
  source.append(1);
  assert.equal(source.length, 9);
});

test('two views of one bytearray, and empty ones, all let go', async () => {
  const source = py.builtins.bytearray(8);
  const empty = py.builtins.bytearray();
  (() =>
    [source.as(Uint8Array), source.as(Uint8Array), empty.as(Uint8Array), empty.as(ArrayBuffer)].length)();
  await collect();
  source.append(1);
  empty.append(1);
  assert.equal(source.length + empty.length, 10);
});

test('the memory outlives the Python side', async () => {
  const view: Uint8Array = (() => py.builtins.bytearray(1 << 20).as(Uint8Array))();
  await collect();
  py.import('gc').collect();
  view.fill(7);
  assert.equal(view[(1 << 20) - 1], 7);
});

test('views that were moved to another ArrayBuffer keep the memory', async () => {
  const source = py.builtins.bytearray(py.bytes('abc'));
  const transfer = (ArrayBuffer.prototype as { transfer?: () => ArrayBuffer }).transfer;
  if (!transfer) return;
  let moved: ArrayBuffer | undefined = transfer.call(source.as(ArrayBuffer));
  await collect();
  assert.throws(() => source.append(1), { name: 'BufferError' });
  assert.equal(new Uint8Array(moved ?? new ArrayBuffer(0))[0], 97);
  moved = undefined;
  await collect();
  source.append(1);
});
