"""Which spaces are lent to strangers, when, and how many are left for a stay?

Spans and numbers of all windows stand side by side in the order of the grid's rows, so that those of a few
hundred lots are looked through at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries.columns import Columns
from parking.lookup.queries.entries import CLASS_LINE, CLASSES, JSON, utc
from parking.lookup.queries.grid import Rows

NO_WINDOW = -1
_SPAN = attrgetter("id", "space_class", "from_at", "until_at", "spaces", "tariff_id")


@dataclass(frozen=True, slots=True)
class Window:
    """`spaces` of a class that are lent in [from_at, until_at), of which `taken` are booked or in use.

    Without a `tariff_id` of its own the lot's tariff prices it.
    """

    id: str
    agreement_id: str
    lot_id: str
    space_class: SpaceClass
    from_at: datetime
    until_at: datetime
    spaces: int
    taken: int
    tariff_id: str | None = None
    # As a member of an answer, up to what the question decides.
    json: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        told = {
            "window_id": self.id,
            "class": self.space_class,
            "from_at": utc(self.from_at),
            "until_at": utc(self.until_at),
            "spaces": self.spaces,
        }
        object.__setattr__(self, "json", b',"shared":' + orjson.dumps(told, option=JSON)[:-1])

    def is_open(self, now: datetime) -> bool:
        return self.from_at <= now < self.until_at


class Share(NamedTuple):
    """A window as it is told for a stay at `now`.

    `left` is what nobody booked or uses, and never more than is physically free where the window is open and
    somebody counts (`counted_at`). `only`: parking there is possible by the window alone.
    """

    window: Window
    left: int
    only: bool
    counted_at: datetime | None
    now: datetime

    @property
    def bookable(self) -> bool:
        return self.left > 0 and self.now < self.window.until_at

    @property
    def json(self) -> bytes:
        """As a member of an answer."""
        counted = orjson.dumps(utc(self.counted_at), option=JSON)
        return b'%b,"left":%d,"bookable":%b,"only":%b,"counted_at":%b}' % (
            self.window.json,
            self.left,
            b"true" if self.bookable else b"false",
            b"true" if self.only else b"false",
            counted,
        )


class Held(NamedTuple):
    """Row by row: the place of the window that holds a stay (NO_WINDOW: none does), and what is left."""

    places: NDArray[np.int32]
    left: NDArray[np.int32]


class Windows:
    """The windows of all lots in the order of rows; those of the row r are starts[r] to starts[r + 1]."""

    __slots__ = ("all", "by_lot", "from_s", "lines", "rows", "spaces_left", "starts", "until_s")

    def __init__(self, by_lot: Mapping[str, Sequence[Window]], row_of: Mapping[str, int]) -> None:
        """`by_lot`: each lot's in the order of their begins; lots without a row wait for it."""
        self.by_lot = by_lot
        placed = sorted((row_of[lot_id], lot_id) for lot_id in by_lot if lot_id in row_of and by_lot[lot_id])
        self.all: list[Window] = [window for _, lot_id in placed for window in by_lot[lot_id]]
        self.rows = np.array([row for row, _ in placed], np.intp)
        many = np.zeros(len(row_of) + 1, np.intp)
        many[self.rows + 1] = [len(by_lot[lot_id]) for _, lot_id in placed]
        self.starts: Rows = many.cumsum()
        self.from_s = np.array([window.from_at.timestamp() for window in self.all])
        self.until_s = np.array([window.until_at.timestamp() for window in self.all])
        self.lines = np.array([CLASS_LINE[window.space_class] for window in self.all], np.intp)
        self.spaces_left = np.array([window.spaces - window.taken for window in self.all], np.int32)

    def held(
        self,
        columns: Columns,
        rows: Rows,
        classes: Collection[SpaceClass],
        span_s: tuple[float, float],
        now_s: float,
    ) -> Held | None:
        """The window of each row that holds the whole of a span (epoch seconds), the one with most left.

        Equally good: the one that lasts longer. None where none of the rows has any window at all.
        """
        if not self.all:
            return None
        begins = self.starts.take(rows)
        many = self.starts.take(rows + 1) - begins
        total = int(many.sum())
        if not total:
            return None
        owners = np.repeat(np.arange(rows.size), many)
        which = np.arange(total) + np.repeat(begins - many.cumsum() + many, many)
        from_s, until_s = span_s
        fits = (self.from_s.take(which) <= from_s) & (self.until_s.take(which) >= until_s)
        wanted = np.zeros(len(CLASSES), np.bool_)
        wanted[[CLASS_LINE[each] for each in classes]] = True
        fits &= wanted.take(self.lines.take(which))
        owners, which = owners[fits], which[fits]
        left = self._left(columns, rows.take(owners), which, now_s)
        order = np.lexsort((-self.until_s.take(which), -left, owners))
        owners, which, left = owners.take(order), which.take(order), left.take(order)
        best = np.ones(owners.size, np.bool_)
        best[1:] = owners[1:] != owners[:-1]
        held = Held(np.full(rows.size, NO_WINDOW, np.int32), np.zeros(rows.size, np.int32))
        held.places[owners[best]] = which[best]
        held.left[owners[best]] = left[best]
        return held

    def _left(self, columns: Columns, rows: Rows, which: Rows, now_s: float) -> NDArray[np.int32]:
        """What nobody took; where a window is open now, no more than stands empty, if that is known."""
        left = np.maximum(self.spaces_left.take(which), 0)
        bound = (self.from_s.take(which) <= now_s) & (now_s < self.until_s.take(which))
        if bound.any():
            empty = columns.free[self.lines.take(which), rows]
            bound &= (empty >= 0) & (columns.withheld_at.take(rows) > now_s)
            left = np.where(bound, np.minimum(left, empty), left)
        return left

    def of(self, columns: Columns, row: int | None, now: datetime) -> list[tuple[Window, int]]:
        """A row's windows that are not over, in the order of their begins, and what is left of each."""
        if row is None:
            return []
        which = np.arange(self.starts[row], self.starts[row + 1])
        left = self._left(columns, np.full(which.size, row, np.intp), which, now.timestamp())
        told = zip(which.tolist(), left.tolist(), strict=True)
        return [(self.all[place], many) for place, many in told if self.all[place].until_at > now]

    def with_lots(
        self, by_lot: Mapping[str, Sequence[Window]], row_of: Mapping[str, int], now: datetime
    ) -> Windows:
        """Windows in which those of some lots stand anew; what is over is left out."""
        if all(self._only_taken_differs(lot_id, windows) for lot_id, windows in by_lot.items()):
            return self._with_taken(by_lot, row_of)
        kept = {
            lot_id: standing
            for lot_id, windows in {**self.by_lot, **by_lot}.items()
            if (standing := [window for window in windows if window.until_at > now])
        }
        return Windows(kept, row_of)

    def _only_taken_differs(self, lot_id: str, windows: Sequence[Window]) -> bool:
        known = self.by_lot.get(lot_id, ())
        return [_SPAN(each) for each in known] == [_SPAN(each) for each in windows]

    def _with_taken(self, by_lot: Mapping[str, Sequence[Window]], row_of: Mapping[str, int]) -> Windows:
        """The same spans: hundreds of bookings a second leave everything else as it is."""
        changed = copy(self)
        changed.by_lot = {**self.by_lot, **by_lot}
        changed.all, changed.spaces_left = self.all.copy(), self.spaces_left.copy()
        for lot_id in by_lot.keys() & row_of.keys():
            for place, window in enumerate(by_lot[lot_id], start=int(self.starts[row_of[lot_id]])):
                changed.all[place] = window
                changed.spaces_left[place] = window.spaces - window.taken
        return changed


def by_lot(windows: Iterable[Window]) -> dict[str, list[Window]]:
    """Each lot's windows in the order of their begins."""
    sorted_out: dict[str, list[Window]] = {}
    for window in sorted(windows, key=lambda each: (each.from_at, each.id)):
        sorted_out.setdefault(window.lot_id, []).append(window)
    return sorted_out
