"""Awaiting JavaScript: promises, asynchronous iterators and disposables, in any asyncio loop."""

from __future__ import annotations

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

# What is to be awaited, and what a waiter is told; native/bridge/promise.cpp has the same lists.
WAIT, ITERATE, NEXT, RETURN, DISPOSE = range(5)
VALUE, ERROR, END = range(3)


class Waiter:
    """A future's end in the thread of JavaScript."""

    __slots__ = ("future", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()

    def __call__(self, told: int, value: Any) -> None:
        try:
            self.loop.call_soon_threadsafe(self.settle, told, value)
        except RuntimeError:
            if not self.loop.is_closed():  # if it is, nobody waits any more
                raise

    def settle(self, told: int, value: Any) -> None:
        if self.future.done():
            return  # cancelled meanwhile
        if told == VALUE:
            self.future.set_result(value)
        elif told == END:
            self.future.set_exception(StopAsyncIteration())
        elif isinstance(value, StopIteration):  # which no future can carry
            wrapped = RuntimeError("JavaScript rejected a promise with StopIteration")
            wrapped.__cause__ = value
            self.future.set_exception(wrapped)
        else:
            self.future.set_exception(value)


class Step:
    """What JavaScript does with an object and answers later."""

    __slots__ = ("_step", "_target")

    def __init__(self, target: Any, step: int) -> None:
        self._target = target
        self._step = step

    def __await__(self) -> Generator[Any, None, Any]:
        return _await(self._target, self._step)


def _await(target: Any, step: int) -> Generator[Any, None, Any]:
    subscribe = type(target).__subscribe__
    subscribe(target, None, step)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "awaiting a JavaScript promise needs a running asyncio loop in this thread; other event loops are not supported"
        ) from None
    waiter = Waiter(loop)
    subscribe(target, waiter, step)
    return (yield from waiter.future)


def wait(promise: Any) -> Generator[Any, None, Any]:
    """Await a promise: a coroutine's ``__await__``."""
    return _await(promise, WAIT)


class JsAsyncIterator:
    """Goes through a JavaScript object with ``[Symbol.asyncIterator]``."""

    def __init__(self, iterable: Any, iterator: Any = None) -> None:
        self._iterable = iterable
        self._iterator = iterator

    def __aiter__(self) -> JsAsyncIterator:
        return self

    async def __anext__(self) -> Any:
        if self._iterator is None:
            self._iterator = await Step(self._iterable, ITERATE)
        return await Step(self._iterator, NEXT)

    async def aclose(self) -> None:
        """Tell JavaScript that no more items are wanted."""
        if self._iterator is not None:
            await Step(self._iterator, RETURN)


def iterate_later(iterable: Any) -> JsAsyncIterator:
    """Return an asynchronous iterator."""
    return JsAsyncIterator(iterable)


async def enter_later(target: Any) -> Any:
    """Enter ``async with``: the object itself."""
    return target


async def exit_later(target: Any) -> None:
    """Leave ``async with``: call ``[Symbol.asyncDispose]``."""
    await Step(target, DISPOSE)
