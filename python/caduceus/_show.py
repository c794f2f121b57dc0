"""What looking at an object shows: its repr, its keys, its parameters."""

from __future__ import annotations

import reprlib
import sys
from types import CodeType, FunctionType, MethodType
from typing import Any

from caduceus._data import fields

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
    elif issubclass(type(value), type(sys)) or callable(value):
        data = []
    else:
        data = list(fields(value) or ())
    known = set(data)
    return [*data, None, *(name for name in _names(value) if name not in known)]


def _names(value: Any) -> list[str]:
    kind = type(value)
    if getattr(kind, "__dir__", None) is object.__dir__:
        # What dir tells, without its reading of attributes, which asks __getattr__.
        inherited = {name for base in kind.__mro__ for name in vars(base)}
        return sorted(name for name in inherited.union(fields(value) or ()) if isinstance(name, str))
    try:
        return [name for name in dir(value) if isinstance(name, str)]
    except Exception:
        return []


def parameter_count(function: Any) -> int:
    """Return how many positional parameters without a default `function` has."""
    code, bound = _plain(function)
    if code is not None:
        return max(0, code.co_argcount - len(function.__defaults__ or ()) - bound)
    parameters = _parameters(function)
    return sum(1 for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD and p.default is p.empty)


def positional_limit(function: Any) -> int:
    """Return how many positional arguments `function` takes, or -1 for any number."""
    code, bound = _plain(function)
    if code is not None:
        return -1 if code.co_flags & 0x04 else max(0, code.co_argcount - bound)  # CO_VARARGS
    parameters = _parameters(function)
    if not parameters or any(p.kind == p.VAR_POSITIONAL for p in parameters):
        return -1 if parameters is _UNKNOWN or parameters else 0
    return sum(1 for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD)


_UNKNOWN: list[Any] = []


def _plain(function: Any) -> tuple[CodeType | None, int]:
    """Return the code of a function or bound method that has no other signature, and how many arguments it has."""
    bound = 0
    if type(function) is MethodType:
        function, bound = function.__func__, 1
    if type(function) is not FunctionType or "__wrapped__" in function.__dict__ or "__signature__" in function.__dict__:
        return None, 0
    return function.__code__, bound


def _parameters(function: Any) -> list[Any]:
    import inspect

    # Missing where this thread is importing it further out, and serves a call of another thread meanwhile.
    signature = getattr(inspect, "signature", None)
    try:
        return list(signature(function).parameters.values()) if signature else _UNKNOWN
    except (TypeError, ValueError):
        return _UNKNOWN
