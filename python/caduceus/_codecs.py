"""Which Python classes have a codec in a JavaScript environment."""

from __future__ import annotations

from caduceus._kinds import CLASS, EXCEPTION, FUNCTION, JS_ERROR, JS_OBJECT, MODULE, REFERENCE, SCALAR, UNDEFINED, classify

_VALUES = (bool, int, float, str, bytes, type(None))
_PLAIN = (dict, list, set, tuple)
# What JavaScript or we could not do without: proxies of these are more than data.
_ESSENTIAL = CLASS | EXCEPTION | FUNCTION | MODULE
_mro_of = vars(type)["__mro__"].__get__


class Codecs:
    """The classes of one environment, with the numbers of their codecs. For its thread alone."""

    __slots__ = ("_numbers",)

    def __init__(self) -> None:
        self._numbers: list[tuple[type, int]] = []

    def add(self, kind: type, number: int) -> str | None:
        """Give a class the codec `number`, or return why it cannot have one."""
        problem = _problem(kind)
        if problem is None and any(kind is known for known, _ in self._numbers):
            problem = "has a codec already"
        if problem is None:
            self._numbers.append((kind, number))
        return problem

    def remove(self, number: int) -> bool:
        """Take a codec away; tell whether there are others."""
        self._numbers = [one for one in self._numbers if one[1] != number]
        return bool(self._numbers)

    def __call__(self, kind: type) -> int:
        """Return the number for the objects of `kind`, which is that of the nearest class above; 0 if there is none."""
        mro = _mro_of(kind)
        for base in mro:
            for known, number in self._numbers:
                if base is known:
                    return 0 if _is_apart(kind, mro) else number
        return 0


def _problem(kind: type) -> str | None:
    if any(kind is value for value in _VALUES) or classify(kind) & (SCALAR | UNDEFINED):
        return "is a value in JavaScript already"
    if any(kind is plain for plain in _PLAIN):
        return "is plain data, which .as(Array), .as(Object) and their kin convert"
    if kind is object or _is_apart(kind, _mro_of(kind)):
        return "has objects that must stay what they are"
    return None


def _is_apart(kind: type, mro: tuple[type, ...]) -> bool:
    """Tell whether objects of `kind` are definitions or exceptions, or are JavaScript's own on the other side."""
    bits = classify(kind)
    if bits & (_ESSENTIAL | JS_OBJECT | JS_ERROR | REFERENCE):
        return True
    return any("__js_revive__" in vars(base) for base in mro)
