"""JavaScript functions that are declared as Python's are: what their signatures are, and how arguments bind.

JavaScript gets the positional parameters in their order and those of ``*args`` after them. Parameters that are only given
by keyword follow one by one; they are the properties of one object at the end where the function takes one apart there,
and where there are ``*args`` or ``**options``, whose items are properties of it too.
"""

from __future__ import annotations

import sys
from itertools import count

from caduceus._undefined import undefined

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable
    from types import FunctionType
    from typing import Any

# No Python code can write these names, so that no parameter has one of them.
_CALL = "the function"


def declare(
    name: str,
    text: str,
    pattern: int,
    call: Callable[..., Any],
    *,
    receiver: str = "",
    awaits: bool = False,
) -> FunctionType:
    """Return a Python function with the parameters of `text`, which calls `call` with its arguments in JavaScript's order.

    `pattern` is the index of the JavaScript parameter that takes an object apart, or -1; `receiver` the name of a parameter
    that comes before all others. One that `awaits` is a coroutine function, which awaits what `call` returns. The names in
    `text` are those of ``__main__``, and `undefined`, for which JavaScript has its own default. SyntaxError for a text that
    is no list of parameters.
    """
    import ast

    made = _parsed(name, text)
    before: list[ast.expr] = []
    if receiver:
        names = {part.arg for part in (*made.args.posonlyargs, *made.args.args, *made.args.kwonlyargs)}
        while receiver in names:
            receiver += "_"
        (made.args.posonlyargs or made.args.args).insert(0, ast.arg(receiver))
        before = [ast.Name(receiver, ast.Load())]
    values = _ordered(made.args, pattern, len(before))
    called: ast.expr = ast.Call(ast.Name(_CALL, ast.Load()), values, [])
    made.body = [ast.Return(ast.Await(called) if awaits else called)]
    outer = ast.parse("def outer(undefined): pass").body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.args.args.append(ast.arg(_CALL))
    inner = ast.AsyncFunctionDef(made.name, made.args, made.body, [], made.returns) if awaits else made
    outer.body = [inner, ast.Return(ast.Name(made.name, ast.Load()))]
    scope: dict[str, Any] = {}
    code = compile(ast.fix_missing_locations(ast.Module([outer], [])), "<py.signature>", "exec", dont_inherit=True)
    exec(code, vars(sys.modules["__main__"]), scope)
    try:
        function: FunctionType = scope["outer"](undefined, call)
    except Exception as error:
        error.add_note(f"in the signature of the JavaScript function {name}: ({text})")
        raise
    function.__name__ = function.__qualname__ = name
    function.__module__ = "js"
    return function


def _parsed(name: str, text: str) -> ast.FunctionDef:
    import ast

    head = text.strip()
    if not head.startswith("("):
        head = f"({text}\n)"
    try:
        body = ast.parse(f"def function{head}: pass").body
    except SyntaxError as error:
        raise SyntaxError(f"the signature of the JavaScript function {name} is no list of parameters: ({text})") from error
    made = body[0]
    if len(body) > 1 or not isinstance(made, ast.FunctionDef) or not isinstance(made.body[0], ast.Pass):
        raise SyntaxError(f"the signature of the JavaScript function {name} is more than a list of parameters: ({text})")
    return made


def _ordered(given: ast.arguments, pattern: int, receivers: int) -> list[ast.expr]:
    import ast

    def value(part: ast.arg) -> ast.expr:
        return ast.Name(part.arg, ast.Load())

    positional = [*given.posonlyargs, *given.args]
    values = [value(part) for part in positional]
    if given.vararg:
        values.append(ast.Starred(value(given.vararg), ast.Load()))
    if given.kwarg or (given.kwonlyargs and (given.vararg or pattern == len(positional) - receivers)):
        keys: list[ast.expr | None] = [ast.Constant(part.arg) for part in given.kwonlyargs]
        properties = [value(part) for part in given.kwonlyargs]
        if given.kwarg:
            keys.append(None)
            properties.append(value(given.kwarg))
        values.append(ast.Dict(keys, properties))
    else:
        values.extend(value(part) for part in given.kwonlyargs)
    return values


# How functions are declared, by their numbers; and what binds by it, made when it is first used.
_numbers: dict[tuple[str, str, int], int] = {}
_declarations: dict[int, tuple[str, str, int]] = {}
_binders: dict[int, FunctionType] = {}
_counter = count(1)


def declaration_number(name: str, text: str, pattern: int) -> int:
    """Return a number for what :func:`declare` takes, the same in all threads."""
    key = (name, text, pattern)
    known = _numbers.get(key)
    if known is not None:
        return known
    number = next(_counter)
    _declarations[number] = key
    return _numbers.setdefault(key, number)


def binder_of(number: int) -> FunctionType:
    """Return what has the parameters of a declaration, and returns the arguments for JavaScript, a tuple."""
    made = _binders.get(number)
    return made or _binders.setdefault(number, declare(*_declarations[number], _together))


def _together(*args: Any) -> tuple[Any, ...]:
    return args


def bind(number: int, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, ...]:
    """Return the arguments of a call in the order that JavaScript has them in. TypeError for arguments that do not fit."""
    bound: tuple[Any, ...] = binder_of(number)(*args, **options)
    return bound
