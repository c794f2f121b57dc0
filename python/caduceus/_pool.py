"""The threads that native code runs calls on which JavaScript does not wait for."""

from __future__ import annotations

import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


_threads: list[threading.Thread] = []


def start_thread(work: Callable[[], object], number: int) -> None:
    """Start a thread that does `work`: number 0 is the one that starts the others."""
    name = f"caduceus-pool-{number}" if number else "caduceus-pool"
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    _threads[:] = [other for other in _threads if other.is_alive()]
    _threads.append(thread)


def join(seconds: float) -> None:
    """Wait until the threads have ended, but not for longer."""
    end = time.monotonic() + seconds
    for thread in _threads:
        thread.join(max(0.0, end - time.monotonic()))


def collect() -> None:
    """Do nothing: a thread that runs byte code frees the objects of its own that others let go of."""
