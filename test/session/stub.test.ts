// The stub that type checkers see.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { py } from 'caduceus';

test('what type checkers see of the package is what it has', () => {
  const scope = py.scope();
  scope.exec(`
import ast, inspect, os, caduceus
with open(os.path.join(caduceus.__path__[0], '__init__.pyi')) as file: stub = ast.parse(file.read())
def parameters(code): return [arg.arg for arg in (*code.args.posonlyargs, *code.args.args, *code.args.kwonlyargs)]
def compare(codes, owner):
    for code in codes:
        if isinstance(code, (ast.FunctionDef, ast.AsyncFunctionDef)) and not code.decorator_list:
            found = inspect.signature(getattr(owner, code.name)).parameters.values()
            named = [one.name for one in found if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
            assert named == parameters(code), (code.name, named)
            yield code.name
        elif isinstance(code, ast.ClassDef):
            assert issubclass(getattr(owner, code.name), eval(code.bases[0].id) if code.bases else object), code.name
            list(compare(code.body, getattr(owner, code.name)))
            yield code.name
        elif isinstance(code, ast.AnnAssign) and owner is caduceus: yield code.target.id
declared = sorted(compare(stub.body, caduceus))
listed = next(ast.literal_eval(code.value) for code in stub.body if isinstance(code, ast.Assign) and code.targets[0].id == '__all__')
`);
  const expected = [...py.as(py.import('caduceus').__all__, Array)].sort();
  assert.deepEqual([...py.as(scope.eval('declared'), Array)].sort(), expected);
  assert.deepEqual([...py.as(scope.eval('listed'), Array)].sort(), expected);
});
