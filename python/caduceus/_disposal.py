"""What JavaScript's well-known symbols and `then` are in Python: `with`, `async with`, `async for`, `await`."""

from __future__ import annotations

from caduceus._host import host_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator
    from typing import Any


def enter(target: Any) -> Any:
    """Enter ``with``: the object itself, which must have ``[Symbol.dispose]``."""
    host_of(target).isDisposable(target)
    return target


def leave(target: Any) -> None:
    """Leave ``with``: call ``[Symbol.dispose]``."""
    host_of(target).dispose(target)


def protocol_of(function: Any, name: str) -> Callable[..., Any]:
    """Return the method that stands for a symbol of a JavaScript class where Python classes extend it."""

    def above(self: Any) -> Any:
        host = host_of(function)
        return host.superGet(function, host.symbolOf(name), self)

    def __await__(self: Any) -> Generator[Any, None, Any]:
        from caduceus._promise import wait

        return wait(self)

    def __aiter__(self: Any) -> Any:
        from caduceus._promise import JsAsyncIterator

        return JsAsyncIterator(self, above(self)())

    def __aenter__(self: Any) -> Coroutine[Any, Any, Any]:
        from caduceus._promise import enter_later

        return enter_later(self)

    async def __aexit__(self: Any, *_: object) -> None:
        await above(self)()

    def __enter__(self: Any) -> Any:
        return self

    def __exit__(self: Any, *_: object) -> None:
        above(self)()

    made: tuple[Callable[..., Any], ...] = (__await__, __aiter__, __aenter__, __aexit__, __enter__, __exit__)
    return next(method for method in made if method.__name__ == name)
