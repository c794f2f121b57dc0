import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kw, py } from 'caduceus';
import { np, skip } from './numpy.ts';

const scalars: [source: string, expected: unknown][] = [
  ['numpy.bool_(True)', true],
  ['numpy.int8(-5)', -5],
  ['numpy.int64(5)', 5],
  ['numpy.int64(-2**62)', -(2n ** 62n)],
  ['numpy.uint64(2**53)', 2n ** 53n],
  ['numpy.uint64(2**64 - 1)', 2n ** 64n - 1n],
  ['numpy.float16(1.5)', 1.5],
  ['numpy.float32(0.5)', 0.5],
  ['numpy.float64(0.1)', 0.1],
  ['numpy.float64("nan")', Number.NaN],
  ['numpy.longdouble(2.5)', 2.5],
  ['numpy.str_("añ")', 'añ'],
];
for (const [source, expected] of scalars) {
  test(`${source} is its Python kin, alone, as an item, in data and as an argument`, { skip }, () => {
    const take = (code: string) => py.eval(code.replace('numpy', '__import__("numpy")'));
    assert.ok(Object.is(take(source), expected));
    assert.ok(Object.is(take(`[${source}]`)[0], expected));
    assert.ok(Object.is(take(`{"k": ${source}}`).as(Object).k, expected));
    assert.ok(Object.is(take(`lambda f: f(${source})`)((x: unknown) => [x])[0], expected));
  });
}

test('items of numpy arrays are numbers, those of other types are proxies', { skip }, () => {
  assert.equal(np.array([1.5, 2])[0], 1.5);
  assert.equal(np.arange(5).sum(), 10);
  assert.equal(np.bool_(true), true);
  assert.equal(String(np.complex128(1)), '(1+0j)');
  assert.equal(typeof np.datetime64('2024-01-01'), 'object');
});

test('numpy data as Array, Object, Map, Set, Date', { skip }, () => {
  assert.deepEqual(
    np
      .array([
        [1, 2],
        [3, 4],
      ])
      .as(Array),
    [
      [1, 2],
      [3, 4],
    ],
  );
  assert.deepEqual(np.array(['a', 'b']).as(Array), ['a', 'b']);
  assert.deepEqual(
    np
      .array([2 ** 60])
      .astype('int64')
      .as(Array),
    [2n ** 60n],
  );
  assert.deepEqual(py.dict({ x: np.array([1]), y: np.float32(2) }).as(Object), { x: [1], y: 2 });
  assert.deepEqual(np.array([1, 1]).as(Set), new Set([1]));
  assert.equal(np.datetime64('2024-01-02T03:04:05').as(Date).toISOString(), '2024-01-02T03:04:05.000Z');
  assert.equal(Number.isNaN(np.datetime64('NaT').as(Date).getTime()), true);
  assert.equal(np.uint64(5) + 1, 6);
  assert.throws(() => np.array(5).as(Array), { name: 'TypeError' });
});

const dtypes: [dtype: string, target: new (length: number) => Iterable<unknown>, values: unknown[]][] = [
  ['int8', Int8Array, [-1, 2]],
  ['uint8', Uint8Array, [255, 2]],
  ['uint8', Uint8ClampedArray, [255, 2]],
  ['bool', Uint8Array, [1, 0]],
  ['int16', Int16Array, [-1, 2]],
  ['uint16', Uint16Array, [65535, 2]],
  ['int32', Int32Array, [-1, 2]],
  ['uint32', Uint32Array, [2 ** 32 - 1, 2]],
  ['int64', BigInt64Array, [-1n, 2n ** 62n]],
  ['uint64', BigUint64Array, [2n ** 64n - 1n, 2n]],
  ['float32', Float32Array, [0.5, -2]],
  ['float64', Float64Array, [0.1, Number.NaN]],
  ['longlong', BigInt64Array, [1n, 2n]],
];
for (const [dtype, target, values] of dtypes) {
  test(`a numpy array of ${dtype} as ${target.name} is the same memory`, { skip }, () => {
    const source = np.array(py.list(values), kw({ dtype }));
    const view = source.as(target);
    assert.deepEqual([...view], values);
    assert.equal(py.isShared(view), true);
    view[0] = view[1];
    assert.equal(py.eval('lambda a: a[0] == a[1] or a[0] != a[0]')(source), true);
  });
}

test('read-only, strided, byte-swapped, half and empty arrays convert by value', { skip }, () => {
  const frozen = np.arange(3.0);
  py.eval('lambda a: a.setflags(write=False)')(frozen);
  const cases: [source: unknown, expected: number[]][] = [
    [frozen, [0, 1, 2]],
    [py.eval('lambda a: a[::2]')(np.arange(5.0)), [0, 2, 4]],
    [np.array([1, 2]).astype('>f8'), [1, 2]],
    [np.array([1.5, 2]).astype('float16'), [1.5, 2]],
    [np.array([]), []],
    [np.array([true, false]), [1, 0]],
    [np.array([1, 2]).astype('int64'), [1, 2]],
    [np.array([1, 2]).astype('longdouble'), [1, 2]],
  ];
  for (const [source, expected] of cases) {
    const view = py.as(source, Float64Array) as Float64Array;
    assert.deepEqual(view, new Float64Array(expected), String(py.attr(source, 'dtype')));
    assert.equal(expected.length > 0 && py.isShared(view), false);
  }
  assert.throws(() => np.array(['a']).as(Float64Array), { name: 'TypeError' });
  assert.throws(() => np.array([py.eval('1j')]).as(Float64Array), { name: 'TypeError' });
});

test('numpy looks at a typed array’s own memory', { skip }, () => {
  for (const [array, dtype] of [
    [new Float64Array([1, 2, 3]), 'float64'],
    [new Int16Array([1, 2, 3]), 'int16'],
    [new BigUint64Array([1n, 2n, 3n]), 'uint64'],
    [new Uint8Array(new SharedArrayBuffer(3)), 'uint8'],
    [Buffer.from([1, 2, 3]), 'uint8'],
  ] as const) {
    const view = np.asarray(array);
    assert.equal(String(view.dtype), dtype);
    assert.deepEqual([...view.shape], [3]);
    view[0] = 9;
    assert.equal(Number(array[0]), 9);
  }
  assert.equal(np.sum(new Float64Array([1, 2])), 3);
});

test('a numpy view keeps the memory after JavaScript let go, and the other way round', { skip }, async () => {
  const view = (() => np.asarray(new Float64Array(1 << 16).fill(2)))();
  const shared = (() => np.ones(1 << 16).as(Float64Array))() as Float64Array;
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  py.import('gc').collect();
  assert.equal(view.sum(), 2 ** 17);
  assert.equal(
    shared.reduce((a, b) => a + b),
    2 ** 16,
  );
});
