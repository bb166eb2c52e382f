"""Which visits of my lots are doubtful, so that the lanes can be put right?"""

from __future__ import annotations

from collections import Counter, defaultdict

from flask import Response

from parking.accounts.rules import Permission
from parking.kernel.errors import N_
from parking.lots.errors import LotNotFound
from parking.lots.queries import LotCard, cards_of_organisation
from parking.portals._http import work
from parking.portals._http.pages import Pages
from parking.portals._http.visit_days import days_asked, lot_context, words
from parking.portals.operator import desk
from parking.visits.queries import doubtful

pages = Pages("operator_visits", __name__, "operator")


@pages.get("/visits", permission=Permission.OPERATOR_VISITS_READ, nav=N_("停车记录"), nav_order=24)
def listed() -> Response:
    """My lots with the visits of some days, and how many of them are doubtful."""
    days = days_asked(desk.today())
    cards = {card.id: card for card in own_cards()}
    by_lot: dict[str, Counter[str]] = defaultdict(Counter)
    for each in doubtful.doubtful_numbers(work.session(), cards, days.from_on, days.until_on, desk.zone()):
        by_lot[each.lot_id][each.doubt or ""] += each.visits
    return desk.page("visits/list.html", cards=cards, by_lot=by_lot, **words(days))


@pages.get("/visits/<lot_id>", permission=Permission.OPERATOR_VISITS_READ)
def lot(lot_id: str) -> Response:
    """One of them: day by day, and the doubtful visits with their plates masked."""
    card = own_card(lot_id)
    return desk.page(
        "visits/lot.html", card=card, **lot_context(card.id, days_asked(desk.today()), desk.zone())
    )


def own_cards() -> list[LotCard]:
    """The lots that the caller's organisation has filed."""
    return cards_of_organisation(work.session(), desk.organisation_id(), desk.today())


def own_card(lot_id: str) -> LotCard:
    """One of them; another's is as unknown as none. Raises LotNotFound."""
    for card in own_cards():
        if card.id == lot_id:
            return card
    raise LotNotFound
