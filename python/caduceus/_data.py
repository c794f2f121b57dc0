"""Data on its way to JavaScript and back: dates, and what counts as plain when a deep copy is asked for."""

from __future__ import annotations

import collections.abc as abc
import datetime as dt
import operator
from enum import Enum
from types import MemberDescriptorType
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
        if value != value:  # pandas' NaT is a datetime that is none
            return float("nan")
        return value.timestamp() * 1000 if value.tzinfo is None else (value - _EPOCH) / dt.timedelta(milliseconds=1)
    if isinstance(value, dt.date):
        return (dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC) - _EPOCH) / dt.timedelta(milliseconds=1)
    if isinstance(value, (int, float)):
        return value * 1000.0
    cast = getattr(type(value), "astype", None)
    if cast is not None:  # numpy's datetime64, which knows no zone: UTC, as numpy reads and prints it
        moment = cast(value, "datetime64[ms]")
        return float(cast(moment, "int64")) if moment == moment else float("nan")
    raise TypeError(f"a {type(value).__name__} is not a date: expected datetime, date or seconds since the epoch")


def fields(value: Any) -> dict[str, Any] | None:
    """Return the stored data of an instance by name: a named tuple's fields, ``__dict__``, slots. Runs none of its code."""
    if issubclass(type(value), type):
        return None
    names = getattr(type(value), "_fields", None)
    if issubclass(type(value), tuple) and names is not None:
        return dict(zip(names, value, strict=True))
    stored = _stored(value)
    declared = getattr(type(value), "__dataclass_fields__", None)
    if declared is not None:
        stored = {name: stored[name] for name in declared if name in stored}
    return stored or None


def _stored(value: object) -> dict[str, Any]:
    try:
        found = {name: item for name, item in object.__getattribute__(value, "__dict__").items() if isinstance(name, str)}
    except Exception:
        found = {}
    for base in reversed(type(value).__mro__):
        if "__slots__" not in vars(base):
            continue
        for name, member in vars(base).items():
            if isinstance(member, MemberDescriptorType):
                try:
                    found[name] = member.__get__(value)
                except AttributeError:
                    pass  # nothing was assigned to this slot
    return found


def expand(value: Any) -> object:
    """Return an exact dict, list or set with the contents of `value`, or a plain value, or `value` as it is."""
    kind = type(value)  # and not what its __class__ claims: a wrapper's contents are not in the wrapper
    if issubclass(kind, Enum):
        return expand(value.value)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return fields(value)
    # What a subclass holds, whatever it shows: its own __str__ or __int__ is not asked.
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, int):
        return value if issubclass(kind, bool) else int.__int__(value)
    if issubclass(kind, float):
        return float.__float__(value)
    if issubclass(kind, (bytes, bytearray)):
        return bytes(value)
    if issubclass(kind, abc.Mapping):
        return dict(value)
    if issubclass(kind, (abc.Sequence, abc.MappingView)) and not issubclass(kind, memoryview):
        return list(value)
    if issubclass(kind, abc.Set):
        return set(value)
    if hasattr(kind, "__dataclass_fields__"):
        return fields(value)
    if _is_table(value):
        return value.to_dict("list")
    to_list = getattr(kind, "tolist", None)
    if to_list is not None and hasattr(value, "__array__"):
        return to_list(value)
    return value


def _is_table(value: object) -> bool:
    """Tell whether `value` is a data frame: two dimensions, and columns by name."""
    return hasattr(type(value), "to_dict") and getattr(value, "ndim", None) == 2


def as_dict(value: Any) -> dict[Any, Any]:
    """Return the exact dict that ``.as(Map)`` copies, with the keys it has."""
    expanded = value.to_dict() if hasattr(type(value), "to_dict") and not _is_table(value) else expand(value)
    if isinstance(expanded, dict):
        return expanded
    stored = fields(value)
    if stored is not None and not isinstance(expanded, list):
        return stored
    if isinstance(expanded, list) and all(isinstance(item, (tuple, list)) and len(item) == 2 for item in expanded):
        return dict(expanded)
    raise TypeError(
        f"a {type(value).__name__} has no named data: .as(Object) and .as(Map) take mappings, dataclasses, "
        "named tuples, instances with attributes, and lists of pairs"
    )


def as_object(value: Any) -> dict[str, Any]:
    """Return the exact dict that ``.as(Object)`` copies: keys become texts, also numbers, as in JavaScript."""
    return {_property_name(key): item for key, item in as_dict(value).items()}


def _property_name(key: object) -> str:
    plain = expand(key)
    if type(plain) is str:
        return plain
    if type(plain) in (int, float) or (type(plain) is not bool and hasattr(type(key), "__index__")):
        return str(plain)
    raise TypeError(f"the key {key!r} cannot name a property of a JavaScript object: use .as(Map)")


def as_list(value: Any) -> list[Any]:
    """Return the exact list that ``.as(Array)`` copies; of a data frame, its rows."""
    if _is_table(value):
        return list(value.to_dict("records"))
    to_list = getattr(type(value), "tolist", None)
    return list(value if to_list is None else to_list(value))


def as_numbers(value: Any) -> list[int | float]:
    """Return what a typed array copies: numbers, and nothing that merely can be read as one."""
    return [item if type(item) in (int, float) else number_of(item) for item in as_list(value)]


def number_of(value: Any) -> Any:
    """Return what JavaScript's conversion to a number gives."""
    return float(value) if hasattr(type(value), "__float__") else operator.index(value)


def integer_of(value: Any) -> int:
    """Return the exact int of a number or text. ValueError if that would lose a fraction."""
    if hasattr(type(value), "__index__"):
        return operator.index(value)
    found = int(value)
    if found != value and not isinstance(value, (str, bytes)):
        raise ValueError(f"{value!r} is not an integer")
    return found


def all_floats(value: Any) -> object:
    """Return `value` as a float; of a collection, one with floats throughout, dict keys aside."""
    kind = type(value)
    if issubclass(kind, dict):
        return {key: all_floats(item) for key, item in value.items()}
    for collection in (list, tuple, set, frozenset):
        if issubclass(kind, collection):
            return collection(all_floats(item) for item in value)
    # A typed array, an array by reference, a deque: not what float itself reads.
    if hasattr(kind, "__iter__") and not hasattr(kind, "__float__") and not issubclass(kind, (str, bytes, bytearray)):
        return [all_floats(item) for item in value]
    return float(value)


def as_pairs(value: Any) -> list[list[Any]]:
    """Return what ``.as(Map)`` copies."""
    return [[key, item] for key, item in as_dict(value).items()]
