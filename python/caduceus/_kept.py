"""The byte code of this package in one file that belongs to one Python: dist/cache/.

Finding, checking and reading one ``.pyc`` a module is half of what our modules cost a program's start. And where
PYTHONDONTWRITEBYTECODE is set, as in many containers, each start would compile them all, which takes longer than
Python's own start. Native code runs the code of this module from that file, before there is any other of ours.
"""

import _frozen_importlib
import _frozen_importlib_external
import marshal
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    # By a module's name: its file below the folder on sys.path, that file's time of change and size, the place of
    # the code in the kept file, and how long it is.
    Entries = dict[str, tuple[str, int, int, int, int]]
    # This module's own code, the folder, what stands before each code in this kept file and in no other, the rest, and
    # the code of the modules that every start needs, in their order.
    Head = tuple[CodeType, str, bytes, Entries, dict[str, CodeType]]

_ONLY_AST = 0x400
_FUTURE_ANNOTATIONS = 0x1000000
# The kept file ends with its head, and that one's length in so many digits.
_DIGITS = 8

# What every start imports, each after what it imports itself: reading and importing them one by one takes as long again.
_FIRST = (
    "caduceus",
    "caduceus._signals",
    "caduceus._stdio",
    "caduceus._bootstrap",
    "caduceus._gil",
    "caduceus._side",
    "caduceus._kinds",
)

# Whether a module's source is no longer what its code was kept from.
_is_stale = False


class _Loader(_frozen_importlib_external.SourceFileLoader):
    def __init__(self, name: str, path: str, kept: "tuple[str, bytes, int, int]") -> None:
        super().__init__(name, path)
        self._kept = kept

    def get_code(self, fullname: str) -> "CodeType | None":
        file, mark, start, length = self._kept
        data = _part(file, start, length)
        # Another program may have put another file in its place, or none.
        if len(data) < length or not data.startswith(mark):
            return super().get_code(fullname)
        code: CodeType = marshal.loads(data[len(mark) :])
        return code


class _Finder:
    def __init__(self, folder: str, file: str, mark: bytes, entries: "Entries") -> None:
        self._folder = folder
        self._file = file
        self._mark = mark
        self._entries = entries

    def find_spec(self, name: str, path: object, target: object = None) -> "Any":
        entry = self._entries.get(name)
        if entry is None:
            return None
        file, *told, start, length = entry
        place = f"{self._folder}/{file}"
        if _told_of(place) != told:
            global _is_stale
            _is_stale = True
            return None
        loader = _Loader(name, place, (self._file, self._mark, start, length))
        spec = _frozen_importlib.ModuleSpec(name, loader, origin=place)
        spec.has_location = True
        if file.endswith("/__init__.py"):
            spec.submodule_search_locations = [place[: -len("/__init__.py")]]
        return spec


def _part(file: str, start: int, length: int) -> bytes:
    try:
        descriptor = posix.open(file, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return posix.pread(descriptor, length, start)
    finally:
        posix.close(descriptor)


def _told_of(place: str) -> list[int]:
    try:
        status = posix.stat(place)
    except OSError:
        return []
    return [status.st_mtime_ns, status.st_size]


def serve(folder: str, file: str, head: "Head") -> None:
    """Let the modules of the package in `folder` be imported from `file`, if it was kept for that folder."""
    _, kept_for, mark, entries, first = head
    if folder != kept_for or sys.flags.optimize:
        return
    finder = _Finder(folder, file, mark, entries)
    if finder.find_spec(__name__, None) is None:
        return  # this very code is an older one's
    sys.meta_path.insert(0, finder)
    for name, code in first.items():
        if not _load(finder, name, code):
            return


def _load(finder: _Finder, name: str, code: "CodeType") -> bool:
    """Do what an import does; there is no other thread of Python's yet."""
    spec = finder.find_spec(name, None)
    if spec is None:
        return False
    module: Any = _frozen_importlib.module_from_spec(spec)
    sys.modules[name] = module
    try:
        exec(code, module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, module)
    return True


def keep_later(folder: str, path: str) -> None:
    """As Python ends, write the file at `path` if the one that is there, or none, does not fit."""
    import atexit

    if not sys.flags.optimize:
        atexit.register(_keep, folder, path)


def _keep(folder: str, path: str) -> None:
    import os

    if not _is_stale and any(type(finder).__module__ == __name__ for finder in sys.meta_path):
        return
    temporary = f"{path}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "xb") as out:
            out.write(_compiled(folder))
        os.replace(temporary, path)
    except OSError:
        # The package's folder cannot be written, or its disk is full: the next start imports in the usual way.
        if os.path.exists(temporary):
            os.remove(temporary)


def _compiled(folder: str) -> bytes:
    import os

    mark = os.urandom(16)
    entries: Entries = {}
    codes = b""
    compiled: dict[str, CodeType] = {}
    for parent, _, files in os.walk(f"{folder}/caduceus"):
        for file in files:
            if not file.endswith(".py"):
                continue
            place = f"{parent}/{file}"
            relative = place[len(folder) + 1 :]
            name = relative[: -len(".py")].replace("/", ".").removesuffix(".__init__")
            told = _told_of(place)
            code = _compile(place)
            data = mark + marshal.dumps(code)
            entries[name] = (relative, told[0], told[1], len(codes), len(data))
            codes += data
            compiled[name] = code
    # Builds with the GIL do without one of them.
    first = {name: compiled[name] for name in _FIRST if name in sys.modules}
    head = marshal.dumps((compiled[__name__], folder, mark, entries, first))
    return codes + head + str(len(head)).zfill(_DIGITS).encode()


def _compile(place: str) -> "CodeType":
    """Compile a module without its import of ``__future__``, which would be a module more to find and run."""
    with open(place, "rb") as source:
        tree: Any = compile(source.read(), place, "exec", _ONLY_AST, dont_inherit=True)
    body = [node for node in tree.body if getattr(node, "module", None) != "__future__"]
    flags = _FUTURE_ANNOTATIONS if len(body) < len(tree.body) else 0
    tree.body = body
    code: CodeType = compile(tree, place, "exec", flags, dont_inherit=True)
    return code
