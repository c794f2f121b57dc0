"""What goes wrong between threads, in words."""

from __future__ import annotations

import sys
import threading

import _caduceus

from caduceus._interrupts import Interrupt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType


class JsThreadBlocked(RuntimeError):
    """A JavaScript function was called whose thread waits inside Python where nothing can wake it.

    ``owner`` and ``caller`` are thread identifiers as of :func:`threading.get_ident`.
    """

    owner: int
    caller: int


JsThreadBlocked.__module__ = "caduceus"


class Terminated(Interrupt):
    """Ends the Python code of a worker that is terminated: whoever catches it meets it again at the next instruction."""

    # A function of Python's own would be interrupted itself.
    __init__ = _caduceus.return_soon


def waits_for_lock(ident: int) -> bool:
    """Tell whether a thread is inside ``acquire`` of a lock, or ``get`` of a SimpleQueue, called as a method."""
    import dis

    frame = sys._current_frames().get(ident)
    if frame is None:
        return False
    done = [step for step in dis.get_instructions(frame.f_code) if step.offset <= frame.f_lasti]
    for step in reversed(done[:-1]):
        if step.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            return step.argval in ("acquire", "get")
        if not step.opname.startswith(("LOAD_", "PUSH_NULL", "PRECALL", "KW_NAMES", "COPY_FREE", "CACHE")):
            return False
    return False


def known_waits() -> tuple[tuple[CodeType, int], ...]:
    """Return where the standard library waits in a lock of its own for what another thread does, as instructions."""
    import dis

    places = []
    for function, method in ((threading.Condition.wait, "acquire"), (threading.Thread.join, "join")):
        loaded = None
        for step in dis.get_instructions(function):
            if step.opname == "LOAD_ATTR":
                loaded = step.argval
            elif step.opname.startswith("CALL") and loaded == method:
                places.append((function.__code__, step.offset))
    return tuple(places)


def blocked(owner: int, scoped: bool) -> JsThreadBlocked:
    """Return the error that the thread which calls this gets, whose call `owner` does not answer.

    `scoped`: it has Python attached. Then its frames cannot be looked at: that stops all threads, which it keeps from it.
    """
    caller = threading.get_ident()
    frame = None if scoped else sys._current_frames().get(owner)
    error = JsThreadBlocked(
        f"JsThreadBlocked: thread {_name(caller)} called a JavaScript function, and the JavaScript thread that owns it, "
        f"{_name(owner)}, cannot run it: {_where(frame)}"
    )
    error.owner, error.caller = owner, caller
    return error


def _name(ident: int) -> str:
    name = next((thread.name for thread in threading.enumerate() if thread.ident == ident), None)
    return f"{ident} ({name})" if name else str(ident)


def _where(frame: FrameType | None) -> str:
    if frame is None:
        return (
            "it holds Python attached (py.attach) while it runs JavaScript. Wait for other threads outside of py.attach, "
            "or inside py.detach"
        )
    return (
        f"it waits inside a Python call at {_place(frame)}, where nothing wakes it. Make that call with fn.async(...) or "
        "py.async(fn, ...) in JavaScript, so that its thread stays free; or give it a timeout"
    )


def _place(frame: FrameType) -> str:
    # The innermost lines are the standard library's own waits: the first place outside it is what the reader knows.
    innermost = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    library = threading.__file__.rpartition("/")[0]
    while frame.f_back is not None and frame.f_code.co_filename.startswith(library):
        frame = frame.f_back
    place = f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_qualname}"
    return place if place.startswith(innermost) else f"{place} (in {innermost})"
