"""JavaScript's undefined as a Python object."""

from __future__ import annotations


class Undefined:
    """The type of :data:`undefined`: one object, false, passed to JavaScript as ``undefined``."""

    _only: Undefined | None = None

    def __new__(cls) -> Undefined:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"


undefined = Undefined()
