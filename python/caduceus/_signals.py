"""SIGINT in a program of two languages.

It is the host's until Python code installs a handler of its own, and the host's again when that code puts Python's
default handler back, as ``asyncio.run`` and ``unittest`` do: the default one would only set a flag that nobody looks
at while JavaScript is idle, and the program could not be interrupted any more.
"""

from __future__ import annotations

import _signal

import _caduceus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def install() -> None:
    """Let the host have SIGINT back."""
    plain = _signal.signal

    def signal(signalnum: int, handler: Any, /) -> Any:
        if signalnum != _signal.SIGINT:
            return plain(signalnum, handler)
        _caduceus.keep_interrupt()
        previous = plain(signalnum, handler)
        if handler is _signal.default_int_handler:
            _caduceus.restore_interrupt()
        return previous

    signal.__doc__ = plain.__doc__
    _signal.signal = signal  # type: ignore[assignment]
