"""Which visits are doubtful, at which lot and on which day, and how far are the counts off?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, url_for
from flask_babel import gettext

from parking.accounts.rules import Permission
from parking.kernel.errors import N_
from parking.kernel.vocabulary import Mark
from parking.lots.queries import LotCard
from parking.occupancy.queries import counter_views
from parking.portals._http import auth, work
from parking.portals._http.pages import Pages
from parking.portals._http.sheets import SheetKind, sheet
from parking.portals._http.visit_days import Days, days_asked, lot_context, words
from parking.portals._http.visit_texts import DOUBTS
from parking.portals.bureau import desk, gates
from parking.portals.bureau.within import cards_within
from parking.visits.queries import doubtful
from parking.visits.queries.doubtful import DoubtfulNumber
from parking.visits.rules.pairing import Doubt

pages = Pages("bureau_visits", __name__, "bureau")
_READ = Permission.BUREAU_VISITS_READ


@dataclass(frozen=True, slots=True)
class LotDoubts:
    """A lot's visits in the days asked for. `drift` is the worst of its counters, None where none stands."""

    card: LotCard
    visits: int
    doubts: Mapping[str, int]
    drift: int | None
    drift_marked: bool

    @property
    def doubtful(self) -> int:
        return sum(self.doubts.values())


SORTS: Mapping[str, Callable[[LotDoubts], Any]] = {
    "lot": lambda row: row.card.code,
    "visits": lambda row: (row.visits, row.card.code),
    "doubtful": lambda row: (row.doubtful, row.card.code),
    "drift": lambda row: (abs(row.drift or 0), row.card.code),
}


@pages.get("/visits", permission=_READ, nav=N_("停车记录"), nav_order=49)
def listed() -> Response:
    """The lots of my districts by their doubtful visits and the drift of their counts."""
    days = days_asked(desk.today())
    cards = list(cards_within(_READ).values())
    rows = rows_of(cards, numbers_of(cards, days))
    column, is_down = desk.sort_of(SORTS, "-doubtful")
    rows.sort(key=SORTS[column], reverse=is_down)
    total = Counter[str]()
    for row in rows:
        total.update(row.doubts)
    return desk.page(
        "visits/list.html",
        cut=desk.cut(rows),
        total=total,
        visits=sum(row.visits for row in rows),
        unpaired=doubtful.unpaired(work.session(), [card.id for card in cards]),
        exports=_exports(days) if auth.caller().may(Permission.BUREAU_EXPORTS_READ) else None,
        **words(days),
    )


@pages.get("/visits.<any(csv, xlsx):form>", permission=Permission.BUREAU_EXPORTS_READ)
def export(form: str) -> Response:
    """The numbers by lot, day and kind, as a file; no plate and no single visit is in it."""
    days = days_asked(desk.today())
    cards = cards_within(Permission.BUREAU_EXPORTS_READ)
    numbers = numbers_of(cards.values(), days)
    header = [gettext("停车场编号"), gettext("停车场"), gettext("日期"), gettext("异常"), gettext("次数")]
    rows = [
        [
            cards[each.lot_id].code,
            cards[each.lot_id].name,
            each.on,
            gettext(DOUBTS[Doubt(each.doubt)]) if each.doubt else gettext("无异常"),
            each.visits,
        ]
        for each in sorted(numbers, key=lambda each: (cards[each.lot_id].code, each.on))
    ]
    return sheet(SheetKind(form), f"visits-{days.from_on:%Y%m%d}-{days.last_on:%Y%m%d}", header, rows)


@pages.get("/visits/<lot_id>", permission=_READ)
def lot(lot_id: str) -> Response:
    """One lot: its numbers day by day, and its doubtful visits with their plates masked."""
    card = gates.my_lot(lot_id)
    told = lot_context(card.id, days_asked(desk.today()), desk.zone())
    return desk.page("visits/lot.html", card=card, cut=desk.cut(told["visits"]), **told)


def _exports(days: Days) -> Callable[[str], str]:
    """The address of the file of each form with the same days."""
    return lambda form: url_for(".export", form=form, on=days.last_on, days=days.number)


def numbers_of(cards: Iterable[LotCard], days: Days) -> list[DoubtfulNumber]:
    """The visits of these lots in some days, by lot, day and kind."""
    ids = [card.id for card in cards]
    return doubtful.doubtful_numbers(work.session(), ids, days.from_on, days.until_on, desk.zone())


def rows_of(cards: Iterable[LotCard], numbers: Iterable[DoubtfulNumber]) -> list[LotDoubts]:
    """The lots that have visits, or a count that drifts."""
    by_lot: dict[str, Counter[str]] = defaultdict(Counter)
    for each in numbers:
        by_lot[each.lot_id][each.doubt or ""] += each.visits
    cards = list(cards)
    drifts: dict[str, int] = {}
    marked = set()
    for view in counter_views(work.session(), [card.id for card in cards]):
        drifts[view.lot_id] = max(drifts.get(view.lot_id, 0), view.drift, key=abs)
        if Mark.DRIFT in view.marks:
            marked.add(view.lot_id)
    return [
        LotDoubts(
            card,
            by_lot[card.id].total(),
            {doubt: number for doubt, number in by_lot[card.id].items() if doubt},
            drifts.get(card.id),
            card.id in marked,
        )
        for card in cards
        if card.id in by_lot or drifts.get(card.id)
    ]
