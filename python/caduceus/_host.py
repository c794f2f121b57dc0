"""JavaScript by name: its globals, its modules, and what no property of an object can shadow."""

from __future__ import annotations

import os
import sys

import _caduceus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any


def host_of(value: Any) -> Any:
    """Return what JavaScript does for `value` where that belongs to: a worker's object is its worker's business.

    Python's own are that of this thread's environment, else of the process's main one.
    """
    value = getattr(value, "__js_class__", value)
    find = getattr(type(value), "__js_host__", None)
    return _caduceus.host() if find is None else find(value)


def globals_of_javascript() -> Any:
    """Return JavaScript's ``globalThis``: that of this thread's environment, else of the process's main one."""
    return getattr(_caduceus.host(), "global")


def require(specifier: str) -> Any:
    """Return what JavaScript's ``require(specifier)`` would.

    The module is looked for from the folder of the Python file that asks, then from the main program's, then from the
    working folder. ModuleNotFoundError if none knows it; what the module throws while it runs is raised.
    """
    return required(specifier, folders(sys._getframe(1)))


async def import_(specifier: str) -> Any:
    """Return the namespace that ``import(specifier)`` resolves to in JavaScript, from where :func:`require` looks."""
    places = folders(sys._getframe(1))
    found = await getattr(_caduceus.host(), "import")(specifier, places)
    if found is None:
        raise not_found(specifier, places)
    return found[0]


def new(constructor: Any, /, *args: Any, **options: Any) -> Any:
    """Return ``new constructor(...args)``; keyword arguments become a trailing object, unless a signature binds them."""
    function = getattr(constructor, "__js_class__", constructor)
    number = function.__js_declaration__() if hasattr(type(function), "__js_declaration__") else 0
    if number:
        from caduceus._signatures import bind

        args, options = bind(number, args, options), {}
    return host_of(constructor).construct(constructor, *args, **options)


def typeof(value: object, /) -> str:
    """Return JavaScript's ``typeof`` of the value as JavaScript gets it."""
    kind: str = host_of(value).typeOf(value)
    return kind


def to_js(value: object, /) -> Any:
    """Return plain data as JavaScript's: a dict as an object, a list as an array, deeply. All else comes back as it is."""
    return _caduceus.host().same(value)


class Reference:
    """Made by :func:`ref`."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


def ref(value: object, /) -> Any:
    """Let JavaScript have a list, dict, set or tuple itself, as a proxy, where it would get a copy of plain data.

    What it does with the proxy it does with `value`, and what comes back to Python is `value`.
    """
    return Reference(value)


def to_py(value: object, /) -> Any:
    """Return plain JavaScript data as Python's own, deeply: copies, of which what is shared or cyclic stays so.

    An array becomes a list, a plain object and a Map a dict, a Set a set, a Date an aware datetime. All else comes back
    as it is. TypeError if the key of a Map or the item of a Set cannot be one of Python's, as an array cannot.
    """
    from caduceus._collections import maps, sets

    copies: list[Any] = []
    known: dict[int, tuple[object, Any]] = {}
    open_: list[Any] = []

    def copied(item: object) -> Any:
        host_of(item).give(copies.append, item)
        copy = copies.pop()
        if isinstance(copy, (*maps, *sets)):
            if id(copy) not in known:
                made: Any = {} if isinstance(copy, maps) else set()
                known[id(copy)] = (copy, made)
                open_.append((copy, made))
            return known[id(copy)][1]
        if type(copy) not in (list, dict):
            return item if type(item) is type(copy) else copy
        open_.append((None, copy))
        return copy

    def fill(container: Any, made: Any) -> None:
        if isinstance(container, maps):
            for key in container:
                made[key] = copied(container[key])
        elif container is not None:
            made.update(container)
        elif id(made) not in known:
            # Python's own by now, but for the maps and sets that are inside.
            known[id(made)] = (made, made)
            for key, item in list(made.items() if type(made) is dict else enumerate(made)):
                if isinstance(item, (*maps, *sets)):
                    made[key] = copied(item)
                elif type(item) in (list, dict):
                    open_.append((None, item))

    result = copied(value)
    while open_:
        fill(*open_.pop())
    return result


def converter_of(value: object) -> Any:
    """Return the method ``to_py`` of a JavaScript object that has no property of that name."""

    def convert() -> Any:
        return to_py(value)

    convert.__name__ = "to_py"
    convert.__qualname__ = "JsObject.to_py"
    convert.__doc__ = to_py.__doc__
    return convert


def required(specifier: str, places: list[str]) -> Any:
    found = _caduceus.host().require(specifier, places)
    if found is None:
        raise not_found(specifier, places)
    return found[0]


def not_found(specifier: str, places: list[str]) -> ModuleNotFoundError:
    looked = ", ".join(places)
    message = f"no JavaScript module {specifier!r}: looked from {looked}; is it installed there (npm install {specifier})?"
    return ModuleNotFoundError(message, name=specifier)


def folders(frame: FrameType | None) -> list[str]:
    """Return where a module is looked for: the folder of the asking file, of the main program, and the working folder."""
    while frame is not None and _is_importing(frame.f_globals.get("__name__")):
        frame = frame.f_back
    asking = frame.f_globals.get("__file__") if frame is not None else None
    main = sys.argv[0] if sys.argv and os.path.isfile(sys.argv[0]) else None
    found = [os.path.dirname(os.path.abspath(file)) for file in (asking, main) if isinstance(file, str)]
    return list(dict.fromkeys([*found, os.getcwd()]))


def _is_importing(module: object) -> bool:
    return isinstance(module, str) and module.startswith(("importlib.", "_frozen_importlib", "caduceus."))
