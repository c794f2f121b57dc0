"""What native code asks for once, when Python starts."""

from __future__ import annotations

import atexit
import os
import sys

from caduceus import _signals, _stdio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ROOMS = (
    *("_code", "_collections", "_data", "_errors", "_functions", "_kinds", "_operations", "_show", "_signatures"),
    "_undefined",
)

# The native module of each copy of the package in this process: the first one started Python.
copies: list[Any] = []


def begin(native: Any, adopted: bool, folder: str, argv: list[str], path: list[str], kept: str, program: str) -> object:
    """Prepare the interpreter and return the function that flushes its output.

    `native` is the module of the copy that asks; `adopted` says that another one started Python and has prepared it;
    `folder` is the one on ``sys.path`` that this package was found in; `argv` and `path` are the program's arguments and
    module folders, which count where this copy started Python, as does `kept`, the file for compiled code or nothing.
    `program` is ``sys.executable`` of a Python program, which has its own arguments and folders; else nothing.
    """
    for copy in copies:
        copy.note_copy()
    copies.append(native)
    if "caduceus._collections" in sys.modules:
        from caduceus import _collections

        _collections.install(native)
    # Native code put it first, to find this package and no other of its name. The program's modules come before it.
    sys.path.remove(folder)
    sys.path.append(folder)
    # Registered first, hence run last: by then no Python code of the program needs what JavaScript holds.
    atexit.register(native.finish if adopted or program else native.last_exit_work)
    if not adopted:
        sys.meta_path.append(_Finder())  # type: ignore[arg-type]
        _prefer_own_libraries()
        _stdio.install()
        _signals.install()
        if not getattr(sys, "_is_gil_enabled", lambda: True)():
            from caduceus import _gil

            _gil.watch()
        if kept:
            from caduceus import _kept

            _kept.keep_later(folder, kept)
        if program:
            from caduceus import _program

            _program.prepare(program)
        else:
            sys.argv[:] = argv
            sys.path[:0] = path
    return _stdio.flush


class _Finder:
    """Finds ``caduceus.npm.…`` and ``caduceus.node.…``, and ``js`` where Python has no module of that name."""

    @staticmethod
    def find_spec(name: str, path: object, target: object = None) -> object:
        if name != "js" and not name.startswith(("caduceus.npm.", "caduceus.node.")):
            return None
        from caduceus import _imports

        return _imports.spec_of(name)


def is_whole() -> bool:
    """Import the rest of this side; false while one of its modules is being imported further out.

    Asked before a call of another thread is served in the middle of what this thread does, for the first time: that may
    be the import of a module that serving needs, and half a module has no function of that name.
    """
    names = [f"caduceus.{name}" for name in _ROOMS]
    if any(_is_being_imported(name) for name in names):
        return False
    for name in names:
        __import__(name)
    return True


def _is_being_imported(name: str) -> bool:
    import _frozen_importlib

    # The lock is held from before the module is looked for: importing it here as well would run it twice.
    reference = getattr(_frozen_importlib, "_module_locks", {}).get(name)
    lock = reference() if reference else None
    spec = getattr(sys.modules.get(name), "__spec__", None)
    return getattr(lock, "owner", None) is not None or getattr(spec, "_initializing", False)


def forget_other_main() -> None:
    """Keep threading, before 3.13, from waiting for the end of a thread of the host that imported it first."""
    threading: Any = sys.modules.get("threading")
    if threading is None or threading._main_thread.ident == threading.get_ident():
        return
    with threading._shutdown_locks_lock:
        threading._shutdown_locks.discard(threading._main_thread._tstate_lock)


def _prefer_own_libraries() -> None:
    """Let extension modules find the C libraries they were linked with rather than the host's of the same name.

    docs/c-libraries.md has the evidence. A preloaded library, such as another malloc or a sanitizer's, is there to come
    before all others, and these modules would pass it by.
    """
    deep = getattr(os, "RTLD_DEEPBIND", None)
    if deep is not None and not os.environ.get("LD_PRELOAD"):
        sys.setdlopenflags(os.RTLD_NOW | deep)
