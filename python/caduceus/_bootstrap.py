"""What native code asks for once, when Python starts."""

import atexit
import sys
from collections.abc import Callable
from typing import Any

import _caduceus
from caduceus import _data, _errors, _kinds, _stdio


def begin(adopted: bool) -> tuple[Callable[..., Any], ...]:
    """Prepare the interpreter and return the helpers in the order of native/bridge/env.hpp, then the flush function.

    `adopted` says that another copy of the library started Python and has prepared it.
    """
    # Registered first, hence run last: by then no Python code of the program needs what JavaScript holds.
    atexit.register(_caduceus.last_exit_work)
    if not adopted:
        _stdio.install()
    return (
        _kinds.classify,
        _kinds.kin,
        _errors.make_error,
        _data.from_date,
        _data.expand,
        _errors.is_missing,
        _stdio.flush,
    )


def prefer_own_libraries() -> None:
    """Let extension modules find the C libraries they were linked with rather than the host's of the same name."""
    import os

    deep = getattr(os, "RTLD_DEEPBIND", None)
    if deep is not None and hasattr(sys, "setdlopenflags"):
        sys.setdlopenflags(os.RTLD_NOW | deep)
