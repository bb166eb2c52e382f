"""In which line is a part of a fee told?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

_NOTHING_TO_TELL: Mapping[str, int | str] = MappingProxyType({})
_KEPT_LINES = 100


class Line(NamedTuple):
    """A part of a fee: `text` is a msgid; those of its `params` that end in `_fen` are money."""

    text: str
    fen: int
    params: Mapping[str, int | str] = _NOTHING_TO_TELL


class Told:
    """How the units of a step are told. Few units are told again and again: their lines are kept."""

    __slots__ = ("_kept", "fen", "params", "text")

    def __init__(self, text: str, fen: int, params: dict[str, int | str]) -> None:
        self.text, self.fen, self.params = text, fen, params
        self._kept: dict[int, Line] = {}

    def line(self, units: int) -> Line:
        known = self._kept.get(units)
        if known is None:
            known = Line(self.text, units * self.fen, {**self.params, "units": units})
            if units <= _KEPT_LINES:
                self._kept[units] = known
        return known
