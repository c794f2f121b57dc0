import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kw, py } from 'caduceus';
import { pd, skip } from './numpy.ts';

const frame = () => pd.DataFrame({ name: ['a', 'b'], n: [1, 2], x: [0.5, Number.NaN] });

test('a data frame as Array is its rows', { skip }, () => {
  assert.deepEqual(frame().as(Array), [
    { name: 'a', n: 1, x: 0.5 },
    { name: 'b', n: 2, x: Number.NaN },
  ]);
});

test('a data frame as Object or Map is its columns', { skip }, () => {
  const columns = { name: ['a', 'b'], n: [1, 2], x: [0.5, Number.NaN] };
  assert.deepEqual(frame().as(Object), columns);
  assert.deepEqual(frame().as(Map), new Map(Object.entries(columns)));
  assert.deepEqual(py.dict({ table: frame() }).as(Object), { table: columns });
});

test('a series as Array is its values, as Object or Map those under their labels', { skip }, () => {
  const series = pd.Series([1, 2], kw({ index: ['a', 'b'] }));
  assert.deepEqual(series.as(Array), [1, 2]);
  assert.deepEqual(series.as(Object), { a: 1, b: 2 });
  assert.deepEqual(
    series.as(Map),
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  );
  assert.deepEqual(pd.Series([5, 6]).as(Object), { 0: 5, 1: 6 });
  assert.deepEqual(
    pd.Series([5, 6]).as(Map),
    new Map([
      [0, 5],
      [1, 6],
    ]),
  );
  assert.deepEqual(frame().n.as(Float64Array), new Float64Array([1, 2]));
  assert.deepEqual(frame().index.as(Array), [0, 1]);
});

test('a Timestamp as Date is that moment, NaT is an invalid Date', { skip }, () => {
  assert.equal(pd.Timestamp('2024-01-02T03:04:05Z').as(Date).toISOString(), '2024-01-02T03:04:05.000Z');
  assert.equal(Number.isNaN(pd.NaT.as(Date).getTime()), true);
  assert.equal(
    pd
      .to_datetime(py.list([new Date(5)]))[0]
      .as(Date)
      .getTime(),
    5,
  );
});

test('a column given as a typed array, a function applied to it', { skip }, () => {
  const table = pd.DataFrame(kw({ data: { v: new Float64Array([1, 2]) } }));
  assert.deepEqual(table.v.map((x: number) => x * 2).as(Array), [2, 4]);
});

test('a JavaScript function is applied to rows, columns and groups', { skip }, () => {
  const numbers = pd.DataFrame({ g: ['x', 'y', 'x'], n: [1, 2, 3] });
  assert.deepEqual(
    numbers
      .apply((row: any) => row.n * 2, kw({ axis: 1 }))
      .tolist()
      .as(Array),
    [2, 4, 6],
  );
  assert.deepEqual(
    numbers.n.agg((column: any) => column.sum()),
    6,
  );
  assert.deepEqual(
    numbers
      .groupby('g')
      .n.agg((group: any) => group.sum())
      .tolist()
      .as(Array),
    [4, 2],
  );
});
