"""Interrupts of threads: exceptions that come between any two instructions of theirs.

From 3.14 on one may come when ``with lock:`` has acquired its lock and its block has not begun, from which on it would be
released: nobody would ever release it. Ctrl-C in python has the same hole. What the interrupts of this package do there
is what the end of the block would do.
"""

from __future__ import annotations

import opcode  # now: where it is needed anything may be half done, an import as well
import sys
from opcode import opmap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any


class Interrupt(KeyboardInterrupt):
    """What interrupts a thread."""

    def __new__(cls, *args: object) -> Interrupt:
        # Before 3.12 an exception is made where it is caught, which may be where no Python code runs any more.
        if sys.version_info >= (3, 12):
            # The frame that is interrupted: no Python code stands between.
            frame = sys._getframe(1)
            if sys.version_info >= (3, 14):
                _leave_entered(frame)
            if frame.f_code.co_name in ("__enter__", "__exit__"):
                _leave_condition(frame)
        return super().__new__(cls, *args)


class KeyboardInterrupted(Interrupt):
    """A KeyboardInterrupt, for whoever asks."""


class Interrupted(Interrupt):
    """Raised in a call of ``py.async`` whose signal was aborted or whose time is over.

    As a KeyboardInterrupt it is not caught by ``except Exception``.
    """

    __module__ = "caduceus"


KeyboardInterrupted.__name__ = KeyboardInterrupted.__qualname__ = "KeyboardInterrupt"
KeyboardInterrupted.__module__ = "builtins"


def _number(name: str) -> int:
    return opmap.get(name, -1)  # not every version has each of them


_CALL, _SPECIAL, _EXTENDED = _number("CALL"), _number("LOAD_SPECIAL"), _number("EXTENDED_ARG")
_ATTRIBUTE, _GLOBAL, _NAME, _DEREF = (_number(f"LOAD_{name}") for name in ("ATTR", "GLOBAL", "NAME", "DEREF"))
_LOCALS = frozenset(_number(name) for name in ("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK"))
# How many words of its own the interpreter has behind an instruction.
_CACHES: dict[int, int] = {}
if sys.version_info >= (3, 14):
    _CACHES |= {_number(name): count for name, count in opcode._inline_cache_entries.items()}  # type: ignore[attr-defined]
# COPY, LOAD_SPECIAL __exit__, SWAP, SWAP, LOAD_SPECIAL __enter__ stand between the manager and the call.
_BETWEEN = 5


def _leave_entered(frame: FrameType) -> None:
    """Call ``__exit__`` of the manager that the frame has just entered, if that is where it is."""
    code = frame.f_code
    data, last = code.co_code, frame.f_lasti
    if data[last] != _CALL or data[last + 1] != 0 or data[last - 2] != _SPECIAL or data[last - 1] != 0:
        return
    try:
        manager = _manager_of(frame, code, _until(data, last)[:-_BETWEEN])
    except LookupError:
        return  # it is the value of something else than a name: to ask again would be to do again
    type(manager).__exit__(manager, None, None, None)


def _leave_condition(frame: FrameType) -> None:
    """The same where ``threading.Condition`` has just acquired its lock, or is about to release it.

    That is Python code, in every version, and what most of the standard library's other locks are made of.
    """
    condition = getattr(sys.modules.get("threading"), "Condition", None)
    if condition is None:
        return
    # Such a function looks at interrupts when it begins and when the one call in it has returned.
    called = frame.f_code.co_code[frame.f_lasti] != opmap["RESUME"]
    holds = condition.__enter__ if called else condition.__exit__
    if frame.f_code is holds.__code__:
        frame.f_locals["self"]._lock.__exit__(None, None, None)


def _until(data: bytes, last: int) -> list[tuple[int, int]]:
    """Return the instructions before the one at `last`, with their arguments."""
    found: list[tuple[int, int]] = []
    at = extended = 0
    while at < last:
        operation, argument = data[at], data[at + 1] | extended
        extended = argument << 8 if operation == _EXTENDED else 0
        if operation != _EXTENDED:
            found.append((operation, argument))
        at += 2 + 2 * _CACHES.get(operation, 0)
    return found


def _manager_of(frame: FrameType, code: CodeType, before: list[tuple[int, int]]) -> Any:
    """Return the value of the attributes of a name that stand last; LookupError if it is anything else."""
    attributes: list[str] = []
    for operation, argument in reversed(before):
        if operation == _ATTRIBUTE and not argument & 1:
            attributes.append(code.co_names[argument >> 1])
            continue
        value = _value_of(frame, code, operation, argument)
        for name in reversed(attributes):
            value = getattr(value, name)
        return value
    raise LookupError


def _value_of(frame: FrameType, code: CodeType, operation: int, argument: int) -> Any:
    if operation in _LOCALS or operation == _DEREF:
        cells = [name for name in code.co_cellvars if name not in code.co_varnames]
        return frame.f_locals[(*code.co_varnames, *cells, *code.co_freevars)[argument]]
    if operation == _GLOBAL:
        name = code.co_names[argument >> 1]
        return frame.f_globals[name] if name in frame.f_globals else frame.f_builtins[name]
    if operation == _NAME:
        name = code.co_names[argument]
        places = (frame.f_locals, frame.f_globals, frame.f_builtins)
        return next(place[name] for place in places if name in place)
    raise LookupError
