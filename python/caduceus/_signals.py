"""Signals in a program of two languages.

SIGINT is not Python's until Python code installs a handler of its own, and no longer when that code puts Python's
default handler back, as ``asyncio.run`` and ``unittest`` do: the default one would only set a flag that nobody looks
at while JavaScript is idle, and the program could not be interrupted any more. native/py/signals.cpp makes a
KeyboardInterrupt of it where Python runs, and lets SIGTERM and SIGHUP end the program after Python's exit work.
"""

from __future__ import annotations

import _signal

import _caduceus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def install() -> None:
    """Let go of SIGINT, and let SIGURG wake Python's main thread for what other threads ask of it."""
    plain = _signal.signal
    try:
        # Locks also look at pending calls when a signal interrupts them; sleep, read, select, wait at handlers alone.
        plain(_signal.SIGURG, _caduceus.serve_signal)
        _caduceus.keep_wake_signal()
    except ValueError:
        pass  # a thread of our own is Python's main one: it never waits for anything

    def signal(signalnum: int, handler: Any, /) -> Any:
        if signalnum == _signal.SIGINT:
            _caduceus.keep_interrupt()
        previous = plain(signalnum, handler)
        if signalnum == _signal.SIGINT and handler is _signal.default_int_handler:
            _caduceus.restore_interrupt()
        if signalnum in (_signal.SIGTERM, _signal.SIGHUP) and handler == _signal.SIG_DFL:
            _caduceus.watch_signals()
        _caduceus.forward_signal(signalnum)
        return previous

    signal.__doc__ = plain.__doc__
    _signal.signal = signal  # type: ignore[assignment]
