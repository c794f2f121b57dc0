"""JavaScript modules in Python's import statement: ``from caduceus.npm.lodash import chunk``."""

from __future__ import annotations

import sys
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import ModuleType

from caduceus import _host

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class JsModule(ModuleType):
    """A JavaScript module: its exports are attributes. One whose export is a function, or its default, is callable."""

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        exports = self.__dict__.get("_exports")
        return exports.__doc__ if callable(exports) else None

    def __getattr__(self, name: str) -> Any:
        exports = self.__dict__.get("_exports")
        if name == "__all__" and exports is not None:
            return [*map(str, getattr(_host.host_of(exports), "global").Object.keys(exports))]
        if exports is None or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        try:
            return getattr(exports, name)
        except AttributeError:
            raise AttributeError(f"the JavaScript module {self.__dict__['_specifier']!r} exports no {name!r}") from None

    def __dir__(self) -> list[str]:
        exports = self.__dict__.get("_exports")
        return sorted({*super().__dir__(), *(dir(exports) if exports is not None else ())})

    def __call__(self, *args: Any, **options: Any) -> Any:
        exports = self.__dict__.get("_exports")
        called = exports if callable(exports) else getattr(exports, "default", None)
        if not callable(called):
            raise TypeError(f"the JavaScript module {self.__dict__.get('_specifier')!r} is not a function")
        return called(*args, **options)


def spec_of(name: str) -> ModuleSpec:
    """Return how to import the JavaScript module that the Python name stands for, or ``js``."""
    return ModuleSpec(name, _Loader(), is_package=name != "js")


def submodule(package: str, name: str) -> ModuleType:
    """Import a module of ``caduceus.npm`` or ``caduceus.node`` that is asked for as an attribute."""
    if name.startswith("__"):
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    __import__(f"{package}.{name}")
    return sys.modules[f"{package}.{name}"]


class _Loader(Loader):
    def create_module(self, spec: ModuleSpec) -> Any:
        return _host.globals_of_javascript() if spec.name == "js" else JsModule(spec.name)

    def exec_module(self, module: Any) -> None:
        if not isinstance(module, JsModule):
            return
        _, kind, *parts = module.__name__.split(".")
        if kind == "npm" and len(parts) == 1 and parts[0].startswith("at_"):
            return  # a scope, which is no module
        places = _host.folders(sys._getframe(1))
        try:
            specifier, exports = _load(kind, parts, places)
        except ModuleNotFoundError as error:
            error.name = module.__name__  # so that `from … import name` tries the next meaning of the name
            raise
        module.__dict__.update(_specifier=specifier, _exports=exports)


def _load(kind: str, parts: list[str], places: list[str]) -> tuple[str, Any]:
    if kind == "node":
        specifier = f"node:{'/'.join(parts)}"
        return specifier, _host.required(specifier, places)
    if parts[0].startswith("at_"):
        parts = [f"@{parts[0].removeprefix('at_')}", *parts[1:]]
    specifier = "/".join(parts)
    hyphenated = specifier.replace("_", "-")
    try:
        return specifier, _host.required(specifier, places)
    except ModuleNotFoundError as error:
        if error.name != specifier or hyphenated == specifier:
            raise
    return hyphenated, _host.required(hyphenated, places)
