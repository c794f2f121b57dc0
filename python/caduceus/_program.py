"""A Python program: it runs on Python's main thread, a thread of its own, while JavaScript's loop turns on another.

``Py_RunMain`` would run it, too, but for two things: it ends the process by itself when the program raises SystemExit,
with JavaScript in the middle of its work, and it knows nothing of what is left to do then.
"""

from __future__ import annotations

import _signal
import _thread
import sys

import _caduceus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ParamSpec, TypeVar

    P = ParamSpec("P")
    T = TypeVar("T")

_SIGINT = 2
_WITH_VALUE = "cmWX"
_USAGE_ERROR = 2


def prepare(executable: str) -> None:
    """Let what this program starts by ``sys.executable`` be programs of its kind."""
    import os
    import posix

    sys.executable = sys.orig_argv[0] = executable
    plain = posix.kill
    main = _main_thread()

    def kill(pid: int, signal: int, /) -> None:
        # A process's signal goes to JavaScript's thread first, which passes it on. Who sends one to itself, as tests do,
        # expects it here and now.
        if pid == posix.getpid() and signal != 0 and _thread.get_ident() == main:
            _signal.pthread_kill(main, signal)
        else:
            plain(pid, signal)

    kill.__doc__ = plain.__doc__
    posix.kill = os.kill = kill


def _main_thread() -> int:
    if hasattr(_thread, "_get_main_thread_ident"):
        known: int = _thread._get_main_thread_ident()
        return known
    import threading

    ident = threading.main_thread().ident
    assert ident is not None
    return ident


def on_js(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``function(*args, **kwargs)`` on JavaScript's main thread, and return what it returns.

    There an operation on a JavaScript object takes tens of nanoseconds, from other threads some microseconds. What the
    function raises is raised here. JavaScript's loop stands still meanwhile.
    """
    result: list[T] = []

    def call() -> None:
        result.append(function(*args, **kwargs))

    _caduceus.host().run(call)
    return result[0]


def plan() -> tuple[Any, ...]:
    """Return what to call for the command line, and the arguments."""
    kind, target, flags = _parse(sys.orig_argv[1:])
    if kind == "c":
        _set_first_folder("")
        return _of_text(target)
    if kind == "m":
        import os
        import runpy

        _set_first_folder(os.getcwd())
        return runpy._run_module_as_main, target  # type: ignore[attr-defined]
    if kind == "file":
        return _of_file(target, skip_first_line="x" in flags)
    _set_first_folder("")
    if "i" in flags or _has_terminal():
        return _prompt, "q" in flags
    return _of_code(sys.stdin.buffer.read(), "<stdin>")


def end(error: BaseException | None) -> int:
    """Return the exit status of a program that `error` has ended, having printed that: minus the number of a signal.

    Before that comes the prompt that the command line asked for.
    """
    status = _status_of(error)
    kind, _, flags = _parse(sys.orig_argv[1:])
    is_prompt = kind == "stdin" and ("i" in flags or _has_terminal())
    if ("i" in flags or _asked_to_stay()) and not is_prompt:
        try:
            _prompt(quiet=True)
            return 0
        except BaseException as raised:
            return _status_of(raised)
    return status


def _parse(line: list[str]) -> tuple[str, str, str]:
    """Return what to run ("c", "m", "file" or "stdin"), its text or name, and the flags before it."""
    flags = ""
    words = iter(line)
    for word in words:
        if word == "--check-hash-based-pycs":
            next(words, None)
        elif word == "--":
            word = next(words, "-")
            return ("stdin" if word == "-" else "file", word, flags)
        elif word == "-" or not word.startswith("-"):
            return ("stdin" if word == "-" else "file", word, flags)
        elif not word.startswith("--"):
            for place, option in enumerate(word[1:], 2):
                if option in _WITH_VALUE:
                    value = word[place:] or next(words, "")
                    if option in "cm":
                        return option, value, flags
                    break
                flags += option
    return "stdin", "-", flags


def _set_first_folder(folder: str) -> None:
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, folder)


def _of_text(text: str) -> tuple[Any, ...]:
    if sys.version_info >= (3, 14):
        text = _dedented(text)
    made = _of_code(text, "<string>")
    if sys.version_info >= (3, 13):
        import linecache

        # For tracebacks, as python does: by the code, before 3.13.1 by the name.
        lines: Any = linecache
        lines._register_code(made[1] if hasattr(lines, "_make_key") else "<string>", text, "<string>")
    return made


def _dedented(text: str) -> str:
    """As ``textwrap.dedent``, without the modules that it imports."""
    lines = text.split("\n")
    margin: str | None = None
    for line in lines:
        if line.strip(" \t"):
            indent = line[: len(line) - len(line.lstrip(" \t"))]
            margin = indent if margin is None else _common(margin, indent)
    return "\n".join(line.removeprefix(margin or "") if line.strip(" \t") else "" for line in lines)


def _common(left: str, right: str) -> str:
    length = 0
    while length < min(len(left), len(right)) and left[length] == right[length]:
        length += 1
    return left[:length]


def _has_main(place: str) -> bool:
    """Tell whether it is a folder or an archive that modules can be imported from."""
    for hook in sys.path_hooks:
        try:
            hook(place)
            return True
        except ImportError:
            continue
    return False


def _of_file(file: str, skip_first_line: bool) -> tuple[Any, ...]:
    import os

    if _has_main(file):
        import runpy

        # A folder or an archive with a __main__ in it.
        sys.path.insert(0, file)
        return runpy._run_module_as_main, "__main__", False  # type: ignore[attr-defined]
    main = vars(sys.modules["__main__"])
    try:
        with open(file, "rb") as opened:
            source = opened.read()
    except OSError as error:
        sys.stderr.write(
            f"{sys.executable}: can't open file {os.path.abspath(file)!r}: [Errno {error.errno}] {error.strerror}\n"
        )
        raise SystemExit(_USAGE_ERROR) from None
    _set_first_folder(os.path.dirname(os.path.realpath(file)))
    file_name = os.path.abspath(file)
    from importlib.machinery import SourceFileLoader, SourcelessFileLoader

    main["__file__"] = file_name
    main["__cached__"] = None
    if file.endswith(".pyc"):
        loader: Any = SourcelessFileLoader("__main__", file_name)
        main["__loader__"] = loader
        return exec, loader.get_code("__main__"), main
    main["__loader__"] = SourceFileLoader("__main__", file_name)
    if skip_first_line:
        # The numbers of the lines stay what they are.
        source = b"\n" + source.partition(b"\n")[2]
    return _of_code(source, file_name)


def _of_code(source: str | bytes, name: str) -> tuple[Any, ...]:
    return exec, compile(source, name, "exec", dont_inherit=True), vars(sys.modules["__main__"])


def _has_terminal() -> bool:
    try:
        return sys.stdin is not None and sys.stdin.isatty()
    except ValueError:
        return False  # it is closed


def _asked_to_stay() -> bool:
    import os

    return not sys.flags.ignore_environment and bool(os.environ.get("PYTHONINSPECT")) and _has_terminal()


def _prompt(quiet: bool) -> None:
    main = sys.modules["__main__"]
    hook = getattr(sys, "__interactivehook__", None)
    try:
        from _pyrepl.main import CAN_USE_PYREPL, interactive_console  # type: ignore[import-not-found]
    except ImportError:
        can_use_repl = False
    else:
        can_use_repl = CAN_USE_PYREPL and _has_terminal()
    if can_use_repl:
        interactive_console(mainmodule=main, quiet=quiet, pythonstartup=not quiet)
        return
    if hook is not None:
        hook()  # history and completion
    import code

    banner = "" if quiet else f"Python {sys.version} on {sys.platform}"
    code.InteractiveConsole(vars(main)).interact(banner, exitmsg="")


def _status_of(error: BaseException | None) -> int:
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        from caduceus._operations import exit_status

        status: int = exit_status(error)
        return status
    _print_uncaught(error)
    return -_SIGINT if isinstance(error, KeyboardInterrupt) else 1


def _print_uncaught(error: BaseException) -> None:
    """Call ``sys.excepthook`` as Python does, without the frames of this module in the traceback."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_filename == __file__:
        traceback = traceback.tb_next
    error.__traceback__ = traceback
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, traceback
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    hook = getattr(sys, "excepthook", sys.__excepthook__)
    sys.audit("sys.excepthook", hook, type(error), error, traceback)
    try:
        hook(type(error), error, traceback)
    except BaseException as failure:
        sys.stderr.write("Error in sys.excepthook:\n")
        sys.__excepthook__(type(failure), failure, failure.__traceback__)
        sys.stderr.write("\nOriginal exception was:\n")
        sys.__excepthook__(type(error), error, traceback)
