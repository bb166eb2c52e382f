"""Who did what, when and why, and is the trail whole?"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import orjson
from flask import Response, request

from parking.accounts.rules import Permission
from parking.audit import queries
from parking.audit.queries import Sought
from parking.kernel.errors import N_
from parking.portals._http import work
from parking.portals._http.moments import day_of
from parking.portals._http.pages import Pages
from parking.portals.bureau import desk

pages = Pages("bureau_audit", __name__, "bureau")
_MOST = 120


@pages.get("/audit", permission=Permission.BUREAU_AUDIT_READ, nav=N_("审计"), nav_order=95)
def trail() -> Response:
    """The steps that were recorded, newest first, by who, what, whose and when."""
    asked = {
        name: request.args.get(name, "")[:_MOST].strip()
        for name in ("actor", "action", "kind", "subject", "from", "until")
    }
    first_on, last_on = day_of(asked["from"]), day_of(asked["until"])
    sought = Sought(
        actor=asked["actor"] or None,
        action=asked["action"] or None,
        subject_kind=asked["kind"] or None,
        subject_id=asked["subject"] or None,
        since_at=_midnight(first_on) if first_on else None,
        until_at=_midnight(last_on + timedelta(days=1)) if last_on else None,
    )
    before = request.args.get("before", "")
    number = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None
    rows = queries.entries(work.session(), sought, before=number, limit=desk.ROWS + 1)
    shown = rows[: desk.ROWS]
    return desk.page(
        "audit.html",
        rows=shown,
        last=shown[-1].number if len(rows) > desk.ROWS else None,
        asked=asked,
        unread=[name for name in ("from", "until") if asked[name] and day_of(asked[name]) is None],
        is_sought=any(asked.values()),
        name=desk.names_of(each.actor for each in shown),
        written=_written,
    )


@pages.get("/audit/chain", permission=Permission.BUREAU_AUDIT_READ)
def chain() -> Response:
    """Reckon every hash anew: the first entry that is broken, or that all hold."""
    session = work.session()
    return desk.page(
        "audit_chain.html", broken=queries.verify_chain(session), last_hash=queries.last_hash(session)
    )


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), desk.zone())


def _written(details: dict[str, object]) -> str:
    """What was before and after, as it stands in the trail."""
    return orjson.dumps(details, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()
