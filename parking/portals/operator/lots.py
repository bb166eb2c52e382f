"""How are my lots now, and what can I do with one: change, renew or close its filing?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask import Response
from flask_babel import gettext

from parking.accounts.rules import Permission
from parking.filings import queries as filings
from parking.filings.queries import CertificateView, FilingRow
from parking.filings.rules import OPEN, STANDING, CertificateState, FilingKind, renewable_from
from parking.kernel.days import month_after, months_back
from parking.kernel.errors import N_
from parking.lots.errors import LotNotFound
from parking.lots.queries import cards_of_organisation
from parking.occupancy.queries import level_months
from parking.occupancy.rules import ServiceLevel
from parking.portals._http import auth, formats, work
from parking.portals._http.pages import Pages
from parking.portals.operator import desk
from parking.portals.operator.lots_now import lots_now

pages = Pages("operator_lots", __name__, "operator")
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Offer:
    """A filing that can be started for a lot, or why it cannot be now."""

    kind: FilingKind
    allowed: bool
    hint: str


@pages.get("/lots", permission=Permission.OPERATOR_LOTS_READ, nav=N_("我的停车场"), nav_order=20)
def lots() -> Response:
    """All lots that my organisation has filed."""
    cards = cards_of_organisation(work.session(), desk.organisation_id(), desk.today())
    return desk.page("lots.html", lots=lots_now(cards, desk.city(), desk.today(), desk.now()))


@pages.get("/lots/<lot_id>", permission=Permission.OPERATOR_LOTS_READ)
def lot(lot_id: str) -> Response:
    """One of them: its counts by class, its certificate, and what can be filed for it."""
    session, on = work.session(), desk.today()
    cards = [card for card in cards_of_organisation(session, desk.organisation_id(), on) if card.id == lot_id]
    if not cards:
        raise LotNotFound
    held = filings.certificate_of_lot(session, lot_id, desk.city(), on)
    if held is not None and held.organisation_id != desk.organisation_id():
        held = None
    open_ones = [
        row
        for row in filings.filings_of(session, desk.organisation_id(), limit=200)
        if row.lot_id == lot_id and row.state in OPEN
    ]
    edits = auth.may(Permission.OPERATOR_FILINGS_EDIT)
    return desk.page(
        "lot.html",
        told=lots_now(cards, desk.city(), on, desk.now())[0],
        months=_months(lot_id, on),
        certificate=held,
        open_filings=open_ones,
        offers=list(_offers(held, open_ones)) if edits and held is not None else [],
    )


def _months(lot_id: str, on: date) -> dict[date, ServiceLevel]:
    """The lot's service level by the months of a year, the newest first."""
    *_, first = months_back(on, _MONTHS)
    return level_months(work.session(), lot_id, first, month_after(on))


def _offers(held: CertificateView, open_ones: list[FilingRow]) -> Iterator[Offer]:
    """The kinds of filing that a standing certificate allows; one of a kind at a time."""
    if held.state not in STANDING:
        return
    busy = {row.kind for row in open_ones}
    texts = {
        FilingKind.CHANGE: gettext("车位数、开放时间、收费或经营单位变了，办理变更。"),
        FilingKind.RENEWAL: gettext("证明快到期时办理，继续有效。"),
        FilingKind.CLOSURE: gettext("停车场不再使用时办理。"),
        FilingKind.SHARING: gettext("把夜间和周末空着的车位借给市民停放。"),
    }
    early = renewable_from(held.until_on, desk.city())
    for kind, text in texts.items():
        if kind in busy:
            yield Offer(kind, False, gettext("已有一份正在办理，见上。"))
        elif kind is FilingKind.RENEWAL and held.state is CertificateState.VALID:
            yield Offer(kind, False, gettext("%(day)s起可以办理。", day=formats.day(early)))
        else:
            yield Offer(kind, True, text)
