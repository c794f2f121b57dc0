"""CPython and JavaScript in one process: the Python side.

Importing it does no work. Inside a JavaScript program that uses Python through the npm package `caduceus`, what
JavaScript throws arrives here as :class:`JsError`, and ``caduceus.undefined`` passes JavaScript's ``undefined``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from caduceus._errors import Interrupted, JsError, JsLoopBlocked
    from caduceus._threads import JsThreadBlocked
    from caduceus._undefined import Undefined, undefined

__all__ = ["Interrupted", "JsError", "JsLoopBlocked", "JsThreadBlocked", "Undefined", "undefined"]

_PLACES = {
    "Interrupted": "caduceus._errors",
    "JsError": "caduceus._errors",
    "JsLoopBlocked": "caduceus._errors",
    "JsThreadBlocked": "caduceus._threads",
    "Undefined": "caduceus._undefined",
    "undefined": "caduceus._undefined",
}


def __getattr__(name: str) -> object:
    # Starting Python pays for no module that the program does not use.
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module 'caduceus' has no attribute {name!r}")
    __import__(place)
    import sys

    return getattr(sys.modules[place], name)
