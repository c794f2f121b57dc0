"""What a type can do, as the bits that choose a proxy's manners. src/proxies/kind.ts has the same list."""

from __future__ import annotations

import _collections_abc as abc
import sys
from _weakref import ref

from caduceus._bootstrap import copies

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
OPAQUE = 1 << 23
ORDERED = 1 << 24
AWAITABLE = 1 << 25
ASYNC_ITERABLE = 1 << 26
ASYNC_CONTEXT_MANAGER = 1 << 27
JS_CLASS = 1 << 28
REFERENCE = 1 << 29

_ABSENT = object()
_EXACT = (list, tuple, dict, set, frozenset, range, str, bytes, bytearray, int, float, complex)
_FUNCTIONS: tuple[type, ...] = (
    type(lambda: None),
    type(len),
    type([].append),
    type(str.join),
    type(object.__init__),
    type("".__str__),
)


def _find(kind: type, name: str) -> object:
    # The first class that has it decides: it may say None, which takes away what a base has.
    for base in kind.__mro__:
        if name in vars(base):
            return vars(base)[name]
    return _ABSENT


def _has(kind: type, name: str) -> bool:
    found = _find(kind, name)
    return found is not None and found is not _ABSENT


def _iterable(kind: type) -> bool:
    if _find(kind, "__iter__") is not _ABSENT:
        return _has(kind, "__iter__")
    # By index. A type made in C that has items but no length is a mapping, such as re.Match.
    item = _find(kind, "__getitem__")
    in_c = isinstance(item, type(object.__init__))
    return _has(kind, "__getitem__") and (not in_c or _has(kind, "__len__"))


def _opaque(kind: type) -> bool:
    # State that no attribute shows: a module's, which is not data, or that of a type made in C.
    if issubclass(kind, type(sys)):
        return True
    for base in kind.__mro__:
        if isinstance(vars(base).get("__new__"), type(len)):
            return base is not object
    return False


def _is_a(kind: type, base: Any) -> bool:
    # A class may refuse to be asked (a metaclass's __subclasscheck__ that raises): then it is not one.
    try:
        return issubclass(kind, base)
    except Exception:
        return False


def _is_js_error(kind: type) -> bool:
    # By name: most programs never import the module, and another thread may be importing it just now.
    return any(base.__name__ == "JsError" and _module_of(base) == "caduceus._errors" for base in kind.__mro__)


def _is_js_class(kind: type) -> bool:
    # By name, as errors are. The kind of a class is its metaclass.
    return kind.__name__ == "JsClass" and _module_of(kind) == "caduceus._classes"


def _is_future(kind: type) -> bool:
    return any(base.__name__ == "Future" and _module_of(base) == "concurrent.futures._base" for base in kind.__mro__)


def _is_one_of(kind: type, kinds: tuple[type, ...]) -> bool:
    # A metaclass may compare in its own way.
    return any(kind is one for one in kinds)


def _module_of(kind: type) -> object:
    # A class that type() made where no Python code runs has none.
    return getattr(kind, "__module__", None)


def _is_numpy_scalar(kind: type) -> bool:
    # By name too: numpy is not imported for asking. A subclass of one of its scalars stays what it is.
    if _module_of(kind) != "numpy":
        return False
    names = {base.__name__ for base in kind.__mro__ if _module_of(base) == "numpy"}
    return "generic" in names and not names.isdisjoint(("bool", "bool_", "integer", "floating", "str_"))


def classify(kind: type) -> int:
    """Return the bits of `kind`."""
    if _module_of(kind) == "caduceus._undefined":
        return UNDEFINED
    if any(issubclass(kind, copy.JsObject) for copy in copies):
        return JS_OBJECT | CALLABLE
    if kind.__name__ == "Reference" and _module_of(kind) == "caduceus._host":
        return REFERENCE
    if _is_js_class(kind):
        return JS_OBJECT | JS_CLASS | CALLABLE
    if _is_numpy_scalar(kind):
        return SCALAR
    has_items = _has(kind, "__getitem__")
    bits = 0
    for bit, present in (
        (CALLABLE, _has(kind, "__call__")),
        (CLASS, issubclass(kind, type)),
        (MODULE, issubclass(kind, type(sys))),
        (SEQUENCE, has_items and _is_a(kind, abc.Sequence)),
        (MAPPING, has_items and _is_a(kind, abc.Mapping)),
        (SET, _has(kind, "__contains__") and _is_a(kind, abc.Set)),
        (DICT, kind is dict),
        (LIST, kind is list or kind is tuple),
        (SUBSCRIPT, has_items),
        (SIZED, _has(kind, "__len__")),
        (ITERABLE, _iterable(kind)),
        (ITERATOR, _has(kind, "__next__")),
        (GENERATOR, _has(kind, "__next__") and _is_a(kind, abc.Generator)),
        (CONTEXT, _has(kind, "__enter__") and _has(kind, "__exit__")),
        (ADDS, _has(kind, "__add__")),
        (NUMERIC, _has(kind, "__float__") or _has(kind, "__index__")),
        (ORDERED, any("__lt__" in vars(base) for base in kind.__mro__ if base is not object)),
        (AWAITABLE, _has(kind, "__await__") or _is_future(kind)),
        (ASYNC_ITERABLE, _has(kind, "__aiter__")),
        (ASYNC_CONTEXT_MANAGER, _has(kind, "__aenter__") and _has(kind, "__aexit__")),
        (EXCEPTION, issubclass(kind, BaseException)),
        (JS_ERROR, _is_js_error(kind)),
        (EXACT, _is_one_of(kind, _EXACT)),
        (FUNCTION, _is_one_of(kind, _FUNCTIONS)),
        (OPAQUE, kind.__dictoffset__ == 0 or _opaque(kind)),
    ):
        if present:
            bits |= bit
    return bits


# Methods that JavaScript may have as functions, by themselves: two are equal that are of one object and one function. No
# reference has a callback: methods of Python's own types die when the interpreter that would run it has gone.
_methods: dict[ref[Any], ref[Any]] = {}
_FEWEST = 256
_most = _FEWEST


def same_method(method: Any) -> object:
    """Return the living method that equals this one, or this one."""
    key = ref(method)
    try:
        known = _methods.get(key)
    except TypeError:
        return method  # its function cannot be hashed
    living = None if known is None else known()
    if living is not None:
        return living
    if len(_methods) >= _most:
        _forget_dead_methods()
    return _methods.setdefault(key, key)() or method


def _forget_dead_methods() -> None:
    global _most
    for key in _methods.copy():
        if key() is None:
            _methods.pop(key, None)
    _most = max(_FEWEST, 2 * len(_methods))


def kin(scalar: Any) -> object:
    """Return numpy's bool, integer, floating or str scalar as the Python value it stands for."""
    value = scalar.item()
    if type(value) is type(scalar):  # longdouble has no exact kin
        return float(scalar)
    return value
