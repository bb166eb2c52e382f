"""How does a row become what its readers see? By the values that have the same names."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar, cast

_View = TypeVar("_View")


def view_of(view: type[_View], row: object, /, **own: Any) -> _View:
    """A view, which is a dataclass, of a row: each field is one of `own`, else the row's of the same name."""
    names = {part.name for part in fields(cast(Any, view))} - own.keys()
    return view(**{name: getattr(row, name) for name in names}, **own)
