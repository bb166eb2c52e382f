"""How does a row become what its readers see? By the values that have the same names."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from typing import Any, TypeVar

_View = TypeVar("_View")


def view_of(view: type[_View], row: object, /, **own: Any) -> _View:
    """A view, which is a dataclass, of a row: each field is one of `own`, else the row's of the same name."""
    same = {name: getattr(row, name) for name in _names(view) if name not in own}
    return view(**same, **own)


@lru_cache(maxsize=1_000)
def _names(view: Any) -> tuple[str, ...]:
    return tuple(part.name for part in fields(view))
