"""Which extension module turned the GIL on, on free-threaded builds."""

from __future__ import annotations

import sys
import time

import _caduceus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

turned_on_by: str | None = None


def _stays_on() -> bool:
    """Tell whether the GIL is on for good: CPython has it on while any thread loads an extension module."""
    for _ in range(200):
        if not sys._is_gil_enabled():  # type: ignore[attr-defined]
            return False
        time.sleep(0.001)
    return True


def watch() -> None:
    """Look at the GIL before and after each extension module is loaded. CPython says it in a warning alone."""
    import _frozen_importlib_external as external

    plain = external.ExtensionFileLoader.create_module

    def create_module(self: Any, spec: ModuleSpec) -> ModuleType:
        global turned_on_by
        before = sys._is_gil_enabled()  # type: ignore[attr-defined]
        module = plain(self, spec)
        if not before and _stays_on():
            turned_on_by = spec.name
            _caduceus.gil_enabled(spec.name)
        return module

    external.ExtensionFileLoader.create_module = create_module  # type: ignore[method-assign]
