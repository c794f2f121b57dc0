"""Copies of objects of JavaScript classes that extend Python's, by copy and pickle: without the JavaScript constructor."""

from __future__ import annotations

from _weakref import ref

from caduceus._host import host_of, to_py

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# By their numbers, for what is pickled and comes back in this process.
_types: list[ref[type]] = []


def side_of(self: Any) -> Any:
    """Return the JavaScript side of such an object; None while it has none."""
    return object.__getattribute__(self, "__dict__").get("__js_side__")


def register(made: type) -> None:
    """Let objects of a type be pickled, which has no name that pickle could look up."""
    type.__setattr__(made, "__js_number__", len(_types))
    _types.append(ref(made))


def reduce(self: Any, protocol: Any, /) -> Any:
    """Return what pickle makes such an object of again, in this process."""
    return _reduce(self, protocol, to_py)


def copy(self: Any) -> Any:
    """Return a copy that shares what the object refers to."""
    return _rebuild(_reduce(self, 4, lambda value: value), lambda part: part, lambda made: None)


def deepcopy(self: Any, memo: dict[int, Any]) -> Any:
    """Return a copy that has copies of all that the object refers to."""
    from copy import deepcopy

    return _rebuild(reduce(self, 4), lambda part: deepcopy(part, memo), lambda made: memo.update({id(self): made}))


def _reduce(self: Any, protocol: Any, take: Callable[[Any], Any]) -> Any:
    import copyreg

    kind: Any = type(self)
    own = [place for place in kind.__mro__ if "__js_shadow__" in vars(place)]
    last: Any = own[-1]
    reduced = super(last, self).__reduce_ex__(max(protocol, 2))
    if isinstance(reduced, str):
        return reduced
    how, args, state, items, pairs = (*reduced, None, None, None)[:5]
    if isinstance(state, dict):
        state = _without_side(state)
    elif isinstance(state, tuple) and len(state) == 2 and isinstance(state[0], dict):
        state = (_without_side(state[0]), state[1])
    side = side_of(self)
    names = [name for name in host_of(side).dataOf(side).split("\0") if name]
    properties = {name: take(getattr(side, name)) for name in names}
    which = vars(kind)["__js_number__"] if kind is own[0] else kind
    if how is copyreg.__newobj__:  # type: ignore[attr-defined]
        how, args = revived, (which, tuple(args[1:]), {})
    elif how is copyreg.__newobj_ex__:  # type: ignore[attr-defined]
        how, args = revived, (which, *args[1:])
    elif how is kind:
        how, args = constructed, (which, args)
    return how, args, (state, properties), items, pairs, restore


def _without_side(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "__js_side__"}


def _rebuild(reduced: Any, given: Callable[[Any], Any], made_so_far: Callable[[Any], None]) -> Any:
    how, args, states, items, pairs, _ = reduced
    made = how(*[given(part) for part in args])
    made_so_far(made)
    restore(made, given(states))
    for item in items or ():
        made.append(given(item))
    for key, value in pairs or ():
        made[given(key)] = given(value)
    return made


def revived(which: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return an object of a type, or of that with a number, which has nothing yet."""
    from caduceus._extended import shadow_of

    kind = _type_of(which)
    made = kind.__new__(kind, *args, **options)
    kind.__js_revive__(made, shadow_of(kind))
    return made


def constructed(which: Any, args: tuple[Any, ...]) -> Any:
    """Return what calling such a type makes: where its Python class wants to be copied so."""
    return _type_of(which)(*args)


def _type_of(which: Any) -> Any:
    kind = which
    if type(which) is int:
        kind = _types[which]() if which < len(_types) else None
    if kind is None:
        raise ValueError("this object's class is JavaScript's of another process or thread: it cannot be unpickled here")
    return kind


def restore(made: Any, states: tuple[Any, dict[str, Any]]) -> None:
    """Give a new object the attributes and properties of the one that it is a copy of."""
    state, properties = states
    if hasattr(made, "__setstate__"):
        if state is not None:
            made.__setstate__(state)
    elif state:
        data, slots = state if isinstance(state, tuple) else (state, None)
        made.__dict__.update(data or {})
        for name, value in (slots or {}).items():
            setattr(made, name, value)
    side = side_of(made)
    for name, value in properties.items():
        host_of(side).moveToJavaScript(side, name, value)
