"""What a type can do, as the bits that choose a proxy's manners. src/proxies/kind.ts has the same list."""

from __future__ import annotations

import _collections_abc as abc
import sys

import _caduceus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCALAR = 1 << 0
JS_OBJECT = 1 << 1
JS_ERROR = 1 << 2
UNDEFINED = 1 << 3
CALLABLE = 1 << 4
CLASS = 1 << 5
MODULE = 1 << 6
SEQUENCE = 1 << 7
MAPPING = 1 << 8
DICT = 1 << 9
SUBSCRIPT = 1 << 10
SIZED = 1 << 11
ITERABLE = 1 << 12
ITERATOR = 1 << 13
GENERATOR = 1 << 14
CONTEXT = 1 << 15
ADDS = 1 << 16
NUMERIC = 1 << 17
EXCEPTION = 1 << 18
EXACT = 1 << 19
LIST = 1 << 20
SET = 1 << 21
FUNCTION = 1 << 22

_EXACT = (list, tuple, dict, set, frozenset, range, str, bytes, bytearray, int, float, complex)
_FUNCTIONS = (type(lambda: None), type(len), type([].append), type(str.join), type(object.__init__), type("".__str__))


def _has(kind: type, *names: str) -> bool:
    # The first class that names one decides: it may say None, which takes away what a base has.
    for name in names:
        for base in kind.__mro__:
            if name in vars(base):
                return vars(base)[name] is not None
    return False


def _is_a(kind: type, base: Any) -> bool:
    # A class may refuse to be asked (a metaclass's __subclasscheck__ that raises): then it is not one.
    try:
        return issubclass(kind, base)
    except Exception:
        return False


def _is_js_error(kind: type) -> bool:
    # By name: most programs never import the module, and another thread may be importing it just now.
    return any(base.__name__ == "JsError" and base.__module__ == "caduceus._errors" for base in kind.__mro__)


def _is_one_of(kind: type, kinds: tuple[type, ...]) -> bool:
    # A metaclass may compare in its own way.
    return any(kind is one for one in kinds)


def _is_numpy_scalar(kind: type) -> bool:
    # By name too: numpy is not imported for asking. A subclass of one of its scalars stays what it is.
    if kind.__module__ != "numpy":
        return False
    names = {base.__name__ for base in kind.__mro__ if base.__module__ == "numpy"}
    return "generic" in names and not names.isdisjoint(("bool", "bool_", "integer", "floating", "str_"))


def classify(kind: type) -> int:
    """Return the bits of `kind`."""
    if kind.__module__ == "caduceus._undefined":
        return UNDEFINED
    if issubclass(kind, _caduceus.JsObject):
        return JS_OBJECT | CALLABLE
    if _is_numpy_scalar(kind):
        return SCALAR
    bits = 0
    for bit, present in (
        (CALLABLE, _has(kind, "__call__")),
        (CLASS, issubclass(kind, type)),
        (MODULE, issubclass(kind, type(sys))),
        (SEQUENCE, _is_a(kind, abc.Sequence)),
        (MAPPING, _is_a(kind, abc.Mapping)),
        (SET, _is_a(kind, abc.Set)),
        (DICT, kind is dict),
        (LIST, kind is list or kind is tuple),
        (SUBSCRIPT, _has(kind, "__getitem__")),
        (SIZED, _has(kind, "__len__")),
        (ITERABLE, _has(kind, "__iter__", "__getitem__")),
        (ITERATOR, _has(kind, "__next__")),
        (GENERATOR, _is_a(kind, abc.Generator)),
        (CONTEXT, _has(kind, "__enter__") and _has(kind, "__exit__")),
        (ADDS, _has(kind, "__add__")),
        (NUMERIC, _has(kind, "__float__") or _has(kind, "__index__")),
        (EXCEPTION, issubclass(kind, BaseException)),
        (JS_ERROR, _is_js_error(kind)),
        (EXACT, _is_one_of(kind, _EXACT)),
        (FUNCTION, _is_one_of(kind, _FUNCTIONS)),
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
