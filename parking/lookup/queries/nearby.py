"""Which lots near a point answer a wish, in which order, without looking at all of them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries.answers import Answer
from parking.lookup.queries.fees import PlannedStay
from parking.lookup.queries.grid import Floats, Rows
from parking.lookup.queries.model import Model
from parking.lookup.queries.offers import Asker, Offers, offers, shut_for, shut_in
from parking.lookup.queries.spans import NOT_SHUT
from parking.lookup.rules import (
    CLOSED_M,
    DEFAULT_LIMIT,
    DEFAULT_RADIUS_M,
    PUBLIC_MASK,
    Sort,
    detour_m,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for around a WGS-84 point.

    `radius_m` is inclusive; `access_mask` says whose spaces the asker may use; without `space_class` the
    free spaces are those of an ordinary car. `min_free` leaves out lots whose number is unknown; `open_at`
    leaves out lots known to be closed then, with `open_until` those known to be closed at any time up to it;
    `height_cm` those with a lower limit. `stay` is priced, and spaces that are lent for all of it (without
    one, now or at `open_at`) count as the asker's; `max_fee_fen` leaves out lots where it costs more, or
    nobody knows what; it and the order `cheap` need a stay.
    """

    lat: float
    lon: float
    radius_m: float = DEFAULT_RADIUS_M
    limit: int = DEFAULT_LIMIT
    sort: Sort = Sort.BEST
    space_class: SpaceClass | None = None
    min_free: int = 0
    open_at: datetime | None = None
    height_cm: int | None = None
    access_mask: int = PUBLIC_MASK
    open_until: datetime | None = None
    stay: PlannedStay | None = None
    max_fee_fen: int | None = None

    @property
    def asker(self) -> Asker:
        return Asker.of(self.access_mask, self.space_class, self.stay, self.open_at)


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows that answer, how far they are and what they offer."""

    rows: Rows
    arcs: Floats
    offers: Offers

    def take(self, kept: Rows) -> _Found:
        return _Found(self.rows.take(kept), self.arcs.take(kept), self.offers.take(kept))


def nearby(model: Model, wish: Wish, now: datetime) -> Answer:
    """The lots that answer a wish, first ones first; lots that are equally good stand in a fixed order.

    Squares of cells around the point are looked through, each twice as wide as the last, until nothing
    outside can be better than what was found.
    """
    grid, asker = model.grid, wish.asker
    everything = wish.sort in (Sort.FREE, Sort.CHEAP)
    rings = grid.rings_within(wish.lat, wish.radius_m) if everything else grid.rings_for(wish.limit)
    examined = 0
    while True:
        block = grid.block(wish.lat, wish.lon, rings)
        examined += block.rows.size
        found = _matching(model, wish, asker, block.rows, now)
        cost = _cost(model, wish, asker, found, now)
        first = cost.argsort(kind="stable")[: wish.limit]
        complete = block.covered_m > wish.radius_m
        if complete or (first.size == wish.limit and not everything and cost[first[-1]] < block.covered_m):
            break
        rings *= 2
    found = found.take(first)
    rows = found.rows.tolist()
    return Answer(
        model,
        rows,
        now,
        wish.access_mask,
        distances_m=found.arcs.tolist(),
        examined=examined,
        stay=wish.stay,
        shares=found.offers.shares(model, rows, now),
    )


def _matching(model: Model, wish: Wish, asker: Asker, rows: Rows, now: datetime) -> _Found:
    arcs = model.grid.arcs_m(rows, wish.lat, wish.lon)
    keep = arcs <= wish.radius_m
    if wish.height_cm is not None:
        keep &= model.columns.max_height_cm.take(rows) >= wish.height_cm
    near = keep.nonzero()[0]
    rows = rows.take(near)
    found = _Found(rows, arcs.take(near), offers(model, asker, rows, now))
    keep = found.offers.offered
    if wish.min_free > 0:
        keep = keep & (found.offers.free >= wish.min_free)
    found = found.take(keep.nonzero()[0])
    if wish.open_at is not None:
        is_open = shut_in(model, found.rows, wish.open_at, wish.open_until) == NOT_SHUT
        if found.offers.only is not None:
            is_open |= found.offers.only
        found = found.take(is_open.nonzero()[0])
    if wish.max_fee_fen is not None:
        found = found.take((_fens(model, wish, found) <= wish.max_fee_fen).nonzero()[0])
    return found


def _cost(model: Model, wish: Wish, asker: Asker, found: _Found, now: datetime) -> Floats:
    """What is sorted by: metres for near and best, and for the others the place in their order."""
    if wish.sort is Sort.NEAR:
        return found.arcs
    free = found.offers.free
    if wish.sort is Sort.FREE:
        return _places((found.arcs, -free))
    shut = _shut(model, wish, asker, found, now)
    cost: Floats = found.arcs + detour_m(free)
    if shut is not None:
        cost += CLOSED_M * shut
    if wish.sort is Sort.BEST:
        return cost
    fens = _fens(model, wish, found)
    return _places((cost, fens) if shut is None else (cost, fens, shut))


def _places(keys: Sequence[NDArray[Any]]) -> Floats:
    """The place of each in the order by these keys, the last one first."""
    places = np.empty(keys[0].size)
    places[np.lexsort(keys)] = np.arange(places.size)
    return places


def _shut(model: Model, wish: Wish, asker: Asker, found: _Found, now: datetime) -> NDArray[np.int8] | None:
    """How much of the stay each is known to be closed; None where those were left out already."""
    if wish.open_at is not None and (wish.stay is None or wish.open_until is not None):
        return None
    shut = shut_for(model, found.rows, asker, now)
    if found.offers.only is not None:
        shut[found.offers.only] = 0
    return shut


def _fens(model: Model, wish: Wish, found: _Found) -> NDArray[np.int64]:
    """What the stay costs; ValueError where none is asked for."""
    if wish.stay is None:
        raise ValueError("fees need a stay")
    fens = model.fees.of(wish.stay).fens(model.tariff_lines.take(found.rows))
    only, places = found.offers.only, found.offers.places
    if only is not None and places is not None and only.any():
        lines = model.window_lines.take(places[only])
        fens[only] = model.fees.of(wish.stay.shared).fens(lines)
    return fens
