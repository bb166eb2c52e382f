"""Which lots come next when somebody reads them all, page by page?"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from parking.city.errors import DistrictUnknown
from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries.answers import Answer, LotView
from parking.lookup.queries.entries import Entry
from parking.lookup.queries.fees import PlannedStay
from parking.lookup.queries.model import Model
from parking.lookup.queries.offers import Asker, offers, shares_of
from parking.lookup.queries.windows import NO_WINDOW
from parking.lookup.rules import ALL_MASK, PUBLIC_MASK


@dataclass(frozen=True, slots=True)
class PageWish:
    """The lots after an id, in the order of ids: lots that come or go shift nobody else's page.

    `district` is a code, or a name in either language; `text` is searched in names, address and district;
    `stay` is priced, and lots that lend spaces for all of it are among them.
    """

    limit: int = 50
    after: str | None = None
    district: str | None = None
    text: str | None = None
    space_class: SpaceClass | None = None
    access_mask: int = PUBLIC_MASK
    stay: PlannedStay | None = None

    @property
    def asker(self) -> Asker:
        return Asker.of(self.access_mask, self.space_class, self.stay, None)


@dataclass(frozen=True, slots=True)
class Page:
    """An answer, and the id after which the next page begins (None at the end)."""

    answer: Answer
    next_after: str | None


def page(model: Model, wish: PageWish, now: datetime) -> Page:
    """One page of at most `limit` lots that answer a wish. Raises DistrictUnknown."""
    wanted = _wanted(model, wish, now)
    place = bisect_right(model.ids, wish.after) if wish.after is not None else 0
    rows: list[int] = []
    last = None
    for lot_id in model.ids[place:]:
        row = model.row_of[lot_id]
        if not wanted(model.entries[row]):
            continue
        if len(rows) == wish.limit:
            last = model.entries[rows[-1]].card.id
            break
        rows.append(row)
    shares = None if wish.stay is None else shares_of(model, wish.asker, rows, now)
    return Page(Answer(model, rows, now, wish.access_mask, stay=wish.stay, shares=shares), last)


def alone(model: Model, lot_id: str, stay: PlannedStay | None, now: datetime) -> LotView:
    """A known lot with all its counts, whoever may use them; its window is that of a stranger with a car."""
    row = model.row_of[lot_id]
    asker = Asker.of(PUBLIC_MASK, None, stay, None)
    shares = shares_of(model, asker, [row], now)
    return Answer(model, [row], now, ALL_MASK, stay=stay, shares=shares).views()[0]


def _wanted(model: Model, wish: PageWish, now: datetime) -> Callable[[Entry], bool]:
    named = model.words.ids_with(wish.text) if wish.text else None
    codes = model.district_codes(wish.district) if wish.district else None
    if codes is not None and not codes:
        raise DistrictUnknown
    columns, row_of = model.columns, model.row_of
    shared = _shared(model, wish, now) if wish.stay is not None else frozenset()
    masks = columns.lot_mask if wish.space_class is None else columns.mask_for(wish.space_class)

    def wanted(entry: Entry) -> bool:
        card = entry.card
        return (
            (named is None or card.id in named)
            and (codes is None or card.district_code in codes)
            and (bool(masks[row_of[card.id]] & wish.access_mask) or row_of[card.id] in shared)
        )

    return wanted


def _shared(model: Model, wish: PageWish, now: datetime) -> frozenset[int]:
    """The rows where a shared window holds the stay."""
    rows = model.windows.rows
    held = offers(model, wish.asker, rows, now).places
    return frozenset() if held is None else frozenset(rows[held != NO_WINDOW].tolist())
