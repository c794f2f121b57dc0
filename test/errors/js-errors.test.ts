// JavaScript's errors as Python's exceptions: their stacks, causes and attributes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PythonError, py } from 'caduceus';

function defined(code: string, names: Record<string, unknown> = {}): (name: string) => any {
  const scope = py.scope(names);
  scope.exec(`from caduceus import js\nimport traceback\n${code}`);
  return (name) => scope.get(name);
}

const shown = defined(`
def shown(f):
    try: f()
    except Exception: return traceback.format_exc()
`)('shown') as (f: () => void) => string;

test('a traceback shows the stack of JavaScript, without frames of the bridge', () => {
  const text = shown(function broken() {
    throw new RangeError('far');
  });
  assert.match(
    text,
    /\njs\.RangeError: RangeError: far\nJavaScript's stack:\n {4}at broken \(.*js-errors\.test/,
  );
  assert.match(text, /in shown\n/);
  assert.doesNotMatch(text, /bundle\.cjs/);
});

test('an error that Python makes itself has no stack to show', () => {
  const fail = defined(`
def fail(): raise js.RangeError('near')
`)('fail');
  assert.match(shown(fail), /\njs\.RangeError: RangeError: near\n$/);
});

test('a cause is the __cause__', () => {
  const inner = new TypeError('inner');
  const causeOf = defined(`
def cause_of(f):
    try: f()
    except js.Error as error: return [type(error.__cause__) is not type(None) and str(error.__cause__), error.__cause__]
`)('cause_of');
  const of = (cause: unknown) =>
    causeOf(() => {
      throw new Error('outer', { cause });
    });
  assert.equal(of(inner)[0], 'TypeError: inner');
  assert.ok(of(inner)[1] instanceof Error);
  const [text, value] = of(new PythonError(py.builtins.KeyError('k')));
  assert.deepEqual([text, value.name ?? String(value)], ["'k'", "'k'"]);
  assert.equal(of('no error')[0], false);
  const circular = new Error('circular');
  circular.cause = circular;
  assert.match(
    shown(() => {
      throw circular;
    }),
    /circular/,
  );
  const both = shown(() => {
    throw new Error('outer', { cause: inner });
  });
  assert.match(both, /TypeError: inner[\s\S]*direct cause[\s\S]*Error: outer/);
});

test('JavaScript has the attributes that Python sets on an error, and on its class', () => {
  const get = defined(`
class Refused(js.Error):
    name = 'Refused'
    kind = 'mine'
    def __init__(self, what, code):
        self.early = code
        super().__init__(what)
        self.code = code
        self.data = {'list': [1]}
        self._private = 1
def fail(): raise Refused('no', 5)
def other():
    error = js.RangeError('far')
    error.code, error.name = 'E_FAR', 'FarError'
    raise error
def frozen(error):
    try: error()
    except js.Error as caught:
        caught.name = 'Mine'
        return caught.name
`);
  assert.throws(get('fail'), (error: any) => {
    assert.deepEqual({ ...error }, { early: 5, code: 5, data: { list: [1] } });
    assert.deepEqual([error.name, error.kind, String(error)], ['Refused', 'mine', 'Refused: no']);
    return true;
  });
  assert.throws(get('other'), { name: 'FarError', code: 'E_FAR', message: 'far' });
  const answer = get('frozen')(() => {
    throw Object.freeze(new Error('frozen'));
  });
  assert.equal(answer, 'Mine');
});
