"""The event loop that awaits what JavaScript awaits: one in the process, on a thread of its own.

It is started when it is first needed. Other threads touch it through ``call_soon_threadsafe`` alone.
"""

from __future__ import annotations

import threading
import weakref

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine
    from contextvars import Context
    from typing import Any

    # Answers the call that JavaScript waits for: whether it failed, and the result or the exception. Once.
    Settle = Callable[[bool, Any], object]

# Re-entrant: a thread that holds it may be made to run a function of JavaScript's, which awaits something.
_lock = threading.RLock()
# Under the lock. What comes before the loop runs waits in a list, since importing asyncio takes a while.
_loop: asyncio.AbstractEventLoop | None = None
_thread: threading.Thread | None = None
_early: list[tuple[Callable[..., object], tuple[Any, ...], Context | None]] | None = []

# On the loop's thread only: what each call waits for, and the one task of each coroutine.
_awaited: dict[int, Any] = {}
_tasks: weakref.WeakKeyDictionary[Any, asyncio.Task[Any]] = weakref.WeakKeyDictionary()


def begin(
    settle: Settle,
    number: int,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    context: Context,
) -> None:
    """Call `function` on the loop's thread and await what it returns."""
    _soon(_start, settle, number, function, args, kwargs, context=context)


def cancel(number: int) -> None:
    """Cancel what the call `number` waits for."""
    _soon(_cancel, number)


def itself(value: Any) -> Any:
    """Return `value`, to be awaited."""
    return value


def breathe() -> None:
    """Let the loop's thread run bytecode."""
    loop = _loop
    if loop is not None:
        loop.call_soon_threadsafe(itself, None)


def _soon(work: Callable[..., object], *args: Any, context: Context | None = None) -> None:
    global _thread
    # Without the lock: an interrupt that comes between taking and releasing it (a worker that is terminated) would
    # leave it held for ever. A loop that has just ended raises RuntimeError too.
    loop = _loop
    if loop is not None:
        loop.call_soon_threadsafe(work, *args, context=context)
        return
    with _lock:
        if _early is None:
            raise RuntimeError("the event loop of caduceus has ended")
        if _loop is not None:
            _loop.call_soon_threadsafe(work, *args, context=context)
            return
        _early.append((work, args, context))
        if _thread is not None:
            return
        _thread = threading.Thread(target=_run, name="caduceus-asyncio", daemon=True)
    _thread.start()


def _run() -> None:
    global _loop, _early
    import asyncio

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    with _lock:
        for work, args, context in _early or ():
            loop.call_soon(work, *args, context=context)
        if _early is not None:
            _early, _loop = [], loop
    while _loop is not None:
        try:
            loop.run_forever()
        except (KeyboardInterrupt, SystemExit):
            continue  # raised in a task, whose waiters get it; everybody else's tasks go on
    _finish(loop)


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    import asyncio

    try:
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def end(patience: float) -> None:
    """Cancel all tasks and end the loop; wait for that for so many seconds."""
    global _loop, _early
    with _lock:
        loop, _loop, _early = _loop, None, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)
    if _thread is not None:
        _thread.join(patience)


def _start(
    settle: Settle, number: int, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    try:
        _follow(settle, number, function(*args, **kwargs))
    except BaseException as error:
        settle(True, error)


def _follow(settle: Settle, number: int, value: Any) -> None:
    import asyncio

    if asyncio.isfuture(value):
        loop = value.get_loop()
        if loop is asyncio.get_running_loop() or value.done():
            _expect(settle, number, value)
        else:
            # A future is touched on its own loop's thread.
            _awaited[number] = _Elsewhere(value, loop)
            loop.call_soon_threadsafe(value.add_done_callback, lambda done: _soon(_done, settle, number, done))
    elif hasattr(type(value), "__await__") or asyncio.iscoroutine(value):
        _expect(settle, number, _task_of(value))
    elif hasattr(value, "add_done_callback"):  # concurrent.futures
        _awaited[number] = value
        value.add_done_callback(lambda done: _soon(_done, settle, number, done))
    else:
        settle(False, value)


class _Elsewhere:
    """A future of another loop."""

    def __init__(self, future: asyncio.Future[Any], loop: asyncio.AbstractEventLoop) -> None:
        self.future = future
        self.loop = loop

    def cancel(self) -> None:
        self.loop.call_soon_threadsafe(self.future.cancel)


def _expect(settle: Settle, number: int, future: asyncio.Future[Any]) -> None:
    _awaited[number] = future
    future.add_done_callback(lambda done: _done(settle, number, done))


def _task_of(value: Any) -> asyncio.Task[Any]:
    import asyncio

    loop = asyncio.get_running_loop()
    if not asyncio.iscoroutine(value):
        return loop.create_task(_await(value))
    task = _tasks.get(value)
    if task is None:
        task = loop.create_task(value)
        _tasks[value] = task
        task.add_done_callback(_forget(value))
    return task


def _forget(coroutine: Coroutine[Any, Any, Any]) -> Callable[[object], object]:
    reference = weakref.ref(coroutine)

    def forget(_: object) -> None:
        _tasks.pop(reference(), None)

    return forget


async def _await(value: Any) -> Any:
    return await value


def _done(settle: Settle, number: int, future: Any) -> None:
    _awaited.pop(number, None)
    try:
        settle(False, future.result())
    except BaseException as error:
        settle(True, error)


def _cancel(number: int) -> None:
    awaited = _awaited.get(number)
    if awaited is not None:
        awaited.cancel()
