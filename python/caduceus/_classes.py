"""JavaScript classes as Python types.

A class is reflected when it is first seen: a type that has the reflected parent as its base, down to
:class:`caduceus.JsError` for JavaScript's errors. It holds the function itself, which knows the static members;
whatever Python asks of instances is JavaScript's to answer.
"""

from __future__ import annotations

from _weakref import ref
from abc import ABCMeta

from _caduceus import JsType

from caduceus._bootstrap import copies
from caduceus._errors import JsError, hide_stack, remember
from caduceus._host import host_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class JsClass(JsType, ABCMeta):
    """The type of JavaScript classes. ``Cls(...)`` is ``new Cls(...)``, and ``Cls.name`` a static member of it.

    Abstract base classes can be mixed into Python classes that extend them. JavaScript's own are nothing of the kind.
    """

    __js_class__: Any

    @property
    def __doc__(cls) -> str | None:
        # Of the metaclass, since pydoc passes `__getattribute__` by.
        own: str | None = type.__getattribute__(cls, "__dict__").get("__doc__")
        if own is not None or is_derived(cls):
            return own
        from caduceus._functions import documentation_of

        return documentation_of(type.__getattribute__(cls, "__js_class__"))

    @__doc__.setter
    def __doc__(cls, value: str | None) -> None:
        type.__dict__["__doc__"].__set__(cls, value)

    def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any], **keywords: Any) -> JsClass:
        if "__js_class__" in members:
            return type.__new__(cls, name, bases, members)
        from caduceus._derived import derive

        return derive(cls, name, bases, members, keywords)

    def __getattribute__(cls, name: str) -> Any:
        if name == "__signature__":
            from caduceus._functions import signature_of, signature_of_derived

            return signature_of_derived(cls) if is_derived(cls) else signature_of(cls.__js_class__)
        if _is_pythons(name):
            return type.__getattribute__(cls, name)
        if is_derived(cls):
            from caduceus._derived import get_of_class

            return get_of_class(cls, name)
        return getattr(type.__getattribute__(cls, "__js_class__"), name)

    def __setattr__(cls, name: str, value: object) -> None:
        if _is_pythons(name):
            type.__setattr__(cls, name, value)
        elif is_derived(cls):
            from caduceus._derived import set_of_class

            set_of_class(cls, name, value)
        else:
            setattr(cls.__js_class__, name, value)

    def __delattr__(cls, name: str) -> None:
        if name in type.__getattribute__(cls, "__dict__"):
            type.__delattr__(cls, name)
        delattr(cls.__js_class__, name)

    def __instancecheck__(cls, value: object) -> bool:
        if type.__instancecheck__(cls, value) or (is_derived(cls) and ABCMeta.__instancecheck__(cls, value)):
            return True
        return is_instance(cls.__js_class__, value)

    def __subclasscheck__(cls, kind: type) -> bool:
        return (ABCMeta if is_derived(cls) else type).__subclasscheck__(cls, kind)

    def __dir__(cls) -> list[str]:
        is_error = issubclass(cls, JsError)
        if not is_error:
            from caduceus._derived import reflect_members

            reflect_members(cls)
        return sorted({*type.__dir__(cls), *dir(cls.__js_class__)} - {"__js_class__", "__js_derived__"})

    def __repr__(cls) -> str:
        return type.__repr__(cls) if is_derived(cls) else f"<JavaScript class {cls.__name__}>"


def _is_pythons(name: str) -> bool:
    return (name.startswith("__") and name.endswith("__")) or name == "_abc_impl"


def is_derived(cls: type) -> bool:
    """Tell whether it is a Python class that extends a JavaScript one, as opposed to a JavaScript class."""
    derived: bool = type.__getattribute__(cls, "__js_derived__")
    return derived


def is_instance(function: Any, value: object) -> bool:
    """Return JavaScript's ``value instanceof function``; no Python object is one."""
    if isinstance(value, JsError):
        value = value.value
    # A class of JavaScript's is an object as well.
    if not isinstance(value, JsClass) and not hasattr(type(value), "__js_host__"):
        return False
    found: bool = host_of(function).isInstance(function, value)
    return found


# By the identity of the function's Python object, which its type keeps alive.
_known: dict[int, ref[JsClass]] = {}


def class_of(function: Any) -> JsClass:
    """Return the type of a JavaScript class: the living one, or a new one. On the thread that the class belongs to."""
    key = id(function)
    reference = _known.get(key)
    known = None if reference is None else reference()
    if known is not None and known.__js_class__ is function:
        return known
    name, parent, is_error, receive = host_of(function).describeClass(function)
    if receive is not None:
        received: JsClass | None = receive(function)
        if received is not None:
            return received
    base: Any = parent if isinstance(parent, JsClass) else JsError if is_error else _kind_of(function, name)
    # An AggregateError is an exception group: `except*` looks into it.
    is_group = is_error and name == "AggregateError" and not issubclass(base, BaseExceptionGroup)
    members = {"__js_class__": function, "__js_derived__": False, "__module__": "js", "__slots__": ()}
    made = JsClass(name, (base, ExceptionGroup) if is_group else (base,), members)
    remember_class(function, made)
    return made


def _kind_of(function: Any, name: str) -> Any:
    """Return the type that the objects of a class have which extends no other: of that copy of the package."""
    common = type(function).__base__
    copy = next(copy for copy in copies if copy.JsObject is common)
    if not host_of(function).isBuiltin(function):
        return common
    return {"Array": copy.JsArray, "Map": copy.JsMap, "Set": copy.JsSet, "TypedArray": copy.JsBuffer}.get(name, common)


def remember_class(function: Any, made: JsClass) -> None:
    """Let `made` be the type of a JavaScript class."""
    remember(_known, function, made)


def error_made(error: Any) -> Any:
    """Return the exception that an error is which Python has just constructed."""
    made = raisable(error)
    hide_stack(made)
    return made


def raisable(error: Any) -> Any:
    """Return the exception that a JavaScript error is where Python raises it."""
    try:
        host_of(error).throwIt(error)
    except JsError as raised:
        raised.__traceback__ = None
        return raised
