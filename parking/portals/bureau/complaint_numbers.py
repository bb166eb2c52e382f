"""How many complaints, of what and where, how long until an answer, and what do they cost a lot?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response, request

from parking.complaints import queries
from parking.complaints.queries import Numbers
from parking.kernel.days import month_span
from parking.lots import queries as lots
from parking.portals._http import work
from parking.portals._http.complaint_texts import KINDS
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk
from parking.portals.bureau.complaint_desk import READ, page, reach

pages = Pages("bureau_complaint_numbers", __name__, "bureau")
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 480, 170, 30, 12, 24


@dataclass(frozen=True, slots=True)
class Bar:
    """A month: the bar of what came, and within it from the axis up what is owed late, in drawing units."""

    x: float
    width: float
    y: float
    height: float
    late_y: float
    late_height: float
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Bars:
    """The drawing; `ticks` are (y, number) of the axis, which begins at zero."""

    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, int], ...]
    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    bottom: int = _HEIGHT - _BOTTOM


def bars_of(months: Sequence[Numbers]) -> Bars:
    """The bars of these months."""
    most = max((each.received for each in months), default=0)
    top = max(4, -(-most // 4) * 4)
    room, base = _HEIGHT - _TOP - _BOTTOM, _HEIGHT - _BOTTOM
    step = (_WIDTH - _LEFT) / max(len(months), 1)

    def bar(place: int, each: Numbers) -> Bar:
        height, late = room * each.received / top, room * each.overdue / top
        x = round(_LEFT + step * place + step * 0.2, 1)
        label = (each.key or "")[-2:].lstrip("0")
        return Bar(
            x,
            round(step * 0.6, 1),
            round(base - height, 1),
            round(height, 1),
            round(base - late, 1),
            round(late, 1),
            label,
            each.received,
        )

    ticks = tuple((round(base - room * value / top, 1), value) for value in (0, top // 2, top))
    return Bars(tuple(bar(place, each) for place, each in enumerate(months)), ticks)


@pages.get("/complaints/numbers", permission=READ)
def numbers() -> Response:
    """Twelve months, and one of them by kind, district and lot, with the arithmetic of the scores."""
    reading, mine, today, zone = work.session(), reach(READ), desk.today(), desk.zone()
    months = queries.by_month(reading, mine, today, zone)
    asked = request.args.get("month", "")
    month = asked if asked in {each.key for each in months} else f"{today:%Y-%m}"
    month_on = datetime.strptime(month, "%Y-%m").replace(tzinfo=zone).date()
    span = month_span(month_on, zone)
    scores = queries.lot_scores(reading, month_on, desk.now(), mine)
    cards = lots.lot_cards(reading, today, [each.lot_id for each in scores])
    return page(
        "numbers.html",
        months=months,
        bars=bars_of(months),
        month=month,
        kinds=queries.by_kind(reading, mine, today, span),
        districts=queries.by_district(reading, mine, today, span),
        scores=scores,
        cards={card.id: card for card in cards},
        kind_names=KINDS,
    )
