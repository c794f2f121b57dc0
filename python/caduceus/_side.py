"""The functions that TypeScript calls by name. All but a few are looked up in other modules, when they are first used."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ROOMS = {
    "caduceus._loop": ("itself",),
    "caduceus._steps": (
        "aiter",
        "close_async",
        "end_of_iteration",
        "enter_async",
        "leave_async",
        "step",
        "throw_into_async",
    ),
    "caduceus._code": ("Scope", "compile_definition", "compile_expression", "compile_statements", "run_code"),
    "caduceus._data": (
        "as_list",
        "as_numbers",
        "as_object",
        "as_pairs",
        "expand",
        "integer_of",
        "number_of",
        "to_date",
    ),
    "caduceus._errors": ("chained", "exceptions_in", "frames", "make_error", "message_of", "traceback_text"),
    "caduceus._extended": ("attribute_above", "extend", "has_above", "initialize", "new_extended"),
    "caduceus._codecs": ("Codecs",),
    "caduceus._functions": ("coroutine_mark",),
    "caduceus._signatures": ("declaration_number",),
    "caduceus._host": ("converter_of",),
    "_thread": ("get_ident",),
    "caduceus._show": ("own_keys", "parameter_count", "positional_limit", "show"),
}


def __getattr__(name: str) -> object:
    if name.startswith("__"):  # who looks at all modules must not import one by it
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(room), name)
    return getattr(import_module("caduceus._operations"), name)


def import_module(name: str) -> Any:
    """Return the module `name`, not its parent package; where there is none, the error names the closest ones."""
    try:
        __import__(name)
        return sys.modules[name]
    except ModuleNotFoundError as error:
        absent = error.name
        # Not for a module that is there and itself imports a missing one.
        if absent is not None and f"{name}.".startswith(f"{absent}."):
            from caduceus._operations import close_modules

            close = close_modules(absent)
            if close:
                error.msg = f"{error.msg}; did you mean {', '.join(close)}?"
        raise


def breathe() -> None:
    """Run bytecode, which lets this thread free what other threads dropped of what it made; the loop's thread too."""
    loop = sys.modules.get("caduceus._loop")
    if loop is not None:
        loop.breathe()
