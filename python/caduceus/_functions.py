"""What Python code looks at in a function: its name, its documentation, its signature."""

from __future__ import annotations

from caduceus._host import host_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inspect import Signature
    from typing import Any


def about(function: Any, name: str) -> object:
    """Return what a function of Python's has under `name`; NotImplemented for what only objects have."""
    if name in ("__name__", "__qualname__"):
        return function.name or "anonymous"
    if name == "__doc__":
        return source_of(function)
    if name == "__signature__":
        return signature_of(function)
    return "js" if name == "__module__" else NotImplemented


def source_of(function: Any) -> str:
    """Return the source text, which is what JavaScript has for documentation."""
    text: str = host_of(function).sourceOf(function)
    return text


def signature_of(function: Any) -> Signature:
    """Return a signature with the parameters' names as the source text has them. All of them are positional."""
    from inspect import Parameter, Signature

    parameters: list[Parameter] = []
    names: set[str] = set()
    for name, sort in host_of(function).parametersOf(function):
        if not name.isidentifier() or name in names:
            name = f"arg{len(parameters)}"
        names.add(name)
        kind = Parameter.VAR_POSITIONAL if sort == 2 else Parameter.POSITIONAL_ONLY
        # JavaScript's default is an expression, which is evaluated by each call.
        parameters.append(Parameter(name, kind, default=None if sort == 1 else Parameter.empty))
    return Signature(parameters)
