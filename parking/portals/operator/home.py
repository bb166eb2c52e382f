"""What do I owe, and what is next? The operator's home: what waits, my lots as they are now, my filings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import Response, url_for
from flask_babel import gettext

from parking.accounts import queries as accounts
from parking.accounts.rules import Permission
from parking.complaints import queries as complaints
from parking.complaints.queries import Asked, Reach
from parking.complaints.rules import ComplaintKind, ComplaintState
from parking.filings import queries as filings
from parking.filings.queries import FilingRow
from parking.filings.rules import CertificateState, FilingKind, FilingState
from parking.inspections import queries as inspections
from parking.inspections.rules import FindingState
from parking.kernel.errors import N_
from parking.lots.queries import cards_of_organisation, lot_cards
from parking.portals._http import auth, formats, work
from parking.portals._http.complaint_texts import KINDS as COMPLAINT_KINDS
from parking.portals._http.filing_texts import CERTIFICATE_STATES, CERTIFICATE_TAGS, KINDS, STATE_TAGS, STATES
from parking.portals._http.pages import Pages
from parking.portals.operator import desk
from parking.portals.operator.lots_now import LotNow, lots_now
from parking.portals.operator.telling import DueLine, due_of
from parking.sharing.queries.agreements import agreements
from parking.sharing.queries.questions import questions
from parking.sharing.rules.agreements import Party

pages = Pages("operator_home", __name__, "operator")

_SHOWN = 8
_WAITING = (CertificateState.EXPIRING, CertificateState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for the operator: what to do, where, and by when."""

    text: str
    url: str
    lot_name: str
    tag: str
    tag_kind: str
    due: DueLine | None = None
    note: str = ""


@pages.get("/", permission=Permission.OPERATOR_FILINGS_READ, nav=N_("首页"), nav_order=0)
def home() -> Response:
    """What waits for me first."""
    session, organisation_id = work.session(), desk.organisation_id()
    mine = filings.filings_of(session, organisation_id, limit=200)
    cards = cards_of_organisation(session, organisation_id, desk.today())
    lots = lots_now(cards, desk.city(), desk.today(), desk.now())
    return desk.page(
        "home.html",
        organisation=accounts.organisation(session, organisation_id),
        waiting=[
            *_corrections(mine),
            *_findings(),
            *_complaints(),
            *_unused(),
            *_certificates(lots, mine),
            *_drafts(mine),
        ],
        lots=lots[:_SHOWN],
        more_lots=len(lots) if len(lots) > _SHOWN else 0,
        filings=mine[:_SHOWN],
        more_filings=len(mine) if len(mine) > _SHOWN else 0,
    )


def _corrections(mine: Iterable[FilingRow]) -> Iterator[Waiting]:
    """Correction notices, what is due first first."""
    asked = [each for each in mine if each.state is FilingState.CORRECTION_REQUESTED]
    for row in sorted(asked, key=lambda row: str(row.due_on)):
        yield Waiting(
            gettext("补正：%(kind)s", kind=gettext(KINDS[row.kind])),
            url_for("operator_filings.filing", filing_id=row.id),
            row.lot_name,
            gettext(STATES[row.state]),
            STATE_TAGS[row.state],
            due_of(row, desk.today(), desk.calendar()),
        )


def _findings() -> Iterator[Waiting]:
    """What was found at my lots and is to be put right, what is due first first."""
    if not auth.may(Permission.OPERATOR_INSPECTIONS_READ):
        return
    ordered = inspections.findings(
        work.session(), organisation_id=desk.organisation_id(), states=(FindingState.ORDERED,), limit=_SHOWN
    )
    for row in sorted(ordered.rows, key=lambda row: str(row.due_on)):
        due = None
        if row.due_on is not None:
            text = gettext("请在 %(day)s前（含当日）整改", day=formats.day(row.due_on))
            due = DueLine(text, row.due_on < desk.today())
        yield Waiting(
            gettext("整改：%(text)s", text=row.text),
            url_for("operator_inspections.finding", finding_id=row.id),
            row.place,
            gettext("待整改"),
            "act",
            due,
        )


def _complaints() -> Iterator[Waiting]:
    """What people report of my lots and I have to answer, what is due first first."""
    if not auth.may(Permission.OPERATOR_COMPLAINTS_READ):
        return
    own = Reach(organisation_id=desk.organisation_id())
    asked = Asked(states=(ComplaintState.FORWARDED,))
    for row in complaints.complaints(work.session(), own, asked, limit=_SHOWN).rows:
        text = gettext("请在 %(day)s前（含当日）答复", day=formats.day(row.due_on))
        yield Waiting(
            gettext("市民反映：%(kind)s", kind=gettext(COMPLAINT_KINDS[ComplaintKind(row.kind)])),
            url_for("operator_complaints.complaint", complaint_id=row.id),
            row.place,
            gettext("待答复"),
            "act",
            DueLine(text, row.due_on < desk.today()),
        )


def _unused() -> Iterator[Waiting]:
    """Months in which nobody used what my lots lend, and which I have to explain."""
    if not auth.may(Permission.OPERATOR_SHARING_READ):
        return
    session, own = work.session(), desk.organisation_id()
    asked = [
        each
        for each in questions(session, organisation_id=own, standing=True)
        if Party.OPERATOR in each.waits_for
    ]
    lot_of = {each.id: each.lot_id for each in agreements(session, ids=[each.agreement_id for each in asked])}
    names = {card.id: card.name for card in lot_cards(session, desk.today(), set(lot_of.values()))}
    for each in asked:
        yield Waiting(
            gettext("错时共享 %(month)s 没人用过：请答复", month=formats.month(each.month_on)),
            url_for("operator_sharing.one", agreement_id=each.agreement_id) + "#questions",
            names[lot_of[each.agreement_id]],
            gettext("待答复"),
            "act",
        )


def _certificates(lots: Iterable[LotNow], mine: Iterable[FilingRow]) -> Iterator[Waiting]:
    """Certificates that end soon and for which no renewal is under way."""
    on_their_way = {
        each.lot_id
        for each in mine
        if each.kind is FilingKind.RENEWAL and each.state in (FilingState.SUBMITTED, FilingState.ACCEPTED)
    }
    for lot in lots:
        state = lot.certificate_state
        if state in _WAITING and lot.id not in on_their_way:
            late = state is CertificateState.EXPIRED
            yield Waiting(
                gettext("办理延续备案"),
                url_for("operator_lots.lot", lot_id=lot.id),
                lot.name,
                gettext(CERTIFICATE_STATES[state]),
                CERTIFICATE_TAGS[state],
                DueLine(gettext("证明有效期至 %(day)s", day=lot.certificate_until), late),
            )


def _drafts(mine: Iterable[FilingRow]) -> Iterator[Waiting]:
    if not auth.may(Permission.OPERATOR_FILINGS_EDIT):
        return
    for row in mine:
        if row.state is FilingState.DRAFTED:
            when = formats.day_and_time(row.updated_at, desk.zone())
            yield Waiting(
                gettext("继续填写：%(kind)s", kind=gettext(KINDS[row.kind])),
                url_for("operator_filings.filing", filing_id=row.id),
                row.lot_name,
                gettext(STATES[row.state]),
                "",
                note=gettext("%(when)s 更新", when=when),
            )
