"""What a type can do, as the bits that choose a proxy's manners. src/proxies/kind.ts has the same list."""

import collections.abc as abc
import contextlib
import sys
import types
from typing import Any, Final

import _caduceus
from caduceus._errors import JsError
from caduceus._undefined import Undefined

SCALAR: Final = 1 << 0
JS_OBJECT: Final = 1 << 1
JS_ERROR: Final = 1 << 2
UNDEFINED: Final = 1 << 3
CALLABLE: Final = 1 << 4
CLASS: Final = 1 << 5
MODULE: Final = 1 << 6
SEQUENCE: Final = 1 << 7
MAPPING: Final = 1 << 8
DICT: Final = 1 << 9
SUBSCRIPT: Final = 1 << 10
SIZED: Final = 1 << 11
ITERABLE: Final = 1 << 12
ITERATOR: Final = 1 << 13
GENERATOR: Final = 1 << 14
CONTEXT: Final = 1 << 15
ADDS: Final = 1 << 16
NUMERIC: Final = 1 << 17
EXCEPTION: Final = 1 << 18
EXACT: Final = 1 << 19
LIST: Final = 1 << 20
SET: Final = 1 << 21
FUNCTION: Final = 1 << 22

_EXACT: Final = (list, tuple, dict, set, frozenset, range, str, bytes, bytearray, int, float, complex)
_FUNCTIONS: Final = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
)


def _has(kind: type, name: str) -> bool:
    return any(name in vars(base) and vars(base)[name] is not None for base in kind.__mro__)


def _is_a(kind: type, base: Any) -> bool:
    # A class may refuse to be asked (a metaclass's __subclasscheck__ that raises): then it is not one.
    try:
        return issubclass(kind, base)
    except Exception:
        return False


def _numpy_scalar(kind: type) -> bool:
    numpy = sys.modules.get("numpy")
    generic = getattr(numpy, "generic", None)
    if numpy is None or generic is None or not _is_a(kind, generic):
        return False
    return _is_a(kind, (numpy.bool_, numpy.integer, numpy.floating, numpy.str_)) and kind.__module__ == "numpy"


def classify(kind: type) -> int:
    """Return the bits of `kind`."""
    if kind is Undefined:
        return UNDEFINED
    if issubclass(kind, _caduceus.JsObject):
        return JS_OBJECT | CALLABLE
    if _numpy_scalar(kind):
        return SCALAR
    bits = 0
    for bit, present in (
        (CALLABLE, _has(kind, "__call__")),
        (CLASS, issubclass(kind, type)),
        (MODULE, issubclass(kind, types.ModuleType)),
        (SEQUENCE, _is_a(kind, abc.Sequence)),
        (MAPPING, _is_a(kind, abc.Mapping)),
        (SET, _is_a(kind, abc.Set)),
        (DICT, kind is dict),
        (LIST, kind is list or kind is tuple),
        (SUBSCRIPT, _has(kind, "__getitem__")),
        (SIZED, _has(kind, "__len__")),
        (ITERABLE, _has(kind, "__iter__") or _has(kind, "__getitem__")),
        (ITERATOR, _has(kind, "__next__")),
        (GENERATOR, _is_a(kind, abc.Generator)),
        (CONTEXT, _is_a(kind, contextlib.AbstractContextManager)),
        (ADDS, _has(kind, "__add__")),
        (NUMERIC, _has(kind, "__float__") or _has(kind, "__index__")),
        (EXCEPTION, issubclass(kind, BaseException)),
        (JS_ERROR, issubclass(kind, JsError)),
        (EXACT, kind in _EXACT),
        (FUNCTION, kind in _FUNCTIONS),
    ):
        if present:
            bits |= bit
    return bits


def kin(scalar: Any) -> object:
    """Return numpy's bool, integer, floating or str scalar as the Python value it stands for."""
    value = scalar.item()
    if type(value) is type(scalar):  # longdouble has no exact kin
        return float(scalar)
    return value
