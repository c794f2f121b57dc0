"""CPython and JavaScript in one process: the Python side.

Importing it does no work. Inside a JavaScript program that uses Python through the npm package `caduceus`, what
JavaScript throws arrives here as :class:`JsError`, and ``caduceus.undefined`` passes JavaScript's ``undefined``.
``from caduceus import js`` is JavaScript's global object, ``caduceus.require("lodash")`` a module of it, and
``from caduceus.npm.lodash import chunk`` imports from one.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from caduceus._errors import JsError, JsLoopBlocked
    from caduceus._host import import_, new, ref, require, to_js, to_py, typeof
    from caduceus._interrupts import Interrupted
    from caduceus._program import on_js
    from caduceus._threads import JsThreadBlocked
    from caduceus._undefined import Undefined, undefined

    js: Any

__all__ = [
    "Interrupted",
    "JsError",
    "JsLoopBlocked",
    "JsThreadBlocked",
    "Undefined",
    "import_",
    "js",
    "new",
    "on_js",
    "ref",
    "require",
    "to_js",
    "to_py",
    "typeof",
    "undefined",
]

_PLACES = {
    "Interrupted": "caduceus._interrupts",
    "JsError": "caduceus._errors",
    "JsLoopBlocked": "caduceus._errors",
    "JsThreadBlocked": "caduceus._threads",
    "import_": "caduceus._host",
    "new": "caduceus._host",
    "on_js": "caduceus._program",
    "ref": "caduceus._host",
    "require": "caduceus._host",
    "to_js": "caduceus._host",
    "to_py": "caduceus._host",
    "typeof": "caduceus._host",
    "Undefined": "caduceus._undefined",
    "undefined": "caduceus._undefined",
}


def __getattr__(name: str) -> object:
    # Starting Python pays for no module that the program does not use.
    if name == "js":
        from caduceus._host import globals_of_javascript

        return globals_of_javascript()
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module 'caduceus' has no attribute {name!r}")
    __import__(place)
    import sys

    return getattr(sys.modules[place], name)
