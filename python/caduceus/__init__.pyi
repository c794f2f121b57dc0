# What type checkers see. It names no other module of the package, so that they look at none.

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")

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

# What JavaScript has is of any type.
js: Any

def require(specifier: str) -> Any: ...
async def import_(specifier: str) -> Any: ...
def new(constructor: Any, /, *args: Any, **options: Any) -> Any: ...
def typeof(value: object, /) -> str: ...
def to_js(value: object, /) -> Any: ...
def to_py(value: object, /) -> Any: ...
def ref(value: object, /) -> Any: ...
def on_js(function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T: ...

class Undefined:
    def __bool__(self) -> bool: ...

undefined: Undefined

class JsError(Exception):
    name: str
    message: str
    js_stack: str
    def __init__(self, message: str = "", *, name: str = "Error", stack: str = "") -> None: ...
    @property
    def value(self) -> Any: ...
    def __getattr__(self, name: str) -> Any: ...

class JsLoopBlocked(RuntimeError):
    code: str

class JsThreadBlocked(RuntimeError):
    owner: int
    caller: int

class Interrupted(KeyboardInterrupt): ...
