"""What did my lots take, day by day? Sums of the dated entries, by lot and network."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, request
from flask_babel import gettext

from parking.accounts.rules import Permission
from parking.kernel.errors import N_
from parking.lots.queries import cards_of_organisation
from parking.portals._http import sheets, work
from parking.portals._http.charge_texts import NETWORKS
from parking.portals._http.moments import day_of
from parking.portals._http.pages import Pages
from parking.portals._http.sheets import SheetKind
from parking.portals.operator import desk
from parking.visits.queries import charges as queries

pages = Pages("operator_charges", __name__, "operator")
_DAYS = 31
_MOST_DAYS = 366
_HEADER = (
    N_("日期"),
    N_("停车场"),
    N_("渠道"),
    N_("笔数"),
    N_("收款（分）"),
    N_("退款（分）"),
    N_("合计（分）"),
)


@pages.get("/income", permission=Permission.OPERATOR_CHARGES_READ, nav=N_("停车收入"), nav_order=25)
def income() -> Response:
    """The last days' income of my lots, or of the days that are asked for; as a file with `?as=csv`."""
    session = work.session()
    cards = {card.id: card for card in cards_of_organisation(session, desk.organisation_id(), desk.today())}
    since, until = _days()
    rows = queries.income(session, cards, since, until + timedelta(days=1))
    if request.args.get("as") == "csv":
        return sheets.sheet(
            SheetKind.CSV,
            f"income-{since}-{until}",
            [gettext(title) for title in _HEADER],
            [
                (
                    each.on,
                    cards[each.lot_id].name,
                    gettext(NETWORKS.get(each.network, each.network)),
                    each.payments,
                    each.paid_fen,
                    each.refunded_fen,
                    each.fen,
                )
                for each in rows
            ],
        )
    return desk.page(
        "income.html",
        rows=rows,
        cards=cards,
        since=since,
        until=until,
        total=sum(each.fen for each in rows),
        network_names=NETWORKS,
    )


def _days() -> tuple[date, date]:
    """The days asked for, both included; a stretch that cannot be read is the last month."""
    today = desk.today()
    since, until = (day_of(request.args.get(name, "")) for name in ("since", "until"))
    if since is None or until is None:
        return today - timedelta(days=_DAYS - 1), today
    until = min(until, today)
    if not since <= until or (until - since).days >= _MOST_DAYS:
        return today - timedelta(days=_DAYS - 1), today
    return since, until
