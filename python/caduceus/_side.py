"""The functions that TypeScript calls by name. Those of other rooms are looked up there when they are first used."""

from __future__ import annotations

import builtins
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_ROOMS = {
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
    "caduceus._errors": ("chained", "frames", "make_error", "message_of", "traceback_text"),
    "caduceus._show": ("own_keys", "parameter_count", "positional_limit", "show"),
}


def __getattr__(name: str) -> object:
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(room), name)
    raise AttributeError(f"module 'caduceus._side' has no attribute {name!r}")


def import_module(name: str) -> Any:
    """Return the module `name`, not its parent package."""
    __import__(name)
    return sys.modules[name]


def close_names(name: str, obj: object) -> list[str]:
    """Return the attributes of `obj` that look like `name`."""
    import difflib

    try:
        return difflib.get_close_matches(name, [n for n in dir(obj) if isinstance(n, str)], 3)
    except Exception:
        return []


def close_modules(name: str) -> list[str]:
    """Return modules whose names look like `name`."""
    import difflib
    import pkgutil

    known = {module.name for module in pkgutil.iter_modules()} | set(sys.stdlib_module_names)
    return difflib.get_close_matches(name, sorted(known), 3)


def get_attribute(obj: object, name: str) -> Any:
    """Return the attribute `name`."""
    return getattr(obj, name)


def identity(value: object) -> object:
    """Return what was given."""
    return value


def bind(function: Any, owner: object) -> Any:
    """Return the bound method of a type's function."""
    return function.__get__(owner)


def same(left: object, right: object) -> bool:
    """Tell identity."""
    return left is right


def type_name(value: object) -> str:
    """Return the name of the type."""
    return type(value).__name__


def truth_of(value: object) -> bool:
    """Return ``bool(value)``."""
    return bool(value)


def step(generator: Any, method: str, argument: Any) -> tuple[bool, Any]:
    """Send, throw into or close a generator: whether it is finished, and the value."""
    try:
        if method == "throw":
            return False, generator.throw(argument)
        if method == "return":
            generator.close()
            return True, argument
        return False, generator.send(argument)
    except StopIteration as stop:
        return True, stop.value


def entries(mapping: Any) -> Iterator[list[Any]]:
    """Iterate over [key, value] pairs."""
    return ([key, mapping[key]] for key in mapping)


def has_key(mapping: Any, key: Any) -> bool:
    """Tell containment."""
    return key in mapping


def enter(manager: Any) -> Any:
    """Enter a context manager."""
    return type(manager).__enter__(manager)


def leave(manager: Any, error: BaseException | None) -> bool:
    """Leave a context manager; true if it swallowed the error."""
    if error is None:
        type(manager).__exit__(manager, None, None, None)
        return False
    return bool(type(manager).__exit__(manager, type(error), error, error.__traceback__))


def make_slice(*parts: Any) -> slice:
    """Return a slice."""
    return slice(*parts)


def convert(kind: str, *values: Any, **keywords: Any) -> Any:
    """Return ``kind(values…)`` for one of the builtin types that ``py.float`` and its kin name."""
    if kind == "float" and len(values) == 1 and not isinstance(values[0], (str, bytes)):
        from caduceus._data import all_floats

        return all_floats(values[0])
    if kind == "dict" and len(values) == 1 and not isinstance(values[0], dict):
        return dict(values[0])
    if kind == "bytes" and len(values) == 1 and isinstance(values[0], str):
        return values[0].encode()
    return getattr(builtins, kind)(*values, **keywords)


def exit_status(error: SystemExit) -> int:
    """Return the process's exit status, printing a message as Python does."""
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def info() -> dict[str, Any]:
    """Return what ``py.info`` shows."""
    gil = getattr(sys, "_is_gil_enabled", None)
    return {
        "version": ".".join(map(str, sys.version_info[:3])),
        "fullVersion": sys.version,
        "executable": sys.executable,
        "prefix": sys.prefix,
        "basePrefix": sys.base_prefix,
        "gilEnabled": True if gil is None else gil(),
    }


def set_up(argv: list[str], path: list[str]) -> None:
    """Give the program its arguments and module folders."""
    sys.argv[:] = argv
    sys.path[:0] = path
