"""JavaScript classes that extend Python's: the type that Python has for each.

An object of it has a JavaScript side, ``__js_side__``, whose methods the type's functions call, and whose properties are
attributes that Python does not have.
"""

from __future__ import annotations

from caduceus import _copies
from caduceus._copies import side_of
from caduceus._host import host_of
from caduceus._signatures import declare
from caduceus._undefined import undefined

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


_PLAIN = (list, dict, tuple, set)
_SCALARS = (int, float, str, bytes)
# Of a code object's flags.
_VARARGS, _VARKEYWORDS = 4, 8


class StaticValue:
    """A static property of a JavaScript class, as it is when it is read."""

    __slots__ = ("read",)

    def __init__(self, read: Callable[[], Any]) -> None:
        self.read = read

    def __get__(self, obj: object, kind: type | None = None) -> Any:
        return self.read()


def extend(
    base: type,
    name: str,
    initializer: type | None,
    construct: Callable[..., None],
    revive: Callable[[Any, int | None], None],
    shadow: Callable[..., int],
    declaration: str | None,
    pattern: int,
    /,
    *members: Any,
) -> type:
    """Return the type of a class that extends `base`.

    `initializer` is the Python class whose ``__init__`` comes first, unless its constructor does. `construct` calls that
    for an object, `revive` makes the JavaScript side without; `shadow` makes the JavaScript class of a Python class that
    extends it in turn; `declaration` and `pattern` are what :func:`caduceus._signatures.declare` takes. `members`: for each
    its kind, name, declaration, pattern and two functions.
    """
    if hasattr(base, "_member_map_"):
        raise TypeError(
            f"class {name} extends the Enum {base.__name__}, whose members are made by its class body: write it in Python"
        )
    connect(host_of(construct))
    namespace: dict[str, Any] = {"__module__": "js", "__qualname__": name}
    for at in range(0, len(members), 6):
        kind, key, declared, taken_apart, first, second = members[at : at + 6]
        awaits = kind.startswith("async ")
        if kind.endswith("static method"):
            namespace[key] = staticmethod(_method(name, key, declared, taken_apart, first, awaits=awaits))
        elif kind.endswith("method"):
            namespace[key] = _method(name, key, declared, taken_apart, first, receiver="self", awaits=awaits)
        elif kind == "accessor":
            namespace[key] = property(first, second)
        elif kind == "static value":
            namespace[key] = StaticValue(first)
    namespace["__js_shadow__"] = staticmethod(shadow)
    namespace["__js_revive__"] = staticmethod(revive)
    namespace["__reduce_ex__"] = _copies.reduce
    for key, value in (("__copy__", _copies.copy), ("__deepcopy__", _copies.deepcopy)):
        if not hasattr(base, key):
            namespace.setdefault(key, value)
    begin = construct if initializer is None else _beginning(initializer, construct, revive)
    namespace["__init__"] = _initializer(base, name, begin, declaration, pattern)
    namespace["__getattr__"] = _getter(base)
    namespace["__setattr__"] = _setter(base)
    namespace["__delattr__"] = _deleter(base)
    prepared: Any = type(base).__prepare__(name, (base,))
    for key, value in namespace.items():
        prepared[key] = value
    made = type(base)(name, (base,), prepared)
    _copies.register(made)
    return made


def _function(owner: str, name: str, declared: str, pattern: int, function: Any, **options: Any) -> Any:
    made = declare(name, declared, pattern, function, **options)
    made.__qualname__ = f"{owner}.{name}"
    return made


def _method(owner: str, name: str, declared: str, pattern: int, function: Any, **options: Any) -> Any:
    """Return such a function that takes surplus positional arguments, as in JavaScript; inspect sees what is declared."""
    declares = _function(owner, name, declared, pattern, function, **options)
    code = declares.__code__
    if code.co_flags & (_VARARGS | _VARKEYWORDS) or code.co_kwonlyargcount:
        return declares
    surplus = f"*_{'_'.join(code.co_varnames)}"  # longer than each of them
    given = declared.strip()
    if given.startswith("("):  # with what it returns
        return declares
    made = _function(owner, name, f"{given.rstrip(', ')}\n, {surplus}" if given else surplus, pattern, function, **options)
    made.__wrapped__ = declares
    return made


def _initializer(base: type, owner: str, construct: Callable[..., None], declaration: str | None, pattern: int) -> Any:
    if declaration is not None:

        def begin(self: Any, *args: Any) -> None:
            construct(self, shadow_of(type(self)), None, *args)
            side = side_of(self)
            # What the constructor keeps under the parameter's name is the object that was given, as it would be in Python.
            for name, given in named(args):
                if type(given) in _SCALARS and name in side and getattr(side, name) == given:
                    host_of(side).moveToPython(side, name)
                    self.__dict__[name] = given

        made = _function(owner, "__init__", declaration, pattern, begin, receiver="self")
        code = made.__code__
        names = code.co_varnames[1 : code.co_argcount]
        alone = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]

        def named(args: tuple[Any, ...]) -> list[tuple[str, Any]]:
            rest = args[len(names) :]
            found = list(zip(names, args, strict=False))
            if rest and alone and type(rest[-1]) is dict and rest[-1].keys() >= {*alone}:
                return [*found, *rest[-1].items()]
            return [*found, *zip(alone, rest, strict=False)]

        return made

    def __init__(self: Any, *args: Any, **options: Any) -> None:
        construct(self, shadow_of(type(self)), options or None, *args)

    __init__.__wrapped__ = base.__init__  # type: ignore[attr-defined, misc]
    __init__.__qualname__, __init__.__module__ = f"{owner}.__init__", "js"
    return __init__


def _beginning(
    initializer: type, construct: Callable[..., None], revive: Callable[[Any, int | None], None]
) -> Callable[..., None]:
    def begin(self: Any, shadow: int | None, options: dict[str, Any] | None, /, *args: Any) -> None:
        if side_of(self) is None:
            revive(self, shadow)
        # In this thread: it may wait for JavaScript's, whose loop turns meanwhile.
        initialize(initializer, self, *args, **(options or {}))
        construct(self, shadow, options, *args)

    return begin


def shadow_of(kind: Any) -> int | None:
    """Return the number of the JavaScript class for a Python class that extends one of JavaScript's."""
    if "__js_shadow__" in vars(kind):
        return None
    number: int | None = vars(kind).get("__js_target__")
    if number is None:
        from caduceus._derived import definition_of, members_of

        parent = next(place for place in kind.__mro__ if "__js_shadow__" in vars(place))
        members = [definition_of(lambda: kind, name, value) for name, value in members_of(kind, parent)]
        number = kind.__js_shadow__(kind, kind.__name__, *(part for member in members for part in member))
        type.__setattr__(kind, "__js_target__", number)
    return number


def _getter(base: type) -> Any:
    above: Any = getattr(base, "__getattr__", None)

    def __getattr__(self: Any, name: str) -> Any:
        if above is not None:
            try:
                return above(self, name)
            except AttributeError:
                pass
        side = None if name.startswith("__") else side_of(self)
        if side is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        return getattr(side, name)

    __getattr__.__js_above__ = above  # type: ignore[attr-defined]
    return __getattr__


def _setter(base: type) -> Any:
    above: Any = base.__setattr__

    def __setattr__(self: Any, name: str, value: object) -> None:
        side = None if name.startswith("__") else side_of(self)
        if side is None or name not in side:
            above(self, name, value)
        elif type(value) in _PLAIN:
            # Given, as it is to any property.
            host_of(side).moveToJavaScript(side, name, value)
            self.__dict__.pop(name, None)
        else:
            host_of(side).moveToPython(side, name)
            above(self, name, value)

    __setattr__.__js_above__ = above  # type: ignore[attr-defined]
    return __setattr__


def _deleter(base: type) -> Any:
    above: Any = base.__delattr__

    def __delattr__(self: Any, name: str) -> None:
        side = None if name.startswith("__") else side_of(self)
        if side is not None and name in side:
            delattr(side, name)
            self.__dict__.pop(name, None)
        else:
            above(self, name)

    return __delattr__


def connect(host: Any) -> None:
    """Let properties that Python has set be read and written."""
    from caduceus._derived import read, write
    from caduceus._host import ref as by_reference

    host.connectAttributes(by_reference(read), by_reference(write))


def new_extended(kind: Any, /, *args: Any, **options: Any) -> Any:
    """Return a new object of the type, which is not initialized."""
    return kind.__new__(kind, *args, **options)


def initialize(base: Any, self: Any, /, *args: Any, **options: Any) -> None:
    """Call the ``__init__`` of the Python class that the JavaScript class extends."""
    if base.__init__ is not object.__init__:  # which takes no arguments where __new__ has taken them
        base.__init__(self, *args, **options)


def _places(base: type, self: object) -> tuple[type, ...]:
    order = type(self).__mro__
    return order[order.index(base) :]


def _finder(base: Any) -> Any:
    finder: Any = getattr(base, "__getattr__", None)
    while hasattr(finder, "__js_above__"):  # which would ask JavaScript again
        finder = finder.__js_above__
    return finder


def _writer(base: Any) -> Any:
    writer: Any = base.__setattr__
    while hasattr(writer, "__js_above__"):
        writer = writer.__js_above__
    return writer


def attribute_above(base: type, self: Any, name: str) -> Any:
    """Return an attribute that the object has in Python, apart from what its JavaScript classes define."""
    data = object.__getattribute__(self, "__dict__")
    for place in _places(base, self):
        found = vars(place).get(name, undefined)
        if found is undefined:
            continue
        if name in data and not hasattr(type(found), "__set__"):
            return data[name]
        getter = getattr(type(found), "__get__", None)
        return found if getter is None else getter(found, self, type(self))
    if name in data:
        return data[name]
    finder = _finder(base)
    if finder is not None:
        try:
            return finder(self, name)
        except AttributeError:
            pass
    return undefined


def has_above(base: type, self: Any, name: str, is_pythons: bool) -> bool:
    """Tell whether there is such an attribute, or whether the Python class looks at Python's objects that are set."""
    if is_pythons and not name.startswith("__") and type(_writer(base)) is type(has_above):
        return True
    if name in object.__getattribute__(self, "__dict__") or any(name in vars(place) for place in _places(base, self)):
        return True
    return _finder(base) is not None and attribute_above(base, self, name) is not undefined
