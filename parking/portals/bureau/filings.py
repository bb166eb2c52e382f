"""What must be decided today? The queue by due working day; claim and release; the queue as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_babel import gettext

from parking.accounts import queries as accounts
from parking.accounts.rules import Permission
from parking.filings import queries, service
from parking.filings.errors import FilingClaimed
from parking.filings.queries import QueueRow
from parking.filings.rules import FilingKind, FilingState
from parking.kernel.errors import N_
from parking.portals._http import auth, sheets, work
from parking.portals._http.filing_texts import KINDS, STATE_TAGS, STATES
from parking.portals._http.next_page import local_path
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk
from parking.portals.bureau.dues import OWED, DueWords, due_words
from parking.portals.bureau.one_filing import in_my_districts, refuse_overtaken
from parking.portals.bureau.within import reach

pages = Pages("bureau_filings", __name__, "bureau")
_ROWS = 50
_MOST_EXPORTED = 20_000
_ALL = "all"
_SHOWN = {
    "": N_("等我们处理的"),
    FilingState.SUBMITTED: STATES[FilingState.SUBMITTED],
    FilingState.ACCEPTED: STATES[FilingState.ACCEPTED],
    FilingState.CORRECTION_REQUESTED: STATES[FilingState.CORRECTION_REQUESTED],
    FilingState.APPROVED: STATES[FilingState.APPROVED],
    FilingState.RETURNED: STATES[FilingState.RETURNED],
    FilingState.REFUSED: STATES[FilingState.REFUSED],
    FilingState.ABANDONED: STATES[FilingState.ABANDONED],
    _ALL: N_("全部"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the queue with its due day in words and who works on it."""

    row: QueueRow
    due: DueWords | None
    claimed_by: str | None
    is_mine: bool


@pages.get("/filings", permission=Permission.BUREAU_FILINGS_READ, nav=N_("备案审查"), nav_order=10)
def queue() -> Response:
    """What waits, overdue first."""
    session, caller = work.session(), auth.caller()
    asked = _asked(Permission.BUREAU_FILINGS_READ)
    found = queries.queue(session, **asked, after=request.args.get("after") or None, limit=_ROWS)
    counts = queries.queue_counts(
        session, today=desk.today(), districts=caller.districts, officer=caller.account_id
    )
    return desk.page(
        "queue.html",
        lines=_lines(found.rows),
        next_after=found.next_after,
        is_first=not request.args.get("after"),
        counts=counts,
        asked={
            name: request.args.get(name, "") for name in ("state", "kind", "district", "q", "only", "sort")
        },
        shown=_SHOWN,
        kinds=KINDS,
        states=STATES,
        tags=STATE_TAGS,
        owed=OWED,
        districts=desk.my_districts(),
        may_decide=caller.may(Permission.BUREAU_FILINGS_DECIDE),
    )


def _asked(permission: Permission) -> dict[str, Any]:
    """The filters of the address; what is unknown filters nothing, and districts never widen a duty.

    A duty lent by a colleague reaches that colleague's districts, and no others.
    """
    asked, caller = request.args, auth.caller()
    told = asked.get("state", "")
    state = FilingState(told) if told in _SHOWN and told not in ("", _ALL) else None
    kind = asked.get("kind", "")
    district = asked.get("district", "")
    own = {district} if district and caller.may_in(permission, district) else reach(permission)
    only = asked.get("only", "")
    return {
        "today": desk.today(),
        "districts": own,
        "kind": FilingKind(kind) if kind in KINDS else None,
        "state": state,
        "text": asked.get("q"),
        "overdue_only": only == "overdue",
        "due_on": desk.today() if only == "today" else None,
        "claimed_by": caller.account_id if only == "mine" else None,
        "order": "newest" if told == _ALL or asked.get("sort") == "newest" else "due",
    }


def _lines(rows: tuple[QueueRow, ...]) -> list[Line]:
    now, caller = desk.now(), auth.caller()
    ids = {row.claimed_by for row in rows if row.claimed_by}
    names = accounts.display_names(work.session(), ids) if ids else {}
    # Many rows are due on the same few days.
    words = {on: due_words(on) for on in {row.due_on for row in rows}}
    return [
        Line(
            row,
            words[row.due_on],
            names.get(row.claimed_by, "") if row.claimed_by and _holds(row, now) else None,
            row.claimed_by == caller.account_id and _holds(row, now),
        )
        for row in rows
    ]


def _holds(row: QueueRow, now: Any) -> bool:
    return row.claimed_until_at is not None and row.claimed_until_at > now


@pages.get("/filings.<any(csv, xlsx):form>", permission=Permission.BUREAU_EXPORTS_READ)
def export(form: str) -> Response:
    """The queue as it is filtered, as a file; no personal data is in it."""
    header = [
        gettext(text)
        for text in (
            N_("编号"),
            N_("种类"),
            N_("停车场"),
            N_("申请单位"),
            N_("镇（街道）"),
            N_("状态"),
            N_("应办"),
            N_("到期"),
            N_("期限"),
            N_("提交时间"),
            N_("办理人"),
        )
    ]
    rows = [_cells(line) for line in _all_lines()]
    return sheets.sheet(sheets.SheetKind(form), gettext("备案审查"), header, rows)


def _all_lines() -> Iterator[Line]:
    after, left, asked = None, _MOST_EXPORTED, _asked(Permission.BUREAU_EXPORTS_READ)
    while left > 0:
        found = queries.queue(work.session(), **asked, after=after, limit=min(left, 1000))
        yield from _lines(found.rows)
        left -= len(found.rows)
        after = found.next_after
        if after is None:
            return


def _cells(line: Line) -> list[Any]:
    row = line.row
    return [
        row.number,
        gettext(KINDS[row.kind]),
        row.lot_name,
        row.organisation_name,
        desk.district_name(row.district_code),
        gettext(STATES[row.state]),
        gettext(OWED[row.due_what]) if row.due_what else "",
        row.due_on.isoformat() if row.due_on else "",
        line.due.text if line.due else "",
        row.submitted_at.astimezone(desk.zone()).strftime("%Y-%m-%d %H:%M"),
        line.claimed_by or "",
    ]


@pages.post("/filings/<filing_id>/claim", permission=Permission.BUREAU_FILINGS_DECIDE)
def claim(filing_id: str) -> Response:
    """Say that I work on it, so that nobody else does."""
    in_my_districts(filing_id, Permission.BUREAU_FILINGS_DECIDE)
    try:
        service.claim(work.session(), auth.caller().actor, filing_id, desk.now())
    except FilingClaimed as claimed:
        return refuse_overtaken(filing_id, claimed)
    flash(gettext("已领取，由您办理。"))
    return _back()


@pages.post("/filings/<filing_id>/release", permission=Permission.BUREAU_FILINGS_DECIDE)
def release(filing_id: str) -> Response:
    """Put it back for the others."""
    in_my_districts(filing_id, Permission.BUREAU_FILINGS_DECIDE)
    service.release(work.session(), auth.caller().actor, filing_id, desk.now())
    flash(gettext("已退还待办。"))
    return _back()


def _back() -> Response:
    where = local_path(request.form.get("next"), url_for("bureau_filings.queue"))
    return redirect(where, 303)  # type: ignore[return-value]
