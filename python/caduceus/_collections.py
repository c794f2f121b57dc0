"""JavaScript's arrays, maps, sets and typed arrays as Python's collections: what they do beside what native code does."""

from __future__ import annotations

import _collections_abc as abc

from caduceus._bootstrap import copies
from caduceus._host import host_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

# The types of every copy of the package in this process.
arrays: tuple[Any, ...] = ()
buffers: tuple[Any, ...] = ()
maps: tuple[Any, ...] = ()
sets: tuple[Any, ...] = ()


def get_slice(array: Any, part: slice) -> Any:
    """Return the part of an array as a new array of its kind."""
    return host_of(array).pick(array, *part.indices(len(array)))


def set_slice(array: Any, part: slice, *values: Iterable[Any]) -> None:
    """Replace a part of an array by the values of one iterable, or delete it where there is none."""
    start, stop, step = part.indices(len(array))
    positions = range(start, stop, step)
    if values and not isinstance(values[0], abc.Iterable):
        raise TypeError(f"can only assign an iterable, not {type(values[0]).__name__}")
    items: list[Any] = list(*values)
    host = host_of(array)
    if isinstance(array, arrays) and step == 1:
        host.splice(array, start, len(positions), *items)
    elif not values:
        if isinstance(array, buffers):
            raise TypeError("a typed array has a fixed length")
        for position in sorted(positions, reverse=True):
            host.splice(array, position, 1)
    elif len(items) != len(positions):
        raise ValueError(f"cannot assign {len(items)} values to a part of {len(positions)}")
    else:
        for position, item in zip(positions, items, strict=True):
            array[position] = item


def _is_sequence(value: object) -> bool:
    return isinstance(value, (list, *arrays, *buffers))


def _is_mapping(value: object) -> bool:
    return isinstance(value, (dict, *maps))


def _copy(self: Any) -> Any:
    return host_of(self).copy(self)


class _Sequence:
    def __eq__(self: Any, other: Any) -> bool:
        if not _is_sequence(other):
            return NotImplemented
        return len(self) == len(other) and all(mine == yours for mine, yours in zip(self, other, strict=False))

    def __reversed__(self: Any) -> Iterator[Any]:
        return iter(list(self)[::-1])

    def __add__(self: Any, other: Any) -> Any:
        if not _is_sequence(other):
            return NotImplemented
        return host_of(self).of([*self, *other])

    def __mul__(self: Any, times: int) -> Any:
        if not hasattr(times, "__index__"):
            return NotImplemented
        return host_of(self).of(list(self) * times)

    index = abc.Sequence.index
    count = abc.Sequence.count


class _Array:
    append = abc.MutableSequence.append
    clear = abc.MutableSequence.clear
    extend = abc.MutableSequence.extend
    remove = abc.MutableSequence.remove
    __iadd__ = abc.MutableSequence.__iadd__
    __rmul__ = _Sequence.__mul__
    copy = _copy

    def __radd__(self: Any, other: object) -> Any:
        return other + list(self) if isinstance(other, list) else NotImplemented

    def insert(self: Any, index: int, value: object) -> None:
        self[index:index] = [value]

    def pop(self: Any, index: int = -1) -> Any:
        """Remove and return the item at `index`, the last by default, where JavaScript's takes no index."""
        value = self[index]
        del self[index]
        return value

    def reverse(self: Any) -> None:
        """Reverse in place."""
        self[:] = list(self)[::-1]

    def sort(self: Any, compare: Any = None, /, *, key: Any = None, reverse: bool = False) -> None:
        """Sort in place as a list does; one positional argument is a comparison, as JavaScript takes it."""
        if compare is not None:
            from functools import cmp_to_key

            key = cmp_to_key(compare)
        self[:] = sorted(self, key=key, reverse=reverse)


class _Map:
    def __eq__(self: Any, other: Any) -> bool:
        if not _is_mapping(other):
            return NotImplemented
        return dict(self.items()) == dict(other.items())

    def __or__(self: Any, other: Any) -> Any:
        return dict(self.items()) | dict(other) if _is_mapping(other) else NotImplemented

    get = abc.Mapping.get
    keys = abc.Mapping.keys
    values = abc.Mapping.values
    items = abc.Mapping.items
    popitem = abc.MutableMapping.popitem
    setdefault = abc.MutableMapping.setdefault
    update = abc.MutableMapping.update
    clear = abc.MutableMapping.clear
    copy = _copy

    def pop(self: Any, key: object, *default: Any) -> Any:
        try:
            value = self[key]
        except KeyError:
            if not default:
                raise
            return default[0]
        del self[key]
        return value


def _from_iterable(items: Iterable[Any]) -> set[Any]:
    return set(items)


class _Set:
    def __eq__(self: Any, other: Any) -> bool:
        return set(self) == set(other) if isinstance(other, abc.Set) else NotImplemented

    def add(self: Any, value: object) -> None:
        host_of(self).add(self, value)

    def discard(self: Any, value: object) -> None:
        host_of(self).discard(self, value)

    copy = _copy
    _from_iterable = staticmethod(_from_iterable)
    __le__ = abc.Set.__le__
    __lt__ = abc.Set.__lt__
    __ge__ = abc.Set.__ge__
    __gt__ = abc.Set.__gt__
    __and__ = __rand__ = abc.Set.__and__
    __or__ = __ror__ = abc.Set.__or__
    __sub__ = abc.Set.__sub__
    __rsub__ = vars(abc.Set)["__rsub__"]
    __xor__ = __rxor__ = abc.Set.__xor__
    __ior__ = abc.MutableSet.__ior__
    __iand__ = abc.MutableSet.__iand__
    __isub__ = abc.MutableSet.__isub__
    __ixor__ = abc.MutableSet.__ixor__
    isdisjoint = abc.Set.isdisjoint
    remove = abc.MutableSet.remove
    pop = abc.MutableSet.pop
    clear = abc.MutableSet.clear


class _Value:
    __copy__ = _copy

    def __ne__(self: Any, other: object) -> bool:
        equal = self.__eq__(other)
        return NotImplemented if equal is NotImplemented else not equal

    def __deepcopy__(self: Any, memo: object) -> Any:
        return host_of(self).clone(self)


def install(copy: Any) -> None:
    """Give the types of a copy of the package their manners."""
    global arrays, buffers, maps, sets
    array, buffer, map_, set_ = copy.JsArray, copy.JsBuffer, copy.JsMap, copy.JsSet
    if array in arrays:
        return
    for kind, manners in ((array, (_Sequence, _Array)), (buffer, (_Sequence,)), (map_, (_Map,)), (set_, (_Set,))):
        for source in (*manners, _Value):
            for name, member in vars(source).items():
                if name not in ("__dict__", "__weakref__", "__doc__", "__module__", "__hash__"):
                    setattr(kind, name, member)
        kind.__hash__ = None
    abc.MutableSequence.register(array)
    abc.Sequence.register(buffer)
    abc.MutableMapping.register(map_)
    abc.MutableSet.register(set_)
    arrays, buffers, maps, sets = (*arrays, array), (*buffers, buffer), (*maps, map_), (*sets, set_)


for _copy_of_the_package in copies:
    install(_copy_of_the_package)
