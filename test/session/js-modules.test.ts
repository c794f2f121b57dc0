// Python finds JavaScript by name: its globals and its modules.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { PythonError, py } from 'caduceus';

const folder = mkdtempSync(join(tmpdir(), 'js-modules-'));
after(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

write(
  'node_modules/plain/index.js',
  'exports.double = (x) => 2 * x; exports.from = 1; exports.list = [1, 2];',
);
write('node_modules/plain/deep.js', 'exports.deep = __filename;');
write('node_modules/with-hyphen/index.js', 'module.exports = (x) => x + 1;');
write('node_modules/@scope/some-pkg/index.js', 'exports.scoped = true;');
write('node_modules/broken/index.js', 'throw new RangeError("broken while it runs");');
write('node_modules/needs-more/index.js', 'require("not-there-at-all");');
write('node_modules/modern/package.json', '{ "type": "module", "exports": { "import": "./main.js" } }');
write('node_modules/modern/main.js', 'export const modern = 7; export default (x) => x * 3;');
write('beside.cjs', 'exports.beside = "python file";');
write(
  'asks_javascript.py',
  `
import caduceus

def run(code, **names):
    space = {'caduceus': caduceus, '__file__': __file__, **names}
    exec(code, space)
    return space.get('result')

def required(specifier): return caduceus.require(specifier)
async def imported(specifier): return await caduceus.import_(specifier)
`,
);
py`__import__('sys').path`.append(folder);
const asks = py.import('asks_javascript');
const run = (code: string): unknown => asks.run(code);

function raised(action: () => unknown): PythonError {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof PythonError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'nothing was raised' });
}

test('js is the global object, by import of caduceus, by name and in any thread', () => {
  assert.equal(run('from caduceus import js\nresult = js.Math.max(1, 2)'), 2);
  assert.equal(run('from js import JSON\nresult = JSON.stringify({"a": [1, None]})'), '{"a":[1,null]}');
  assert.equal(run('import js\nresult = js'), globalThis);
  const code = `
import concurrent.futures
def of_thread():
    from caduceus import js
    return js
with concurrent.futures.ThreadPoolExecutor(1) as pool: result = pool.submit(of_thread).result()
`;
  assert.equal(run(code), globalThis);
});

test('require looks from the folder of the Python file that asks', () => {
  assert.equal(asks.required('./beside.cjs').beside, 'python file');
  assert.equal(asks.required('plain').double(4), 8);
  assert.equal(asks.required('node:path').sep, '/');
});

test('a module that nobody knows is a ModuleNotFoundError that says where it was looked for', () => {
  const error = raised(() => asks.required('not-there-at-all'));
  assert.ok(error.is(py.builtins.ModuleNotFoundError));
  assert.ok(error.message.includes(folder) && error.message.includes(process.cwd()), error.message);
  assert.match(error.message, /npm install not-there-at-all/);
});

test('what a module throws while it runs is raised as it is', () => {
  assert.throws(() => asks.required('broken'), RangeError);
  assert.throws(() => asks.required('needs-more'), { code: 'MODULE_NOT_FOUND', message: /not-there-at-all/ });
});

test('import_ resolves as an ES module does', async () => {
  const modern = await asks.imported('modern');
  assert.deepEqual([modern.modern, modern.default(5)], [7, 15]);
  await assert.rejects(asks.imported('not-there-at-all'), { name: 'ModuleNotFoundError' });
});

test('the import statement takes modules of npm and of Node', () => {
  assert.equal(run('from caduceus.npm.plain import double\nresult = double(3)'), 6);
  assert.equal(run('import caduceus.npm.plain\nresult = caduceus.npm.plain.from_'), 1);
  assert.equal(
    run('from caduceus.npm.plain.deep import deep\nresult = deep'),
    join(folder, 'node_modules/plain/deep.js'),
  );
  assert.equal(run('from caduceus.npm import with_hyphen\nresult = with_hyphen(1)'), 2);
  assert.equal(run('from caduceus.npm.at_scope.some_pkg import scoped\nresult = scoped'), true);
  assert.equal(run('from caduceus.node import path\nresult = path.basename("/a/b")'), 'b');
  assert.equal(run('from caduceus.node.fs import promises\nresult = "readFile" in dir(promises)'), true);
});

test('a name that a module does not export is an ImportError', () => {
  const absent = raised(() => run('from caduceus.npm.plain import nothing'));
  assert.ok(absent.is(py.builtins.ImportError), absent.message);
  assert.match(absent.message, /nothing/);
  const unknown = raised(() => run('from caduceus.npm import unknown_module'));
  assert.ok(unknown.is(py.builtins.ModuleNotFoundError) && unknown.message.includes(folder), unknown.message);
  assert.match(
    raised(() => run('from caduceus.npm import plain\nplain()')).message,
    /'plain' is not a function/,
  );
  assert.match(
    raised(() => run('from caduceus.npm import plain\nplain.nothing')).message,
    /exports no 'nothing'/,
  );
});

test('new, typeof and to_js work whatever names an object has', () => {
  assert.equal(
    run('from caduceus import js\nresult = caduceus.new(js.Date, 0).toISOString()'),
    new Date(0).toISOString(),
  );
  assert.deepEqual(
    run('result = caduceus.new(caduceus.js.Intl.NumberFormat, "en", maximumFractionDigits=1).format(1.25)'),
    '1.3',
  );
  assert.deepEqual(
    [
      ...(run(
        'result = [caduceus.typeof(x) for x in (1, "a", None, caduceus.undefined, caduceus.js.Map, {})]',
      ) as string[]),
    ],
    ['number', 'string', 'object', 'undefined', 'function', 'object'],
  );
  assert.deepEqual(run('result = caduceus.to_js({"a": [1, {"b": None}]})'), { a: [1, { b: null }] });
  assert.throws(() => run('caduceus.new(3)'), /not a constructor/);
});

test('to_py copies plain data deeply, with maps, sets and dates, and keeps what is shared or cyclic', () => {
  const shared = [1];
  const data: Record<string, unknown> = {
    list: [1, { b: null }, shared],
    map: new Map<unknown, unknown>([
      ['k', shared],
      [2, new Set([1, 2])],
    ]),
    when: new Date(0),
  };
  data.self = data;
  py.main.given = py.ref(data);
  py.exec(`
import caduceus, datetime
for copy in (caduceus.to_py(given), given.to_py()):
    assert type(copy) is dict and copy['self'] is copy, copy
    assert copy['list'] == [1, {'b': None}, [1]] and type(copy['list']) is list
    assert copy['map'] == {'k': [1], 2: {1, 2}} and type(copy['map']) is dict
    assert copy['when'] == datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
copy['list'].append(5)
assert len(given.list) == 3
loop = caduceus.js.Map()
loop.set('me', loop)
copy = caduceus.to_py(loop)
assert copy['me'] is copy
kind = caduceus.js.Map
assert caduceus.to_py(kind) is kind
assert caduceus.to_py(3) == 3 and caduceus.to_py([1]) == [1]
  `);
  assert.throws(() => run('caduceus.to_py(caduceus.js.Set(caduceus.to_js([[1]])))'), /unhashable/);
});

test('new and to_py are there where an object has none of its own', () => {
  assert.equal(run('from caduceus import js\nresult = js.Date.new(0).getTime()'), 0);
  assert.equal(
    run(
      'from caduceus import js\nresult = js.Intl.NumberFormat.new("en", maximumFractionDigits=1).format(1.25)',
    ),
    '1.3',
  );
  py.main.own = py.ref({ new: 1, to_py: 2 });
  assert.equal(py`own.new + own.to_py`, 3);
  assert.equal(py`hasattr(own, 'nothing')`, false);
});

test('caduceus.ref passes a container itself, also inside of others', () => {
  const scope = py.scope({
    append: (list: { append(x: number): void }) => list.append(3),
    inner: (data: { a: { append(x: number): void } }) => data.a.append(4),
    same: (x: unknown) => x,
  });
  scope.exec(`
from caduceus import ref
items = [1]
append(ref(items))
inner({'a': ref(items)})
facts = [items, same(ref(items)) is items, same(ref(5)), same(ref({'a': 1})) == {'a': 1}]
`);
  assert.deepEqual(py.as(scope.eval('facts'), Array), [[1, 3, 4], true, 5, true]);
});
