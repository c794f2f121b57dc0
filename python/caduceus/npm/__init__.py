"""JavaScript modules from npm: ``from caduceus.npm.lodash import chunk``."""

from __future__ import annotations

from caduceus import _imports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

__path__: list[str] = []


def __getattr__(name: str) -> ModuleType:
    return _imports.submodule(__name__, name)
