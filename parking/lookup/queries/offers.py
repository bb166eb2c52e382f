"""What does each of some lots offer an asker for a span: spaces of its own, or those of a shared window?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from parking.kernel.vocabulary import CAR_CLASSES, SpaceClass
from parking.lookup.queries.entries import Entry
from parking.lookup.queries.fees import PlannedStay
from parking.lookup.queries.grid import Rows
from parking.lookup.queries.model import Model
from parking.lookup.queries.spans import NOT_SHUT, SHUT_AT_ONCE
from parking.lookup.queries.windows import NO_WINDOW, Share, Window
from parking.lookup.rules import (
    ALL_MASK,
    CLOSED,
    NOT_OFFERED,
    PUBLIC_MASK,
    UNKNOWN_FREE,
)

Bools = NDArray[np.bool_]
# Whoever arrives within it finds what is open now.
_AT_ONCE = timedelta(minutes=1)
_INSTANT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and for [from_at, until_at); without `until_at` for the instant alone."""

    access_mask: int = PUBLIC_MASK
    space_class: SpaceClass | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None

    @classmethod
    def of(
        cls, access_mask: int, space_class: SpaceClass | None, stay: PlannedStay | None, at: datetime | None
    ) -> Asker:
        """Who plans a stay, or asks for an instant (None: now)."""
        if stay is not None:
            return cls(access_mask, space_class, stay.arrive_at, stay.leave_at)
        return cls(access_mask, space_class, at)

    @property
    def classes(self) -> tuple[SpaceClass, ...]:
        return CAR_CLASSES if self.space_class is None else (self.space_class,)


@dataclass(frozen=True, slots=True)
class Offers:
    """Row by row: whether the lot has spaces for the asker at all, and how many are free.

    `only` are the rows where the asker parks by a shared window alone, because the lot's own spaces are not
    for him, closed for a part of the span, or full; `free` is then what is left of it.
    """

    offered: Bools
    free: NDArray[np.int32]
    only: Bools | None = None
    places: NDArray[np.int32] | None = None
    left: NDArray[np.int32] | None = None

    def take(self, kept: Rows) -> Offers:
        """Those of some of the rows."""
        offers = Offers(self.offered.take(kept), self.free.take(kept))
        if self.only is None or self.places is None or self.left is None:
            return offers
        return replace(
            offers, only=self.only.take(kept), places=self.places.take(kept), left=self.left.take(kept)
        )

    def shares(self, model: Model, rows: Sequence[int], now: datetime) -> list[Share | None] | None:
        """The windows to tell, row by row; None where there are none."""
        if self.only is None or self.places is None or self.left is None:
            return None
        told: list[Share | None] = []
        parts = zip(rows, self.places.tolist(), self.left.tolist(), self.only.tolist(), strict=True)
        for row, place, left, only in parts:
            if place == NO_WINDOW:
                told.append(None)
                continue
            window = model.windows.all[place]
            told.append(Share(window, left, only, counted_at(model.entries[row], window, now), now))
        return told


def offers(model: Model, asker: Asker, rows: Rows, now: datetime) -> Offers:
    """What these rows offer at `now`, for a span that may begin later."""
    free, offered = _own_free(model, asker, rows, now), _own(model, asker, rows)
    from_at = asker.from_at or now
    until_at = asker.until_at or from_at + _INSTANT
    span_s = from_at.timestamp(), until_at.timestamp()
    held = model.windows.held(model.columns, rows, asker.classes, span_s, now.timestamp())
    if held is None:
        return Offers(offered, free)
    has = held.places != NO_WINDOW
    shut = np.zeros(rows.size, np.bool_)
    own = (has & (free != NOT_OFFERED)).nonzero()[0]
    if own.size:
        shut[own] = shut_in(model, rows.take(own), from_at, asker.until_at) != NOT_SHUT
    # Where the window lends what the asker may use anyway, nothing is added to a full lot.
    lines = model.windows.lines.take(held.places, mode="clip")
    adds = (model.columns.masks[lines, rows] & asker.access_mask) == 0
    only = has & ((free == NOT_OFFERED) | shut | (adds & (free == 0) & (held.left > 0)))
    return Offers(
        offered=offered | has,
        free=np.where(only, held.left, free),
        only=only,
        places=held.places,
        left=held.left,
    )


def counted_at(entry: Entry, window: Window, now: datetime) -> datetime | None:
    """The instant of the count that bounds what is left; None before the window opens, or without a count."""
    if not window.is_open(now) or entry.withheld_at <= now.timestamp():
        return None
    counts = (count for count, _ in entry.counts if count.space_class is window.space_class)
    return next((count.as_of for count in counts if count.free is not None), None)


def shares_of(model: Model, asker: Asker, rows: Sequence[int], now: datetime) -> list[Share | None] | None:
    """The windows to tell of some rows; None where there are none."""
    return offers(model, asker, np.array(rows, np.intp), now).shares(model, rows, now)


def shut_in(model: Model, rows: Rows, at: datetime, until: datetime | None = None) -> NDArray[np.int8]:
    """How much of a span (of an instant without its end) rows are known to be closed."""
    return model.spans.of(at, until).shut(model.columns.hours.take(rows), model.opening_on)


def shut_for(model: Model, rows: Rows, asker: Asker, now: datetime) -> NDArray[np.int8]:
    """The same for what an asker plans. Who comes now is answered by what is known of now."""
    from_at, until_at = asker.from_at or now, asker.until_at
    if from_at > now + _AT_ONCE:
        return shut_in(model, rows, from_at, until_at)
    columns = model.columns
    shut = np.where(columns.open_now.take(rows) == CLOSED, np.int8(SHUT_AT_ONCE), np.int8(NOT_SHUT))
    if until_at is not None:
        changes = columns.changes_at.take(rows) < until_at.timestamp()
        later = (changes & (shut == NOT_SHUT)).nonzero()[0]
        if later.size:
            shut[later] = shut_in(model, rows.take(later), from_at, until_at)
    return shut


def _own(model: Model, asker: Asker, rows: Rows) -> Bools:
    columns, mask = model.columns, asker.access_mask
    if asker.space_class is not None:
        return (columns.mask_for(asker.space_class).take(rows) & mask) != 0
    if mask == ALL_MASK:
        return np.ones(rows.size, np.bool_)
    return (columns.lot_mask.take(rows) & mask) != 0


def _own_free(model: Model, asker: Asker, rows: Rows, now: datetime) -> NDArray[np.int32]:
    """Free spaces of the lot's own for the asker; one that may no longer be told counts as unknown."""
    columns = model.columns
    if asker.space_class is not None:
        free = columns.free_for(asker.space_class).take(rows)
        free[(columns.mask_for(asker.space_class).take(rows) & asker.access_mask) == 0] = NOT_OFFERED
    elif asker.access_mask == PUBLIC_MASK:
        free = columns.car_free.take(rows)
    else:
        free = _car_free(model, asker.access_mask, rows)
    late = (columns.withheld_at.take(rows) <= now.timestamp()) & (free > UNKNOWN_FREE)
    free[late] = UNKNOWN_FREE
    return free


def _car_free(model: Model, access_mask: int, rows: Rows) -> NDArray[np.int32]:
    """The sum of an ordinary car's classes for permissions other than a stranger's."""
    columns = model.columns
    total = np.full(rows.size, NOT_OFFERED, np.int32)
    for space_class in CAR_CLASSES:
        free = columns.free_for(space_class).take(rows)
        offered = (columns.mask_for(space_class).take(rows) & access_mask) != 0
        total[offered] = np.maximum(total[offered], UNKNOWN_FREE)
        known = offered & (free >= 0)
        total[known] = np.maximum(total[known], 0) + free[known]
    return total
