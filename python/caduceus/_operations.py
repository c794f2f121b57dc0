"""What TypeScript asks of Python objects by the name of a function here, and how it words what is missing."""

from __future__ import annotations

import builtins
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def close_names(name: str, obj: object) -> list[str]:
    """Return the attributes of `obj` that look like `name`."""
    import difflib

    try:
        return difflib.get_close_matches(name, [n for n in dir(obj) if isinstance(n, str)], 3)
    except Exception:
        return []


def close_modules(name: str) -> list[str]:
    """Return modules, or for a dotted name modules of its package, whose names look like `name`."""
    import difflib
    import pkgutil

    parent = name.rpartition(".")[0]
    try:
        if parent:
            path = getattr(sys.modules.get(parent), "__path__", ())
            known = {module.name for module in pkgutil.iter_modules(path, f"{parent}.")}
        else:
            known = {module.name for module in pkgutil.iter_modules()} | set(sys.stdlib_module_names)
    except Exception:
        return []  # a finder of the program's own failed; the missing module is what is to be told
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


def exception_of(thrown: tuple[Any, ...]) -> Any:
    """Return the exception for what JavaScript threw: an exception, or the arguments of `make_error`."""
    from caduceus._errors import make_error

    if len(thrown) > 1:
        return make_error(*thrown)
    return thrown[0]() if isinstance(thrown[0], type) else thrown[0]


def truth_of(value: object) -> bool:
    """Return ``bool(value)``."""
    return bool(value)


def send(generator: Any, value: Any) -> tuple[bool, Any]:
    """Send a value into a generator: whether it is finished, and what it yields or returns."""
    try:
        return False, generator.send(value)
    except StopIteration as stop:
        return True, stop.value


def throw_into(generator: Any, *thrown: Any) -> tuple[bool, Any]:
    """Raise `thrown` where a generator waits: whether it is finished, and what it yields or returns."""
    try:
        return False, generator.throw(exception_of(thrown))
    except StopIteration as stop:
        return True, stop.value


def close(generator: Any) -> None:
    """Close a generator."""
    generator.close()


def entries(mapping: Any) -> Iterator[list[Any]]:
    """Iterate over [key, value] pairs."""
    return ([key, mapping[key]] for key in mapping)


def enter(manager: Any) -> Any:
    """Enter a context manager."""
    return type(manager).__enter__(manager)


def leave(manager: Any, *thrown: Any) -> bool:
    """Leave a context manager because of `thrown`, or without an error; true if it swallowed the error."""
    if not thrown:
        type(manager).__exit__(manager, None, None, None)
        return False
    error = exception_of(thrown)
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
        return code & 0xFF if -(1 << 63) <= code < 1 << 63 else 0xFF  # C's -1 for what is no long
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
        "gilEnabledBy": getattr(sys.modules.get("caduceus._gil"), "turned_on_by", None),
    }
