"""Python classes that extend JavaScript's.

Each has a JavaScript class of its own, whose methods call Python's. An object of it has two sides: Python's, which
``__init__`` of its JavaScript class waits with, and the JavaScript object that the parent's constructor makes.
"""

from __future__ import annotations

import keyword
from _weakref import ref
from abc import ABCMeta

from caduceus import _classes
from caduceus._classes import JsClass, is_derived
from caduceus._disposal import protocol_of
from caduceus._errors import JsError, become
from caduceus._host import host_of
from caduceus._host import ref as by_reference
from caduceus._undefined import undefined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

# What classes have of ABCMeta, where JavaScript's may have static members of these names.
_OF_METACLASS = ("register", "mro", "_dump_registry")
# What JavaScript's classes have under symbols, and `then`; src/proxies/derived.ts names them.
_PROTOCOLS = ("__await__", "__aiter__", "__aenter__", "__aexit__", "__enter__", "__exit__")
# What JavaScript knows by other names; src/proxies/derived.ts has the same list.
_SPECIAL = ("__iter__", "__aiter__", "__str__")


class JsMember:
    """A member that a JavaScript class gives to its objects, as ``super()`` finds it."""

    __slots__ = ("function", "name")

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        from caduceus._functions import documentation_of_member

        return documentation_of_member(self.function, self.name)

    def __init__(self, function: Any, name: str) -> None:
        self.function = function
        self.name = name

    def __get__(self, obj: Any, kind: type | None = None) -> Any:
        return self if obj is None else host_of(self.function).superGet(self.function, self.name, obj)

    def __set__(self, obj: Any, value: object) -> None:
        host_of(self.function).superSet(self.function, self.name, obj, value)

    def __call__(self, obj: Any, /, *args: Any, **options: Any) -> Any:
        return self.__get__(obj)(*args, **options)

    def __repr__(self) -> str:
        return f"<member {self.name} of {self.function!r}>"


def construct_error(self: Any, *args: Any, **options: Any) -> None:
    """Construct an object of a class of errors, which are exceptions in Python: the ``__init__`` of all of them."""
    become(self, _classes.raisable(type(self).__js_class__(*args, **options)))


def complete(self: Any) -> bool:
    """Make the JavaScript side of an object whose ``__init__`` has not called that of its JavaScript class."""
    if "_holder" not in vars(self) if isinstance(self, JsError) else not self.__js_is_paired__():
        for kind in type(self).__mro__:
            if isinstance(kind, JsClass) and not is_derived(kind):
                vars(kind)["__init__"](self)
                break
    return True


def completed(cls: JsClass, made: Any) -> Any:
    """Return what the call of a class has made, whose JavaScript side may be missing."""
    if isinstance(made, cls):
        complete(made)
    return made


def expose(self: Any) -> None:
    """Let JavaScript see the attributes that an object has in Python."""
    host = host_of(self)
    for name in vars(self):
        host.expose(self, name)


def get_of_class(cls: JsClass, name: str) -> Any:
    """Return an attribute of a class: its own, else a static member of JavaScript's, else a member of its objects."""
    member = None
    try:
        member = type.__getattribute__(cls, name)
        if type(member) is not JsMember and (name not in _OF_METACLASS or any(name in vars(kind) for kind in cls.__mro__)):
            return member
        return getattr(cls.__js_class__, name)
    except AttributeError:
        if member is not None:
            return member
        return getattr(cls.__js_class__, name)


def set_of_class(cls: JsClass, name: str, value: object) -> None:
    """Set an attribute of a class, which JavaScript sees as well."""
    before = vars(cls).get(name, set_of_class)
    type.__setattr__(cls, name, value)
    if not (hasattr(type(before), "__get__") or hasattr(type(value), "__get__")):
        return  # the accessor that JavaScript has for it reads what is there
    function = cls.__js_class__
    _define(host_of(function), ref(cls), function, name, value)


def derive(
    metaclass: type[JsClass],
    name: str,
    bases: tuple[type, ...],
    members: dict[str, Any],
    keywords: dict[str, Any],
) -> JsClass:
    """Return a new class one of whose bases is a JavaScript class, or extends one."""
    parent = _one_parent(name, [base for base in bases if isinstance(base, JsClass)])
    reflect_members(parent)
    host = host_of(parent.__js_class__)
    function: Any = None
    reference: Any = None

    def receive(function: Any) -> Any:
        return function if reference is None else None

    def create(waits: bool, target: Any, /, *args: Any) -> Any:
        kind = reference()
        if target is None and not waits:
            return type.__call__(kind, *args)
        self = function.__js_waiting__() if waits else kind.__new__(target, *args)
        kind.__init__(self, *args)
        return self

    if issubclass(parent, JsError):
        function = host.extendPlainly(parent.__js_class__, name, receive)
    else:
        function = host.extend(parent.__js_class__, name, create, receive)
        host.connectAttributes(by_reference(read), by_reference(write))
    made = ABCMeta.__new__(
        metaclass, name, bases, {**members, "__js_class__": function, "__js_derived__": True}, **keywords
    )
    reference = ref(made)
    _classes.remember_class(function, made)
    # JavaScript may be the only one that has the class.
    function.__js_own__(made)
    if not issubclass(parent, JsError):
        for member, value in members_of(made, parent):
            _define(host, reference, function, member, value)
    else:
        for member, value in members_of(made, parent):
            if not hasattr(type(value), "__get__"):
                setattr(function.prototype, member, value)
    return made


def _one_parent(name: str, parents: list[JsClass]) -> Any:
    parent = parents[0]
    for other in parents[1:]:
        if issubclass(other, parent):
            parent = other
        elif not issubclass(parent, other):
            raise TypeError(
                f"class {name} extends the JavaScript classes {parent.__name__} and {other.__name__}: "
                "an object of JavaScript's has one constructor; keep one of them in an attribute"
            )
    return parent


def reflect_members(parent: JsClass) -> None:
    """Give the types of JavaScript's classes what ``super()`` and ``help`` look for."""
    for kind in reversed(parent.__mro__):
        if not isinstance(kind, JsClass) or "__init__" in vars(kind) or is_derived(kind):
            continue
        function = kind.__js_class__
        if not issubclass(kind, JsError):
            for name in host_of(function).membersOf(function).split("\0"):
                member = JsMember(function, name)
                if name in _PROTOCOLS:
                    type.__setattr__(kind, name, protocol_of(function, name))
                for attribute in (name, f"{name}_") if keyword.iskeyword(name) else (name,):
                    if attribute and not attribute.startswith("__"):
                        type.__setattr__(kind, attribute, member)
        # Last: it says that the members are there.
        construct = construct_error if issubclass(kind, JsError) else function.__js_constructor__(kind)
        type.__setattr__(kind, "__init__", construct)


def members_of(made: type, parent: type) -> Iterator[tuple[str, Any]]:
    """Yield what a class and the Python classes that it mixes in have for objects, where its parent does not come first."""
    found: set[str] = set()
    for kind in made.__mro__:
        for name, value in vars(kind).items():
            is_first = name not in found and kind not in parent.__mro__
            found.add(name)
            if is_first and (name in _SPECIAL or not (name.startswith("__") or name == "_abc_impl")):
                yield name, value


def _define(host: Any, made: Callable[[], Any], function: Any, name: str, value: Any) -> None:
    kind, key, first, second = definition_of(made, name, value)
    host.define(function, kind, key, first, second)
    if kind == "attribute":
        host.define(function, "static accessor", key, by_reference(lambda _: getattr(made(), name)), None)


def definition_of(made: Callable[[], Any], name: str, value: Any) -> tuple[str, str, Any, Any]:
    """Return what JavaScript has for a member of a Python class: what it is, its name, and one or two functions."""
    key = name[:-1] if name.endswith("_") and keyword.iskeyword(name[:-1]) else name
    kind = type(value)
    if kind is staticmethod:
        return "static method", key, value.__func__, None
    if kind is classmethod:
        return "static method", key, lambda *args: getattr(made(), name)(*args), None
    if kind is type(definition_of):
        return "method", key, value, None
    if not hasattr(kind, "__get__"):
        return "attribute", key, None, None
    if callable(value):
        return "method", key, lambda self, *args: value.__get__(self, type(self))(*args), None
    can_write = hasattr(kind, "__set__") and (kind is not property or value.fset is not None)
    read = by_reference(lambda self: value.__get__(self, type(self)))
    write = by_reference(lambda self, new: value.__set__(self, new)) if can_write else None
    return "accessor", key, read, write


def read(self: Any, name: str) -> Any:
    """Return an attribute that the object or its class has in Python; what JavaScript sees as a property."""
    try:
        return object.__getattribute__(self, name)
    except AttributeError:
        return undefined


def write(self: Any, name: str, value: object) -> None:
    """Set an attribute in Python, as JavaScript sets the property."""
    self.__dict__[name] = value
