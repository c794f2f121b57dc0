"""The functions that TypeScript calls: one flat list, each in its own room."""

import builtins
import importlib
import itertools
import operator
import reprlib
import sys
from collections.abc import Iterator
from typing import Any

from caduceus._code import Scope, compile_definition, compile_expression, compile_statements, run_code
from caduceus._data import all_floats, as_dict, as_list, as_object, as_set, expand, fields, to_date
from caduceus._errors import chained, describe, frames, make_error, message_of, traceback_text

__all__ = [
    "Scope",
    "all_floats",
    "as_dict",
    "as_list",
    "as_object",
    "as_set",
    "chained",
    "compile_definition",
    "compile_expression",
    "compile_statements",
    "describe",
    "expand",
    "fields",
    "frames",
    "make_error",
    "message_of",
    "operator",
    "run_code",
    "to_date",
    "traceback_text",
]


def import_module(name: str) -> Any:
    """Return the module `name`, not its parent package."""
    return importlib.import_module(name)


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


def same(left: object, right: object) -> bool:
    """Tell identity."""
    return left is right


def type_name(value: object) -> str:
    """Return the name of the type."""
    return type(value).__name__


def number_of(value: Any) -> Any:
    """Return what JavaScript's conversion to a number gives."""
    return float(value) if hasattr(type(value), "__float__") else operator.index(value)


def truth_of(value: object) -> bool:
    """Return ``bool(value)``."""
    return bool(value)


def as_pairs(value: Any) -> list[list[Any]]:
    """Return what ``.as(Map)`` copies."""
    return [[key, item] for key, item in as_dict(value).items()]


def integer_of(value: Any) -> int:
    """Return the exact int, also of an int subclass or a numpy integer."""
    return int(operator.index(value)) if hasattr(type(value), "__index__") else int(value)


_repr = reprlib.Repr()
_repr.maxlist = _repr.maxtuple = _repr.maxset = _repr.maxfrozenset = _repr.maxdeque = 100
_repr.maxdict = 100
_repr.maxarray = 100
_repr.maxlevel = 6
_repr.maxstring = 10_000
_repr.maxlong = 1_000
_repr.maxother = 10_000


def show(value: object) -> str:
    """Return a bounded repr. Never raises."""
    try:
        kind = type(value)
        text = _repr.repr(value) if kind in (list, tuple, dict, set, frozenset, str, int) else repr(value)
        return text if len(text) <= 10_000 else text[:10_000] + "…"
    except BaseException as error:
        if isinstance(error, (SystemExit, KeyboardInterrupt)):
            return f"<{type(value).__name__}: its repr ended with {type(error).__name__}>"
        return f"<{type(value).__name__}: its repr failed with {type(error).__name__}>"


def own_keys(value: Any) -> list[Any]:
    """Return the names of the stored data, then None, then the rest of ``dir``."""
    if type(value) is dict:
        data = [key for key in list(value) if type(key) is str]
    elif isinstance(value, type(sys)) or callable(value):
        data = []
    else:
        data = list(fields(value) or ())
    try:
        rest = [name for name in dir(value) if isinstance(name, str)]
    except Exception:
        rest = []
    known = set(data)
    return [*data, None, *(name for name in rest if name not in known)]


def parameter_count(function: Any) -> int:
    """Return how many positional parameters without a default `function` has."""
    import inspect

    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 0
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(1 for p in parameters if p.kind in kinds and p.default is p.empty)


def positional_limit(function: Any) -> int:
    """Return how many positional arguments `function` takes, or -1 for any number."""
    import inspect

    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return -1
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
        return -1
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(1 for p in parameters if p.kind in kinds)


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


def batched(iterator: Iterator[Any], size: int) -> list[Any]:
    """Return the next `size` items as a list."""
    return list(itertools.islice(iterator, size))
