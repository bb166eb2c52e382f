"""How many vehicles will still stand there when a lent space goes back to its owner?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Response

from parking.accounts.rules import Permission
from parking.kernel.errors import N_
from parking.kernel.vocabulary import SPACE_CLASS_NAMES
from parking.lots.queries import LotCard
from parking.portals._http import work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk
from parking.portals.bureau.within import cards_within
from parking.sharing.queries.bookings import Leftovers, leftovers
from parking.sharing.rules.evenings import WITHIN

pages = Pages("bureau_leftovers", __name__, "bureau")


@dataclass(frozen=True, slots=True)
class Row:
    """A window that ends soon, and its lot."""

    told: Leftovers
    card: LotCard


@pages.get("/leftovers", permission=Permission.BUREAU_SHARING_READ, nav=N_("共享时段结束"), nav_order=46)
def listed() -> Response:
    """The windows of my districts that end within 18 hours, the first to end first, and what is expected."""
    told = leftovers(work.session(), desk.now(), WITHIN)
    cards = cards_within(Permission.BUREAU_SHARING_READ, {each.lot_id for each in told})
    rows = [Row(each, cards[each.lot_id]) for each in told if each.lot_id in cards]
    overdue = {row.card.id: row.told.overdue for row in rows}
    return desk.page(
        "leftovers.html",
        cut=desk.cut(rows),
        expected=sum(row.told.expected for row in rows),
        overdue=sum(overdue.values()),
        hours=int(WITHIN / timedelta(hours=1)),
        classes=SPACE_CLASS_NAMES,
    )
