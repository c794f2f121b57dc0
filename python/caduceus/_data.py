"""Data on its way to JavaScript and back: dates, and what counts as plain when a deep copy is asked for."""

from __future__ import annotations

import collections.abc as abc
import dataclasses
import datetime as dt
from enum import Enum
from typing import Any

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def from_date(milliseconds: float) -> dt.datetime:
    """Return the aware datetime of a JavaScript Date, given in milliseconds since the epoch."""
    if milliseconds != milliseconds:
        raise ValueError("an invalid JavaScript Date has no datetime")
    try:
        return _EPOCH + dt.timedelta(milliseconds=milliseconds)
    except OverflowError:
        raise ValueError(
            f"the JavaScript Date {milliseconds:.0f} ms from 1970 is outside Python's years 1 to 9999"
        ) from None


def to_date(value: object) -> float:
    """Return milliseconds since the epoch. A naive datetime is local time, as in both languages."""
    if isinstance(value, dt.datetime):
        return value.timestamp() * 1000 if value.tzinfo is None else (value - _EPOCH) / dt.timedelta(milliseconds=1)
    if isinstance(value, dt.date):
        return (dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC) - _EPOCH) / dt.timedelta(milliseconds=1)
    if isinstance(value, (int, float)):
        return value * 1000.0
    converted = getattr(value, "to_pydatetime", None)
    if converted is not None:
        return to_date(converted())
    raise TypeError(f"a {type(value).__name__} is not a date: expected datetime, date or seconds since the epoch")


def fields(value: object) -> dict[str, Any] | None:
    """Return the stored data of an instance by name: dataclass fields, a namedtuple's, slots, ``__dict__``."""
    if isinstance(value, type):
        return None
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    names = getattr(type(value), "_fields", None)
    if isinstance(value, tuple) and names is not None:
        return dict(zip(names, value, strict=True))
    try:
        found = dict(object.__getattribute__(value, "__dict__"))
    except Exception:
        found = {}
    for base in type(value).__mro__:
        slots = vars(base).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return {name: item for name, item in found.items() if isinstance(name, str)} or None


def expand(value: Any) -> object:
    """Return an exact dict, list or set with the contents of `value`, or a plain value, or `value` as it is."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple) and hasattr(type(value), "_fields"):
        return fields(value)
    if isinstance(value, (str, int, float, bytes)):
        for kind in (str, int, float, bytes):
            if isinstance(value, kind):
                return kind(value)
    if isinstance(value, abc.Mapping):
        return dict(value)
    if isinstance(value, abc.Set):
        return set(value)
    if isinstance(value, (abc.Sequence, abc.ValuesView, abc.MappingView)) and not isinstance(value, memoryview):
        return list(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return fields(value)
    to_list = getattr(type(value), "tolist", None)
    if to_list is not None and hasattr(value, "__array__"):
        return to_list(value)
    return value


def as_object(value: Any) -> object:
    """Return the exact dict that ``.as(Object)`` copies."""
    expanded = expand(value)
    if isinstance(expanded, dict):
        return expanded
    to_dict = getattr(type(value), "to_dict", None)
    if to_dict is not None:
        return to_dict(value)
    stored = fields(value)
    if stored is not None:
        return stored
    if isinstance(expanded, list) and all(isinstance(item, (tuple, list)) and len(item) == 2 for item in expanded):
        return dict(expanded)
    raise TypeError(
        f"a {type(value).__name__} has no named data: .as(Object) takes mappings, dataclasses, named tuples, "
        "instances with attributes, and lists of pairs"
    )


def as_list(value: Any) -> list[Any]:
    """Return the exact list that ``.as(Array)`` copies."""
    expanded = expand(value)
    return expanded if isinstance(expanded, list) else list(value)


def as_dict(value: Any) -> dict[Any, Any]:
    """Return the exact dict that ``.as(Map)`` copies."""
    expanded = as_object(value)
    return expanded if isinstance(expanded, dict) else dict(value)


def as_set(value: Any) -> set[Any]:
    """Return the exact set that ``.as(Set)`` copies."""
    return set(value)


def all_floats(value: Any) -> object:
    """Return `value` with every int in nested lists, tuples, sets and dict values as a float."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return float(value)
    if isinstance(value, dict):
        return {key: all_floats(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(all_floats(item) for item in value)
    return float(value)


def as_pairs(value: Any) -> list[list[Any]]:
    """Return what ``.as(Map)`` copies."""
    return [[key, item] for key, item in as_dict(value).items()]
