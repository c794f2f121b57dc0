"""Standard streams that share their file descriptions with JavaScript.

The host may set O_NONBLOCK on them at any time. Raw writes and reads therefore wait until the description is ready,
and every write is remembered so that what Python wrote comes out before JavaScript writes next.
"""

from __future__ import annotations

import _io
import os
import sys

import _caduceus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any, TextIO


def _wait(descriptor: int, writing: bool) -> None:
    import select

    poll = select.poll()
    poll.register(descriptor, select.POLLOUT if writing else select.POLLIN)
    poll.poll()


# What these methods need are attributes: a destructor may print when the globals of this module are gone.
class _WaitingFile(_io.FileIO):
    _wait = staticmethod(_wait)

    def write(self, data: Any, /) -> int:
        view = memoryview(data).cast("B")
        done = 0
        while done < len(view):
            written = super().write(view[done:])
            if written is None:
                self._wait(self.fileno(), writing=True)
            else:
                done += written
        return done

    def readinto(self, buffer: Any, /) -> int:
        while True:
            count = super().readinto(buffer)
            if count is not None:
                return count
            self._wait(self.fileno(), writing=False)

    def readall(self) -> bytes:
        parts = []
        while part := self.read(65536):
            parts.append(part)
        return b"".join(parts)

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return self.readall()
        buffer = bytearray(size)
        return bytes(buffer[: self.readinto(buffer)])


class _MarkingWriter(_io.BufferedWriter):
    _mark_dirty = staticmethod(_caduceus.mark_dirty)
    _begin_write = staticmethod(_caduceus.begin_write)
    _end_write = staticmethod(_caduceus.end_write)

    # A signal that ends the program waits for a write, since exit work that prints would find the stream locked.
    def write(self, data: Any, /) -> int:
        self._mark_dirty()
        self._begin_write()
        try:
            return super().write(data)
        finally:
            self._end_write()

    def flush(self) -> None:
        self._begin_write()
        try:
            super().flush()
        finally:
            self._end_write()


def _writer(stream: TextIO | None, descriptor: int) -> TextIO | None:
    if not isinstance(stream, _io.TextIOWrapper):
        return stream
    stream.flush()
    raw = _WaitingFile(descriptor, "wb", closefd=False)
    text = _io.TextIOWrapper(
        _MarkingWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        newline="\n",
        line_buffering=stream.line_buffering,
        write_through=True,
    )
    text.mode = "w"  # type: ignore[misc]
    raw.name = stream.name
    return text


def _reader(stream: TextIO | None, descriptor: int) -> TextIO | None:
    if not isinstance(stream, _io.TextIOWrapper):
        return stream
    raw = _WaitingFile(descriptor, "rb", closefd=False)
    text = _io.TextIOWrapper(_io.BufferedReader(raw), encoding=stream.encoding, errors=stream.errors)
    text.mode = "r"  # type: ignore[misc]
    raw.name = stream.name
    return text


def _passing_streams_on(start: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap what starts another program, so that it inherits the standard streams.

    Node closes them on exec, and leaves them non-blocking, with which most programs lose output. Its own spawn
    undoes both, too.
    """

    def start_with_streams(*args: Any, **kwargs: Any) -> Any:
        for descriptor in (0, 1, 2):
            try:
                os.set_inheritable(descriptor, True)
                os.set_blocking(descriptor, True)
            except OSError:
                continue  # this one is closed
        return start(*args, **kwargs)

    start_with_streams.__doc__ = start.__doc__
    return start_with_streams


def _pass_streams_on_fork() -> None:
    import _posixsubprocess

    _posixsubprocess.fork_exec = _passing_streams_on(_posixsubprocess.fork_exec)


def _once_it_is_loaded(name: str, then: Callable[[], None]) -> None:
    """Call `then` when the extension module `name` is imported: loading it is not worth the time at every start."""
    import _frozen_importlib_external as external

    plain = external.ExtensionFileLoader.exec_module

    def exec_module(self: Any, module: ModuleType) -> None:
        plain(self, module)
        if module.__name__ == name:
            then()

    external.ExtensionFileLoader.exec_module = exec_module  # type: ignore[method-assign]


def install() -> None:
    """Replace the standard streams by ones that wait."""
    sys.stdout = sys.__stdout__ = _writer(sys.stdout, 1)  # type: ignore[assignment, misc]
    sys.stderr = sys.__stderr__ = _writer(sys.stderr, 2)  # type: ignore[assignment, misc]
    sys.stdin = sys.__stdin__ = _reader(sys.stdin, 0)  # type: ignore[assignment, misc]
    # subprocess and multiprocessing take fork_exec from there.
    if "_posixsubprocess" in (*sys.modules, *sys.builtin_module_names):
        _pass_streams_on_fork()
    else:
        _once_it_is_loaded("_posixsubprocess", _pass_streams_on_fork)
    for name in ("execv", "execve", "posix_spawn", "posix_spawnp", "system"):
        if hasattr(os, name):
            setattr(os, name, _passing_streams_on(getattr(os, name)))


# Streams whose reader has gone: told once, then left to the program's own writes, which fail as in python.
_broken: set[int] = set()


def flush() -> None:
    """Bring out what Python wrote. A stream that the program replaced or closed is its own business."""
    for stream in (sys.__stdout__, sys.__stderr__, sys.stdout, sys.stderr):
        if stream is None or stream.closed or id(stream) in _broken:
            continue
        try:
            stream.flush()
        except OSError:
            _broken.add(id(stream))
            raise
