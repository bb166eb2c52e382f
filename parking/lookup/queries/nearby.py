"""Which lots near a point answer a wish, in which order, without looking at all of them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries.answers import Answer
from parking.lookup.queries.fees import PlannedStay
from parking.lookup.queries.grid import Floats, Rows
from parking.lookup.queries.model import Model
from parking.lookup.rules import (
    ALL_MASK,
    CAR_CLASSES,
    CLOSED,
    CLOSED_M,
    DEFAULT_LIMIT,
    DEFAULT_RADIUS_M,
    HOURS_UNKNOWN,
    NOT_OFFERED,
    PUBLIC_MASK,
    UNKNOWN_FREE,
    Sort,
    detour_m,
)

# Whoever arrives within it finds what is open now.
_AT_ONCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for around a WGS-84 point.

    `radius_m` is inclusive; `access_mask` says whose spaces the asker may use; without `space_class` the
    free spaces are those of an ordinary car. `min_free` leaves out lots whose number is unknown; `open_at`
    leaves out lots known to be closed then, with `open_until` those known to be closed at any time up to it;
    `height_cm` those with a lower limit. `stay` is priced; `max_fee_fen` leaves out lots where it costs more,
    or nobody knows what; it and the order `cheap` need a stay.
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


def nearby(model: Model, wish: Wish, now: datetime) -> Answer:
    """The lots that answer a wish, first ones first; lots that are equally good stand in a fixed order.

    Squares of cells around the point are looked through, each twice as wide as the last, until nothing
    outside can be better than what was found.
    """
    grid = model.grid
    everything = wish.sort in (Sort.FREE, Sort.CHEAP)
    rings = grid.rings_within(wish.lat, wish.radius_m) if everything else grid.rings_for(wish.limit)
    examined = 0
    while True:
        block = grid.block(wish.lat, wish.lon, rings)
        examined += block.rows.size
        rows, arcs = _matching(model, wish, block.rows, now)
        cost = _cost(model, wish, rows, arcs, now)
        first = cost.argsort(kind="stable")[: wish.limit]
        complete = block.covered_m > wish.radius_m
        if complete or (first.size == wish.limit and not everything and cost[first[-1]] < block.covered_m):
            break
        rings *= 2
    return Answer(
        model,
        rows[first].tolist(),
        now,
        wish.access_mask,
        distances_m=arcs[first].tolist(),
        examined=examined,
        stay=wish.stay,
    )


def _matching(model: Model, wish: Wish, rows: Rows, now: datetime) -> tuple[Rows, Floats]:
    columns = model.columns
    arcs = model.grid.arcs_m(rows, wish.lat, wish.lon)
    keep = arcs <= wish.radius_m
    if wish.min_free > 0:
        keep &= _free(model, wish, rows, now) >= wish.min_free
    if wish.space_class is not None:
        keep &= (columns.mask_for(wish.space_class).take(rows) & wish.access_mask) != 0
    elif wish.access_mask != ALL_MASK and not (wish.min_free > 0 and wish.access_mask == PUBLIC_MASK):
        keep &= (columns.lot_mask.take(rows) & wish.access_mask) != 0
    if wish.height_cm is not None:
        keep &= columns.max_height_cm.take(rows) >= wish.height_cm
    kept = keep.nonzero()[0]
    if wish.open_at is not None:
        kept = kept[_open_at(model, rows.take(kept), wish.open_at, wish.open_until) != CLOSED]
    if wish.max_fee_fen is not None:
        kept = kept[_fens(model, wish, rows.take(kept)) <= wish.max_fee_fen]
    return rows.take(kept), arcs.take(kept)


def _free(model: Model, wish: Wish, rows: Rows, now: datetime) -> NDArray[np.int32]:
    """Free spaces for the asker; a number that may no longer be told counts as unknown."""
    columns = model.columns
    if wish.space_class is not None:
        free = columns.free_for(wish.space_class).take(rows)
        free[(columns.mask_for(wish.space_class).take(rows) & wish.access_mask) == 0] = NOT_OFFERED
    elif wish.access_mask == PUBLIC_MASK:
        free = columns.car_free.take(rows)
    else:
        free = _car_free(model, wish.access_mask, rows)
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


def _cost(model: Model, wish: Wish, rows: Rows, arcs: Floats, now: datetime) -> Floats:
    """What is sorted by: metres for near and best, and for the others the place in their order."""
    if wish.sort is Sort.NEAR:
        return arcs
    free = _free(model, wish, rows, now)
    if wish.sort is Sort.FREE:
        return _places((arcs, -free))
    closed = _closed(model, wish, rows, now)
    cost: Floats = arcs + detour_m(free)
    if closed is not None:
        cost += CLOSED_M * closed
    if wish.sort is Sort.BEST:
        return cost
    fens = _fens(model, wish, rows)
    return _places((cost, fens) if closed is None else (cost, fens, closed))


def _places(keys: Sequence[NDArray[Any]]) -> Floats:
    """The place of each in the order by these keys, the last one first."""
    places = np.empty(keys[0].size)
    places[np.lexsort(keys)] = np.arange(places.size)
    return places


def _closed(model: Model, wish: Wish, rows: Rows, now: datetime) -> NDArray[np.bool_] | None:
    """Which are known to be closed when the asker comes; None where they were left out already."""
    if wish.open_at is not None:
        return None
    if wish.stay is None or wish.stay.arrive_at <= now + _AT_ONCE:
        return model.columns.open_now.take(rows) == CLOSED
    return _open_at(model, rows, wish.stay.arrive_at) == CLOSED


def _fens(model: Model, wish: Wish, rows: Rows) -> NDArray[np.int64]:
    """What the stay costs; ValueError where none is asked for."""
    if wish.stay is None:
        raise ValueError("fees need a stay")
    return model.fees.of(wish.stay).fens(model.tariff_lines.take(rows))


def _open_at(model: Model, rows: Rows, at: datetime, until: datetime | None = None) -> NDArray[np.int8]:
    """Whether rows are open, closed or unknown at an instant or for a span; a text of hours is read once."""
    texts, places = np.unique(model.columns.hours.take(rows), return_inverse=True)
    says = (_open_for(model, line, at, until) for line in texts.tolist())
    told = np.array([HOURS_UNKNOWN if is_open is None else int(is_open) for is_open in says], np.int8)
    return told.take(places)


def _open_for(model: Model, line: int, at: datetime, until: datetime | None) -> bool | None:
    """False where the hours are known to close at some time of [at, until)."""
    state = model.opening_on(line, at)
    is_open = state.is_open
    while until and state.is_open is not False and state.until_at is not None and state.until_at < until:
        state = model.opening_on(line, state.until_at)
        is_open = False if state.is_open is False else is_open and state.is_open
    return is_open
