"""What must be done today? Numbers, each a link to the rows that it sums."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, url_for
from flask_babel import gettext

from parking.accounts import queries as accounts
from parking.accounts.rules import OrganisationState, Permission
from parking.complaints import queries as complaints
from parking.complaints.queries import Asked, Reach
from parking.complaints.rules import ComplaintState
from parking.filings import queries as filings
from parking.filings.rules import CertificateState
from parking.guidance import queries as guidance
from parking.guidance.queries.health import sources_with_anomalies
from parking.inspections import queries as inspections
from parking.kernel.errors import N_
from parking.occupancy.rules import Connection
from parking.portals._http import auth, formats, work
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk
from parking.portals.bureau.dues import calendar
from parking.portals.bureau.register import by_connection, lot_rows
from parking.portals.bureau.sharing import rows as sharing_rows
from parking.portals.bureau.tidal import rows_of as tidal_rows
from parking.sharing.rules.agreements import AgreementState
from parking.sharing.rules.tidal import TidalState

pages = Pages("bureau_home", __name__, "bureau")
_MOST = 1000
_UNCOVERED_SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Sum:
    """A number that leads to the rows it sums; `more` where counting stopped there."""

    count: int
    text: str
    url: str
    is_late: bool = False

    @property
    def shown(self) -> str:
        return formats.number(self.count) + ("+" if self.count >= _MOST else "")


@pages.get("/", permission=Permission.BUREAU_SELF, nav=N_("概览"), nav_order=1)
def home() -> Response:
    """What waits for whoever has these duties."""
    caller = auth.caller()
    parts = [
        (gettext("备案申请"), Permission.BUREAU_FILINGS_READ, _filings),
        (gettext("备案证明"), Permission.BUREAU_FILINGS_READ, _certificates),
        (gettext("停车场和接入"), Permission.BUREAU_LOTS_READ, _lots),
        (gettext("巡查"), Permission.BUREAU_INSPECTIONS_READ, _inspections),
        (gettext("潮汐车位"), Permission.BUREAU_TIDAL_READ, _tidal),
        (gettext("错时共享"), Permission.BUREAU_SHARING_READ, _sharing),
        (gettext("市民反映"), Permission.BUREAU_COMPLAINTS_READ, _complaints),
        (gettext("数据源"), Permission.BUREAU_SOURCES_READ, _sources),
        (gettext("单位"), Permission.BUREAU_ORGANISATIONS_CHECK, _organisations),
    ]
    return desk.page(
        "home.html",
        parts=[(name, sums()) for name, permission, sums in parts if caller.may(permission)],
        uncovered=_uncovered_year() if caller.may(Permission.BUREAU_CALENDAR_READ) else None,
    )


def _filings() -> list[Sum]:
    caller = auth.caller()
    counts = filings.queue_counts(
        work.session(), today=desk.today(), districts=caller.districts, officer=caller.account_id
    )
    page = "bureau_filings.queue"
    return [
        Sum(counts.overdue, gettext("已逾期"), url_for(page, only="overdue"), is_late=True),
        Sum(counts.due_today, gettext("今天到期"), url_for(page, only="today")),
        Sum(counts.waiting, gettext("等我们处理的"), url_for(page)),
        Sum(counts.mine, gettext("我领取的"), url_for(page, only="mine")),
        Sum(
            counts.with_operators,
            gettext("待经营单位补正"),
            url_for(page, state="correction_requested"),
        ),
    ]


def _certificates() -> list[Sum]:
    told = {
        CertificateState.EXPIRING: gettext("即将到期"),
        CertificateState.EXPIRED: gettext("已到期"),
    }
    return [
        Sum(
            _certified(state),
            text,
            url_for("bureau_certificates.certificates", state=state),
            is_late=state is CertificateState.EXPIRED,
        )
        for state, text in told.items()
    ]


def _certified(state: CertificateState) -> int:
    found = filings.certificates(
        work.session(),
        desk.city(),
        desk.today(),
        state=state,
        districts=auth.caller().districts,
        limit=_MOST,
    )
    return len(found)


def _lots() -> list[Sum]:
    counts = by_connection(lot_rows(auth.caller(), desk.today(), desk.now()))
    told = {
        Connection.SILENT: gettext("数据中断"),
        Connection.NOT_CONNECTED: gettext("未接入"),
        Connection.CONNECTED: gettext("已接入"),
    }
    return [
        Sum(
            counts[each],
            text,
            url_for("bureau_lots.register", connection=each),
            is_late=each is Connection.SILENT,
        )
        for each, text in told.items()
    ]


def _sources() -> list[Sum]:
    views = guidance.source_views(work.session())
    silent = sum(any(pull.silent_since_at for pull in view.pulls) for view in views)
    differing = sum(view.differences for view in views)
    odd = sources_with_anomalies(work.session())
    return [
        Sum(len(odd), gettext("有异常的数据源"), url_for("bureau_anomalies.listed"), is_late=True),
        Sum(silent, gettext("中断的数据源"), url_for("bureau_sources.sources", sort="state"), is_late=True),
        Sum(differing, gettext("与登记不同之处"), url_for("bureau_sources.differences")),
    ]


def _inspections() -> list[Sum]:
    session, today, mine = work.session(), desk.today(), auth.caller().districts
    visits, late_visits = inspections.open_counts(session, today=today, districts=mine)
    found = inspections.counts(session, today=today, districts=mine)
    findings = "bureau_findings.listed"
    return [
        Sum(found["overdue"], gettext("逾期的问题"), url_for(findings, show="overdue"), is_late=True),
        Sum(visits, gettext("待巡查"), url_for("bureau_inspections.overview")),
        Sum(late_visits, gettext("逾期未巡查"), url_for("bureau_inspections.overview"), is_late=True),
    ]


def _tidal() -> list[Sum]:
    rows, page = tidal_rows(Permission.BUREAU_TIDAL_READ), "bureau_tidal.listed"
    lapsed = sum(row.state is TidalState.LAPSED for row in rows)
    soon = gettext("一小时内结束停放")
    return [
        Sum(sum(row.is_soon for row in rows), soon, url_for(page, only="soon")),
        Sum(lapsed, gettext("同意已到期"), url_for(page, only="lapsed"), is_late=True),
    ]


def _sharing() -> list[Sum]:
    found = sharing_rows()
    states = Counter(row.told.state for row in found)
    page = "bureau_sharing.listed"
    asked = ((AgreementState.PROPOSED, gettext("协议待确认")), (AgreementState.SUSPENDED, gettext("已暂停")))
    return [
        Sum(sum(row.waits for row in found), gettext("一个月没人用，待答复"), url_for(page, asked="yes")),
        *(Sum(states[state], name, url_for(page, state=state)) for state, name in asked),
    ]


def _complaints() -> list[Sum]:
    session, mine = work.session(), Reach(districts=auth.caller().districts)
    found = complaints.counts(session, mine, Asked(), desk.today())
    doubted = complaints.doubted_lots(session, desk.now(), mine)
    waiting = (ComplaintState.RECEIVED, ComplaintState.TAKEN, ComplaintState.ANSWERED)
    page = "bureau_complaints.listed"
    return [
        Sum(found["overdue"], gettext("逾期的反映"), url_for(page, show="overdue"), is_late=True),
        Sum(sum(found.get(state, 0) for state in waiting), gettext("等我们处理的"), url_for(page)),
        Sum(len(doubted), gettext("空位数存疑的停车场"), url_for(page, _anchor="doubted"), is_late=True),
    ]


def _organisations() -> list[Sum]:
    found = accounts.organisations(work.session(), OrganisationState.REGISTERED, limit=_MOST)
    url = url_for("bureau_organisations.organisations", state=OrganisationState.REGISTERED)
    return [Sum(len(found), gettext("等待核验的单位"), url)]


def _uncovered_year() -> int | None:
    """The year whose holidays are still to be entered: this one, or the next from November on."""
    today, known = desk.today(), calendar()
    years = {today.year, (today + _UNCOVERED_SOON).year}
    return next((year for year in sorted(years) if not known.covers(year)), None)
