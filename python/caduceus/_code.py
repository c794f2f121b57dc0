"""Python code written in a TypeScript template: compiled once per call site, values bound, never pasted.

A template's values become parameters: an expression is the body of a lambda, statements and definitions that of a
function around them. Nested functions and comprehensions therefore see them, and keep those of their own execution.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable
from typing import Any

import __main__


def _parameters(count: int) -> list[str]:
    return [f"_caduceus_{index}" for index in range(count)]


def _place(tree: ast.AST, line: int) -> ast.AST:
    return ast.increment_lineno(tree, line - 1) if line > 1 else tree


def compile_expression(source: str, count: int, file: str, line: int, scope: Scope | None = None) -> Callable[..., Any]:
    """Return a function of `count` values that evaluates `source` in the namespace of `scope` (default ``__main__``)."""
    text = textwrap.dedent(source).strip()
    body = ast.parse(f"(\n{text}\n)", file, "eval").body
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(name) for name in _parameters(count)], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    tree = ast.Expression(ast.Lambda(arguments, body))
    ast.fix_missing_locations(tree)
    _place(tree, max(1, line - 1))
    function: Callable[..., Any] = eval(compile(tree, file, "eval"), _namespace(scope))
    function.__name__ = function.__qualname__ = "<py>"
    return function


def compile_statements(source: str, count: int, file: str, line: int, scope: Scope | None = None) -> Callable[..., None]:
    """Return a function of `count` values that executes `source` in the namespace of `scope`."""
    text = textwrap.dedent(source)
    names = _namespace(scope)
    tree = _place(ast.parse(text, file, "exec"), line)
    if count == 0:
        code = compile(tree, file, "exec")
        return lambda: exec(code, names)
    import symtable

    assert isinstance(tree, ast.Module)
    bound = [s.get_name() for s in symtable.symtable(text, file, "exec").get_symbols() if s.is_assigned() or s.is_imported()]
    prologue: list[ast.stmt] = [ast.Global(bound)] if bound else []
    return _function(prologue + tree.body, count, file, line, names)


def compile_definition(source: str, count: int, file: str, line: int, scope: Scope | None = None) -> Callable[..., Any]:
    """Return a function of `count` values that makes the last function or class defined in `source`."""
    tree = _place(ast.parse(textwrap.dedent(source), file, "exec"), line)
    assert isinstance(tree, ast.Module)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        raise SyntaxError("py.def takes code that ends with a def, an async def or a class")
    body: list[ast.stmt] = [*tree.body, ast.Return(ast.Name(last.name, ast.Load()))]
    made = _function(body, count, file, line, _namespace(scope))

    def define(*values: Any) -> Any:
        result = made(*values)
        result.__qualname__ = last.name
        return result

    return define


def _function(body: list[ast.stmt], count: int, file: str, line: int, names: dict[str, Any]) -> Callable[..., Any]:
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(name) for name in _parameters(count)], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    outer = ast.FunctionDef(
        name="_caduceus_code", args=arguments, body=body, decorator_list=[], lineno=line, col_offset=0
    )
    outer.end_lineno, outer.end_col_offset = line, 0
    if "type_params" in ast.FunctionDef._fields:
        outer.type_params = []
    module = ast.fix_missing_locations(ast.Module([outer], []))
    local: dict[str, Any] = {}
    exec(compile(module, file, "exec"), names, local)
    function: Callable[..., Any] = local["_caduceus_code"]
    return function


def run_code(source: str, mode: str, scope: Scope | None = None) -> Any:
    """Evaluate (`mode` 'eval') or execute a text."""
    text = textwrap.dedent(source)
    if mode == "eval":
        return eval(compile(text.strip(), "<py.eval>", "eval"), _namespace(scope))
    exec(compile(text, "<py.exec>", "exec"), _namespace(scope))
    return None


class Scope:
    """A namespace of its own."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names: dict[str, Any] = {"__builtins__": __builtins__, "__name__": "caduceus_scope", **names}

    def get(self, name: str) -> Any:
        """Return the value of `name`; NameError if there is none."""
        if name not in self.names:
            raise NameError(f"name {name!r} is not defined in this scope", name=name)
        return self.names[name]

    def set(self, name: str, value: Any) -> None:
        """Bind `name`."""
        self.names[name] = value


def _namespace(scope: Scope | None) -> dict[str, Any]:
    return vars(__main__) if scope is None else scope.names
