"""Python code written in a TypeScript template: compiled once per call site, values bound, never pasted.

A template's values become parameters: an expression is the body of a lambda, statements and definitions that of a
function around them. Nested functions and comprehensions therefore see them, and keep those of their own execution.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

import __main__


def compile_expression(source: str, count: int, file: str, line: int, scope: Scope | None = None) -> Callable[..., Any]:
    """Return a function of `count` values that evaluates `source` in the namespace of `scope` (default ``__main__``)."""
    tree = _expression(textwrap.dedent(source), file, line)
    _check_values(tree, count, file)
    _compile(tree, file, "eval")  # a yield is no expression of its own, though one of the lambda below
    function = ast.copy_location(ast.Lambda(_parameters(count), tree.body), tree.body)
    code = _compile(ast.fix_missing_locations(ast.Expression(function)), file, "eval")
    made: Callable[..., Any] = eval(code, _namespace(scope))
    made.__name__ = made.__qualname__ = "<py>"
    return made


def compile_statements(source: str, count: int, file: str, line: int, scope: Scope | None = None) -> Callable[..., None]:
    """Return a function of `count` values that executes `source` in the namespace of `scope`."""
    text = _at_line(textwrap.dedent(source), line)
    names = _namespace(scope)
    if count == 0:
        code = _compile(text, file, "exec")
        return lambda: exec(code, names)
    import symtable

    tree = _module(text, file)
    _check_values(tree, count, file)
    symbols = symtable.symtable(text, file, "exec").get_symbols()
    bound = [s.get_name() for s in symbols if s.is_assigned() or s.is_imported()]
    body = [_Plain().visit(statement) for statement in tree.body]
    return _function([ast.Global(bound), *body] if bound else body, count, file, line, names)


def compile_definition(source: str, count: int, file: str, line: int, scope: Scope | None = None) -> Callable[..., Any]:
    """Return a function of `count` values that makes the last function or class defined in `source`."""
    tree = _module(_at_line(textwrap.dedent(source), line), file)
    _check_values(tree, count, file)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        raise SyntaxError("py.def takes code that ends with a def, an async def or a class")
    return _function([*tree.body, ast.Return(ast.Name(last.name, ast.Load()))], count, file, line, _namespace(scope))


def _check_values(tree: ast.AST, count: int, file: str) -> None:
    # A value is a name, which means nothing in a text: it would stay there as it is written.
    names = {f"_caduceus_{index}" for index in range(count)}
    for node in ast.walk(tree) if count else ():
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, bytes):
            text = text.decode("latin-1")
        if isinstance(text, str) and any(name in text for name in names):
            message = (
                "a ${value} stands inside a string: values are bound, never pasted; write f'{${value}}', or + ${value}"
            )
            raise SyntaxError(message, (file, getattr(node, "lineno", 1), None, None))


def _compile(source: str | ast.Module | ast.Expression, file: str, mode: str, flags: int = 0) -> Any:
    # Without this module's own future imports.
    return compile(source, file, mode, flags, dont_inherit=True)


def _at_line(text: str, line: int) -> str:
    # The parser counts by itself then: every position is right, those of its own errors too.
    return "\n" * (line - 1) + text


def _module(text: str, file: str) -> ast.Module:
    tree = _compile(text, file, "exec", ast.PyCF_ONLY_AST)
    _compile(tree, file, "exec")  # what is wrong in a module may be right in the function around it, such as return
    assert isinstance(tree, ast.Module)
    return tree


def _expression(text: str, file: str, line: int) -> ast.Expression:
    stripped = text.lstrip()
    line += text.count("\n", 0, len(text) - len(stripped))
    try:
        tree = _compile(_at_line(stripped.rstrip(), line), file, "eval", ast.PyCF_ONLY_AST)
    except SyntaxError:
        if "\n" not in stripped:
            raise
        # On several lines it is one only in parentheses, which must be those around it.
        enclosed = _at_line(f"({stripped}\n)", line)
        tree = _compile(enclosed, file, "eval", ast.PyCF_ONLY_AST)
        if not _encloses(enclosed):
            raise
    assert isinstance(tree, ast.Expression)
    return tree


def _encloses(text: str) -> bool:
    import io
    import tokenize

    depth, groups = 0, 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.OP and token.string in "([{":
            groups += depth == 0
            depth += 1
        elif token.type == tokenize.OP and token.string in ")]}":
            depth -= 1
    return groups == 1


class _Plain(ast.NodeTransformer):
    """Turns the annotated assignments of a module into plain ones: a function may not annotate a global name."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        if not isinstance(node.target, ast.Name):
            return node
        plain = ast.Pass() if node.value is None else ast.Assign([node.target], node.value)
        return ast.copy_location(plain, node)

    def _leave(self, node: ast.stmt) -> ast.stmt:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _leave


def _parameters(count: int) -> ast.arguments:
    values = [ast.arg(f"_caduceus_{index}") for index in range(count)]
    return ast.arguments(posonlyargs=[], args=values, kwonlyargs=[], kw_defaults=[], defaults=[])


_OUTER = "_caduceus_code"


def _function(body: list[ast.stmt], count: int, file: str, line: int, names: dict[str, Any]) -> Callable[..., Any]:
    futures = [s for s in body if isinstance(s, ast.ImportFrom) and s.module == "__future__"]
    outer = ast.FunctionDef(
        name=_OUTER,
        args=_parameters(count),
        body=[s for s in body if s not in futures] or [ast.Pass()],
        decorator_list=[],
        lineno=line,
        col_offset=0,
        end_lineno=line,
        end_col_offset=0,
    )
    if "type_params" in ast.FunctionDef._fields:
        outer.__dict__["type_params"] = []  # Python 3.11 has no such attribute
    local: dict[str, Any] = {}
    exec(_compile(ast.fix_missing_locations(ast.Module([*futures, outer], [])), file, "exec"), names, local)
    function: FunctionType = local[_OUTER]
    function.__code__ = _as_of_a_module(function.__code__).replace(co_name="<module>", co_qualname="<module>")
    return function


def _as_of_a_module(code: CodeType) -> CodeType:
    # Functions and classes are called by their own names, without that of the function around them.
    name = code.co_qualname.removeprefix(f"{_OUTER}.<locals>.")

    def renamed(constant: object) -> object:
        if isinstance(constant, CodeType):
            return _as_of_a_module(constant)
        same = isinstance(constant, str) and constant == code.co_qualname
        return name if same else constant  # a class body assigns its __qualname__

    return code.replace(co_qualname=name, co_consts=tuple(map(renamed, code.co_consts)))


def run_code(source: str, mode: str, scope: Scope | None = None) -> Any:
    """Evaluate (`mode` 'eval') or execute a text."""
    text = textwrap.dedent(source)
    if mode == "eval":
        return eval(_compile(_expression(text, "<py.eval>", 1), "<py.eval>", "eval"), _namespace(scope))
    exec(_compile(text, "<py.exec>", "exec"), _namespace(scope))
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
