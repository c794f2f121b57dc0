"""What Python code looks at in a function: its name, its documentation, its signature."""

from __future__ import annotations

from caduceus._host import host_of
from caduceus._host import ref as by_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inspect import Signature
    from types import FunctionType
    from typing import Any


def about(function: Any, name: str) -> object:
    """Return what a function of Python's has under `name`; NotImplemented for what only objects have."""
    if name in _marks:
        marks = host_of(function).marksOf(function)
        if name in marks:
            return marks[name]
    if name in ("__name__", "__qualname__"):
        return function.name or "anonymous"
    if name == "__doc__":
        return documentation_of(function)
    if name == "__signature__":
        return signature_of(function)
    if name == "__call__":  # frameworks look there for what a callable is
        return function
    if name in ("__annotations__", "__defaults__", "__kwdefaults__"):
        declared = declared_as(function)
        return NotImplemented if declared is None else getattr(declared, name)
    return "js" if name == "__module__" else NotImplemented


# The names of all marks that there have ever been.
_marks: set[str] = set()


def mark(function: Any, name: str, value: object) -> None:
    """Set an attribute that Python code keeps on functions, such as a decorator's ``__click_params__``."""
    if name in ("__class__", "__dict__"):
        raise AttributeError(f"the attribute {name} of a JavaScript function cannot be set", name=name, obj=function)
    _marks.add(name)
    host_of(function).marksOf(function)[name] = by_reference(value)


def unmark(function: Any, name: str) -> None:
    """Delete such an attribute."""
    marks: Any = host_of(function).marksOf(function) if name in _marks else {}
    if name not in marks:
        raise AttributeError(f"the JavaScript function has no attribute {name!r} to delete", name=name, obj=function)
    del marks[name]


def coroutine_mark(name: str) -> object:
    """Return what ``iscoroutinefunction`` looks for under `name` in what is called for an awaitable."""
    import inspect
    from asyncio import coroutines

    if name == "_is_coroutine":
        return getattr(coroutines, name, None)
    mark = getattr(inspect, "markcoroutinefunction", None)  # from 3.12 on
    return None if mark is None else getattr(mark(lambda: None), name, None)


def documentation_of(function: Any) -> str:
    """Return the JSDoc comment before the declaration; without one the source text."""
    text: str = host_of(function).documentationOf(function)
    return text


def documentation_of_member(function: Any, name: str) -> str:
    """Return what a class's objects have under `name`: a method's parameters, and the JSDoc comment where there is one."""
    member, is_method, comment = host_of(function).describeMember(function, name)
    parameters = f"{name}{signature_of(member)}" if is_method else None
    return "\n".join(part for part in (parameters, comment) if part)


def signature_of_derived(made: Any) -> Signature:
    """Return what constructs the objects of a Python class that extends a JavaScript one."""
    from inspect import signature
    from types import MethodType

    from caduceus._classes import JsClass, is_derived

    for kind in made.__mro__:
        if isinstance(kind, JsClass) and not is_derived(kind):
            return signature_of(kind.__js_class__)
        for name in ("__init__", "__new__"):
            if name in vars(kind):
                return signature(MethodType(getattr(kind, name), made))
    raise AttributeError("__signature__")


def declared_as(function: Any) -> FunctionType | None:
    """Return a Python function with the parameters that a function is declared with; None for one that is not."""
    number = function.__js_declaration__()
    if not number:
        return None
    from caduceus._signatures import binder_of

    return binder_of(number)


def signature_of(function: Any) -> Signature:
    """Return the signature that a function is declared with, or else one with the parameters' names of the source text.

    All of these are positional.
    """
    from inspect import Parameter, Signature, signature

    declared = declared_as(function)
    if declared is not None:
        return signature(declared)
    parameters: list[Parameter] = []
    names: set[str] = set()
    for name, sort in host_of(function).parametersOf(function):
        if not name.isidentifier() or name in names:
            name = f"arg{len(parameters)}"
        names.add(name)
        kind = Parameter.VAR_POSITIONAL if sort == 2 else Parameter.POSITIONAL_ONLY
        # JavaScript's default is an expression, which is evaluated by each call.
        parameters.append(Parameter(name, kind, default=None if sort == 1 else Parameter.empty))
    return Signature(parameters)
