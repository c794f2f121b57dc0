"""What JavaScript throws, as a Python exception; and what a Python exception tells JavaScript."""

from __future__ import annotations

from _weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any


_FOLDER = __file__[: -len("_errors.py")]
_PACKAGE = _FOLDER[: -len("python/caduceus/")]
# The second where source maps are used.
_OURS = (f"{_PACKAGE}dist/", f"{_PACKAGE}src/")
# What JavaScript does not see when Python sets it.
_PYTHONS = ("args", "js_stack")


class JsError(Exception):
    """A JavaScript error, or whatever else JavaScript threw.

    ``name``, ``message`` and ``js_stack`` are texts; ``value`` is the thrown value itself: a JavaScript object, or a
    plain value where JavaScript threw one (``throw null`` gives None).
    """

    name: str
    message: str
    js_stack: str
    _holder: Any = None

    def __init__(self, message: str = "", *, name: str = "Error", stack: str = "") -> None:
        super().__init__(message)
        _fill(self, message, name, stack, None)

    @property
    def value(self) -> Any:
        """What was thrown."""
        return None if self._holder is None else self._holder.thrown

    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if self.name else self.message

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if self._holder is not None and not name.startswith("_") and name not in _PYTHONS:
            _tell(self._holder, name, value)

    def __getattr__(self, name: str) -> Any:
        if name == "__notes__" and (notes := _notes_of(self)):
            return notes
        # What else the error has, such as ``code`` and ``errors``.
        if name.startswith("_") or self._holder is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        return getattr(self._holder.thrown, name)


def _fill(error: JsError, message: str, name: str, stack: str, holder: Any) -> None:
    own = error.__dict__
    own["_holder"], own["name"], own["js_stack"] = holder, name, stack
    if not isinstance(error, BaseExceptionGroup):  # which knows its own
        own["message"] = message


def _notes_of(error: JsError) -> list[str]:
    """Return what a traceback shows of JavaScript's frames, all but the bridge's own, when it first asks."""
    own = error.__dict__
    stack: str = own.pop("_unshown", "")
    frames = [line for line in stack.split("\n    at ")[1:] if not any(folder in line for folder in _OURS)]
    notes = ["JavaScript's stack:" + "".join(f"\n    at {frame}" for frame in frames)] if frames else []
    if notes:
        own["__notes__"] = notes
    return notes


def hide_stack(error: JsError) -> None:
    """Leave JavaScript's frames out: Python code has made this error, and they are those that called it."""
    error.__dict__.pop("_unshown", None)


def _tell(holder: Any, name: str, value: object) -> None:
    """Let the JavaScript error have a property that Python has set, if it may."""
    try:
        setattr(holder.thrown, name, value)
    except (JsError, AttributeError, ReferenceError):
        pass  # it is read-only, no object, or the thread has ended


class JsLoopBlocked(RuntimeError):
    """Python code waits for the event loop of the very JavaScript thread that runs it: the answer cannot come."""

    __module__ = "caduceus"
    code = "JS_LOOP_BLOCKED"


# By the identity of the holder, which lives as long as the exception.
_living: dict[int, ref[JsError]] = {}


def make_error(
    holder: Any, name: str, message: str, stack: str, kind: type[JsError] | None = None, has_cause: bool = False
) -> JsError:
    """Return the exception for a thrown value, which `holder` keeps under ``thrown``: the living one, or a new one.

    `kind` is the type of its JavaScript class, if it has one; `has_cause` says that its ``cause`` is an error.
    """
    key = id(holder)
    known = _living.get(key)
    error = None if known is None else known()
    if error is not None and error._holder is holder:
        return error
    if kind is not None and issubclass(kind, BaseExceptionGroup):
        error = _group(holder, message, kind)
    else:
        error = JsError.__new__(kind or JsError, message)
    Exception.__init__(error, message)
    _fill(error, message, name, stack, holder)
    error.__dict__["_unshown"] = stack
    remember(_living, holder, error)
    if has_cause:
        error.__cause__ = _exception_of(holder.thrown.cause)
    return error


def _exception_of(value: Any) -> BaseException:
    from caduceus._classes import raisable

    error: BaseException = value if isinstance(value, BaseException) else raisable(value)
    return error


def _group(holder: Any, message: str, kind: type[JsError]) -> JsError:
    """Return the exception group that an AggregateError is; another error where it has no errors, as no group may."""
    inside = [_exception_of(one) for one in holder.thrown.errors]
    if inside:
        return kind.__new__(kind, message, inside)
    plain: Any = next(base for base in kind.__mro__ if not issubclass(base, BaseExceptionGroup))
    made: JsError = plain.__new__(plain, message)
    return made


def remember(living: dict[int, ref[Any]], key: object, made: Any) -> None:
    """Enter what was made for `key` by its identity, as long as it lives; it keeps `key` alive."""
    number = id(key)

    def forget(gone: ref[Any]) -> None:
        if living.get(number) is gone:
            del living[number]

    living[number] = ref(made, forget)


def become(error: JsError, made: JsError) -> None:
    """Let `error` be the exception that `made` is: that of a JavaScript error which has just been constructed."""
    early = [(name, value) for name, value in vars(error).items() if not name.startswith("_") and name not in _PYTHONS]
    Exception.__init__(error, made.message)
    _fill(error, made.message, made.name, made.js_stack, made._holder)
    error.__cause__ = made.__cause__
    for name, value in early:
        setattr(error, name, value)
    remember(_living, made._holder, error)
    # What Python code has set on it is there when JavaScript throws it back.
    error._holder.__js_own__(error)


def type_name(kind: type) -> str:
    """Return the name that a traceback shows."""
    module = getattr(kind, "__module__", None)  # a class that type() made where no Python code runs has none
    return kind.__qualname__ if module in (None, "builtins", "__main__") else f"{module}.{kind.__qualname__}"


def message_of(error: BaseException) -> str:
    """Return ``str(error)``, or what kept it from being made."""
    try:
        return str(error)
    except RecursionError:
        return "<its message needs too deep a recursion>"
    except Exception as reason:
        return f"<its message cannot be made: {type(reason).__name__}>"


def _first_of_the_program(error: BaseException) -> TracebackType | None:
    """Return the traceback without the frames of our own that it begins with, unless there are no others."""
    entry = error.__traceback__
    while entry is not None and entry.tb_frame.f_code.co_filename.startswith(_FOLDER):
        entry = entry.tb_next
    return entry or error.__traceback__


def traceback_text(error: BaseException) -> str:
    """Return the whole traceback as Python prints it, causes and contexts included."""
    import traceback

    try:
        lines = traceback.format_exception(type(error), error, _first_of_the_program(error))
        return "".join(lines).rstrip("\n")
    except Exception:
        return f"{type(error).__name__}: {message_of(error)}"


def frames(error: BaseException) -> list[dict[str, object]]:
    """Return the frames from the outermost to the innermost: file, 1-based line, function."""
    found: list[dict[str, object]] = []
    entry = _first_of_the_program(error)
    while entry is not None:
        frame: FrameType = entry.tb_frame
        code = frame.f_code
        found.append({"file": code.co_filename, "line": entry.tb_lineno, "function": code.co_qualname})
        entry = entry.tb_next
    return found


def chained(error: BaseException) -> BaseException | None:
    """Return what Python would print above `error`."""
    if error.__cause__ is not None:
        return error.__cause__
    return None if error.__suppress_context__ else error.__context__


def exceptions_in(error: BaseException) -> tuple[BaseException, ...] | None:
    """Return the exceptions of a group; None for what is none."""
    return error.exceptions if isinstance(error, BaseExceptionGroup) else None


def is_missing(obj: object, name: str, error: AttributeError) -> bool:
    """Tell whether `error` only says that `obj` has no `name`, as opposed to one raised inside a property.

    A `__getattr__` says so in its own words, or with the error of the object that it passes the question on to.
    """
    if error.name is not None and error.name != name:
        return False
    if error.__traceback__ is None and (error.obj is None or error.obj is obj):
        return True
    kind = type(obj)
    places = obj.__mro__ if isinstance(obj, type) else ()
    static = any(name in vars(base) for base in (*kind.__mro__, *places))
    return not static
