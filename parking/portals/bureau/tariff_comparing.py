"""What would a version have brought on a month's real stays, and who would pay more or less?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, timedelta

from flask import Response, request
from flask_babel import gettext

from parking.kernel.days import month_before
from parking.portals._http import work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk, tariff_desk
from parking.tariffs import queries
from parking.tariffs.rules.shape import is_near
from parking.visits.queries.comparing import compare_version
from parking.visits.rules.comparing import LONGEST_HOURS, Tally

pages = Pages("bureau_tariff_comparing", __name__, "bureau")
MOST_COMPARED = 50_000


@pages.get("/tariffs/versions/<version_id>/compare", permission=tariff_desk.READ)
def compare(version_id: str) -> Response:
    """What a month's real stays would have paid by this version, beside what is in force."""
    view = queries.version(work.session(), version_id)
    tariff = tariff_desk.tariff(view.tariff_id)
    month = _month_asked() or month_before(desk.today())
    found = compare_version(work.session(), view.id, month, desk.now(), most=MOST_COMPARED)
    if not found.total.visits and _month_asked() is None:
        # A city that has only just begun has stays of this month alone.
        month = desk.today().replace(day=1)
        found = compare_version(work.session(), view.id, month, desk.now(), most=MOST_COMPARED)
    cards = {card.id: card for card in tariff_desk.my_cards()}
    mine = {lot_id: tally for lot_id, tally in found.by_lot.items() if lot_id in cards}
    # Sums over lots elsewhere are not for who sees only some districts.
    sees_all = len(mine) == len(found.by_lot)
    return desk.page(
        "tariffs/compare.html",
        view=view,
        tariff=tariff,
        state=tariff_desk.state_of(view, tariff.in_force),
        month=month,
        found=found,
        last_on=found.until_on - timedelta(days=1),
        total=found.total if sees_all else _sum(mine.values()),
        lots=sorted(
            ((cards[lot_id], tally) for lot_id, tally in mine.items()),
            key=lambda each: abs(each[1].change_fen),
            reverse=True,
        ),
        lengths=[
            (_length(hours), tally) for hours, tally in enumerate(found.by_hours) if tally.visits and sees_all
        ],
        **tariff_desk.words(),
    )


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for each in tallies:
        for part in fields(Tally):
            setattr(total, part.name, getattr(total, part.name) + getattr(each, part.name))
    return total


def _length(hours: int) -> str:
    """Stays by the hours that they began; the last holds all that are longer."""
    if hours >= LONGEST_HOURS:
        return gettext("24 小时以上")
    return gettext("%(first)s–%(last)s 小时", first=hours, last=hours + 1)


def _month_asked() -> date | None:
    try:
        month = date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return None
    return month if is_near(month) else None
