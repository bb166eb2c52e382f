"""Which hours are closed at some time of a span? Each text of hours is asked once for it, and remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from parking.lots.rules import OpenState

Opening = Callable[[int, datetime], OpenState]
"""The hours of a line at an instant."""

NOT_SHUT, SHUT_LATER, SHUT_AT_ONCE = 0, 1, 2
_NOT_YET = -1
# Of a thousand texts they are some MB.
_MOST_SPANS = 256


class Span:
    """One span and the lines of hours that were asked for it; without an end it is an instant."""

    __slots__ = ("_at", "_closed_from", "_shut", "_until")

    def __init__(self, lines: int, at: datetime, until: datetime | None) -> None:
        self._at, self._until = at, until
        self._shut = np.full(lines, _NOT_YET, np.int8)
        self._closed_from: dict[int, datetime | None] = {}

    def shut(self, lines: NDArray[np.int32], opening: Opening) -> NDArray[np.int8]:
        """Line by line: how much of the span is known to be closed."""
        found: NDArray[np.int8] = self._shut.take(lines)
        missing = found == _NOT_YET
        if missing.any():
            for line in set(lines[missing].tolist()):
                self.closed_from(line, opening)
            found = self._shut.take(lines)
        return found

    def closed_from(self, line: int, opening: Opening) -> datetime | None:
        """The first instant of the span from which a line is known to be closed; None where there is none."""
        if self._shut[line] == _NOT_YET:
            closed = closed_from(partial(opening, line), self._at, self._until)
            self._closed_from[line] = closed
            self._shut[line] = (
                NOT_SHUT if closed is None else SHUT_AT_ONCE if closed == self._at else SHUT_LATER
            )
        return self._closed_from[line]


class Spans:
    """The spans that were asked for last; for several threads."""

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._kept: dict[tuple[datetime, datetime | None], Span] = {}
        self._making_room = threading.Lock()

    def of(self, at: datetime, until: datetime | None) -> Span:
        """A span. Those asked for first are forgotten first."""
        key = at, until
        known = self._kept.get(key)
        if known is None:
            known = Span(self._lines, at, until)
            with self._making_room:
                while len(self._kept) >= _MOST_SPANS:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = known
        return known


def closed_from(
    opening: Callable[[datetime], OpenState], at: datetime, until: datetime | None
) -> datetime | None:
    """The first instant of [at, until) from which a lot is known to be closed; None where there is none."""
    state = opening(at)
    while state.is_open is not False:
        if until is None or state.until_at is None or state.until_at >= until:
            return None
        at = state.until_at
        state = opening(at)
    return at
