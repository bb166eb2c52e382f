"""How many vehicles will still stand in what my lots lend when its owner needs it back?"""

from __future__ import annotations

from datetime import timedelta

from flask import Response

from parking.accounts.rules import Permission
from parking.lots.queries import lot_cards
from parking.portals._http import work
from parking.portals._http.pages import Pages
from parking.portals._http.sharing_texts import words
from parking.portals.operator import desk
from parking.sharing.queries.agreements import agreements
from parking.sharing.queries.bookings import leftovers
from parking.sharing.rules.evenings import WITHIN

pages = Pages("operator_leftovers", __name__, "operator")


@pages.get("/sharing/leftovers", permission=Permission.OPERATOR_SHARING_READ)
def listed() -> Response:
    """The windows of my agreements that end within 18 hours, the first to end first, and what is expected."""
    own = {each.id: each for each in agreements(work.session(), organisation_id=desk.organisation_id())}
    lot_ids = {each.lot_id for each in own.values()}
    told = [
        each for each in leftovers(work.session(), desk.now(), WITHIN, lot_ids) if each.agreement_id in own
    ]
    cards = lot_cards(work.session(), desk.today(), lot_ids)
    overdue = {each.lot_id: each.overdue for each in told}
    return desk.page(
        "sharing/leftovers.html",
        rows=told,
        cards={card.id: card for card in cards},
        expected=sum(each.expected for each in told),
        overdue=sum(overdue.values()),
        hours=int(WITHIN / timedelta(hours=1)),
        **words(desk.now(), desk.zone()),
    )
