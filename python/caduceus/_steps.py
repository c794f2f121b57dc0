"""Python's asynchronous iterators, generators and context managers, a step at a time."""

from __future__ import annotations

from builtins import aiter

from caduceus._operations import exception_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["aiter"]

_end = object()


def end_of_iteration() -> object:
    """Return what the steps answer with at the end of an iteration."""
    return _end


async def step(iterator: Any, *sent: Any) -> Any:
    """Return the next item, sending a value if there is one."""
    try:
        return await (iterator.asend(*sent) if sent else type(iterator).__anext__(iterator))
    except StopAsyncIteration:
        return _end


async def throw_into_async(iterator: Any, *thrown: Any) -> Any:
    """Raise `thrown` where an asynchronous generator waits."""
    error = exception_of(thrown)
    if not hasattr(iterator, "athrow"):
        raise error
    try:
        return await iterator.athrow(error)
    except StopAsyncIteration:
        return _end


async def close_async(iterator: Any) -> None:
    """Close an asynchronous generator; an iterator of another sort has nothing to close."""
    close = getattr(iterator, "aclose", None)
    if close is not None:
        await close()


async def enter_async(manager: Any) -> Any:
    """Enter an asynchronous context manager."""
    return await type(manager).__aenter__(manager)


async def leave_async(manager: Any, *thrown: Any) -> bool:
    """Leave an asynchronous context manager; true if it swallowed the error."""
    if not thrown:
        await type(manager).__aexit__(manager, None, None, None)
        return False
    error = exception_of(thrown)
    return bool(await type(manager).__aexit__(manager, type(error), error, error.__traceback__))
