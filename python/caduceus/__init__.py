"""CPython and JavaScript in one process: the Python side.

Importing it does no work. Inside a JavaScript program that uses Python through the npm package `caduceus`, what
JavaScript throws arrives here as :class:`JsError`, and ``caduceus.undefined`` passes JavaScript's ``undefined``.
"""

from caduceus._errors import JsError
from caduceus._undefined import Undefined, undefined

__all__ = ["JsError", "Undefined", "undefined"]
