import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';

interface Matchers {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toStrictEqual(expected: unknown): void;
  toMatchObject(expected: unknown): void;
  toContain(item: unknown): void;
  toHaveLength(length: number): void;
  toHaveProperty(name: string, value?: unknown): void;
  toBeInstanceOf(type: unknown): void;
  toBeTruthy(): void;
  toBeDefined(): void;
  toThrow(expected?: unknown): void;
  not: Matchers;
}
type Expect = (value: unknown) => Matchers;

/** The manners of proxies under the matchers of a test framework. */
export function matcherTests(framework: string, expect: Expect): void {
  py.exec(`
    calls = []
    class Recording:
        def __init__(self, stored): self.stored = stored
        def __getattr__(self, name):
            calls.append(name)
            raise AttributeError(name)
        @property
        def computed(self):
            calls.append('property computed')
            return 1
        def __eq__(self, other):
            calls.append('__eq__')
            return True
        __hash__ = None
  `);
  const { Recording, calls } = py.main;
  const noCalls = () => assert.deepEqual(calls.as(Array), [], 'Python code of the class ran');

  test(`${framework}: an object is equal to itself and unequal to one with other data`, () => {
    const object = Recording(1);
    expect(object).toBe(object);
    expect(object).toEqual(object);
    expect(object).toStrictEqual(object);
    expect(object).not.toBe(Recording(1));
    expect(object).not.toEqual(Recording(2));
    expect(object).toEqual(Recording(1));
    expect({ inside: [object] }).toEqual({ inside: [object] });
    expect({ inside: [object] }).not.toEqual({ inside: [Recording(2)] });
    noCalls();
  });

  test(`${framework}: lists and dicts are compared with plain data as toEqual compares`, () => {
    expect(py.dict({ a: 1, b: 'x' })).toEqual({ a: 1, b: 'x' });
    expect(py.dict({ a: 1 })).not.toEqual({ a: 2 });
    expect(py.dict({ a: 1 })).not.toEqual({});
    expect(py.dict({ a: 1, b: 2 })).toMatchObject({ a: 1 });
    expect(py.list([1, 2]).as(Array)).toEqual([1, 2]);
    expect([...py.list([1, 2])]).toStrictEqual([1, 2]);
    expect(py.list([1, 2])).not.toEqual(py.list([1, 3]));
    expect(py.list([1, 2])).toEqual(py.list([1, 2]));
    expect(py.set([1])).not.toEqual(py.set([2]));
    expect(py.set([1])).toEqual(py.set([1]));
  });

  test(`${framework}: matchers that look inside run no Python of the class`, () => {
    const object = Recording(1);
    expect(object).toBeDefined();
    expect(object).toBeTruthy();
    expect(object).toMatchObject({ stored: 1 });
    expect(object).toHaveProperty('stored', 1);
    expect(object).toBeInstanceOf(Recording);
    noCalls();
  });

  test(`${framework}: what keeps its data where JavaScript sees none is equal to itself alone`, () => {
    const { date } = py.import('datetime');
    const day = date(2024, 1, 1);
    for (const [one, other] of [
      [day, date(2024, 1, 2)],
      [py.int(1), py.int(2)],
      [py.import('fractions').Fraction(1, 2), py.import('fractions').Fraction(1, 3)],
      [py.import('re').match('a', 'a'), py.import('re').match('b', 'b')],
      [py.builtins.ValueError('a'), py.builtins.ValueError('b')],
      [py.import('json'), py.import('math')],
      [py.str('a'), py.str('b')],
    ]) {
      expect(one).toEqual(one);
      expect({ one }).toStrictEqual({ one });
      expect(one).not.toEqual(other);
      expect({ one }).not.toStrictEqual({ one: other });
    }
  });

  test(`${framework}: length, contents and errors`, () => {
    expect(py.list([1, 2])).toHaveLength(2);
    expect(py.list([1, 2])).toContain(2);
    expect(() => py`1 / 0`).toThrow('division');
    expect(() => py`1 / 0`).toThrow(/zero/);
  });

  test(`${framework}: a failing matcher tells the difference instead of failing itself`, () => {
    for (const fails of [
      () => expect(Recording(1)).toEqual({ stored: 2 }),
      () => expect(py.list([1])).toEqual([2]),
      () => expect(py.dict({ a: 1 })).toStrictEqual({ a: 2 }),
      () => expect(py.import('json')).toEqual(5),
      () => expect(Recording).toBe(Recording(1)),
      () => expect(py.builtins.len).toEqual({}),
      () => expect(py.import('json')).toEqual(py.import('math')),
    ]) {
      assert.throws(fails, (error: Error) => /expect|equal/i.test(error.message), String(fails));
    }
    // Jest copies what it prints, every property read: those of the class run, but no unknown name is asked for.
    const asked = calls.as(Array).filter((call: string) => call !== 'property computed');
    assert.deepEqual(asked, []);
  });
}
