"""What waits for the bureau, in which order? Read page by page from an index, however much there is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.orm import Session

from parking.filings.errors import QueuePlaceUnreadable
from parking.filings.models import Filing
from parking.filings.queries.views import QueueCounts, QueuePage, QueueRow
from parking.filings.rules import FINAL, WAITING, DueWhat, FilingKind, FilingState

Order = Literal["due", "newest"]
_MOST = 1000
_COLUMNS = [getattr(Filing, part.name) for part in fields(QueueRow)]
# Written out, so that PostgreSQL sees that the index of what waits will do.
_IS_WAITING = Filing.state.in_([f"{state}" for state in sorted(WAITING)])


def queue(
    session: Session,
    *,
    today: date,
    districts: Collection[str] = (),
    kind: FilingKind | None = None,
    state: FilingState | None = None,
    text: str | None = None,
    overdue_only: bool = False,
    due_on: date | None = None,
    claimed_by: str | None = None,
    order: Order = "due",
    after: str | None = None,
    limit: int = 50,
) -> QueuePage:
    """One page of submitted filings. No state: what the bureau owes; `order` newest without a state: all.

    `districts` limits to these codes (none: the whole city); `overdue_only` to what was due before `today`,
    `due_on` to what is due on that day; `text` is part of a number or a name; `after` is the `next_after` of
    the page before. Raises QueuePlaceUnreadable.
    """
    by_due = order == "due" and state not in FINAL
    asked = _asked(state, by_due).where(*_filters(today, districts, kind, text, overdue_only, claimed_by))
    if due_on is not None:
        asked = asked.where(Filing.due_on == due_on)
    place = tuple_(Filing.due_on, Filing.id) if by_due else tuple_(Filing.submitted_at, Filing.id)
    if after is not None:
        last = _read_place(after, by_due)
        asked = asked.where(place > last if by_due else place < last)
    ordered = (
        asked.order_by(Filing.due_on, Filing.id)
        if by_due
        else asked.order_by(Filing.submitted_at.desc(), Filing.id.desc())
    )
    limit = max(1, min(limit, _MOST))
    found = [_row(row._mapping) for row in session.execute(ordered.limit(limit + 1))]
    rows = tuple(found[:limit])
    return QueuePage(rows, _place_after(rows[-1], by_due) if len(found) > limit else None)


def queue_counts(
    session: Session, *, today: date, districts: Collection[str] = (), officer: str | None = None
) -> QueueCounts:
    """How much waits, is overdue, is due today, is claimed by this officer, lies with operators.

    Each number stops at 1,000, so that a page costs the same however much there is.
    """
    where = _filters(today, districts, None, None, False, None)
    with_operators = Filing.state == f"{FilingState.CORRECTION_REQUESTED}"
    return QueueCounts(
        waiting=_count(session, _IS_WAITING, *where),
        overdue=_count(session, _IS_WAITING, Filing.due_on < today, *where),
        due_today=_count(session, _IS_WAITING, Filing.due_on == today, *where),
        mine=_count(session, _IS_WAITING, Filing.claimed_by == officer, *where) if officer else 0,
        with_operators=_count(session, with_operators, *where),
    )


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    some = select(Filing.id).where(*where).limit(_MOST).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _asked(state: FilingState | None, by_due: bool) -> Select[Any]:
    asked = select(*_COLUMNS)
    if state is not None:
        return asked.where(Filing.state == f"{state}", Filing.number.is_not(None))
    return asked.where(_IS_WAITING) if by_due else asked.where(Filing.number.is_not(None))


def _filters(
    today: date,
    districts: Collection[str],
    kind: FilingKind | None,
    text: str | None,
    overdue_only: bool,
    claimed_by: str | None,
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if districts:
        found.append(Filing.district_code.in_(sorted(districts)))
    if kind is not None:
        found.append(Filing.kind == kind)
    if overdue_only:
        found.append(Filing.due_on < today)
    if claimed_by is not None:
        found.append(and_(Filing.claimed_by == claimed_by, Filing.claimed_by.is_not(None)))
    if text and (part := text.strip()):
        found.append(
            Filing.number.icontains(part, autoescape=True)
            | Filing.lot_name.icontains(part, autoescape=True)
            | Filing.organisation_name.icontains(part, autoescape=True)
        )
    return found


def _place_after(row: QueueRow, by_due: bool) -> str:
    first = row.due_on if by_due else row.submitted_at
    return f"{first.isoformat() if first else ''}~{row.id}"


def _read_place(after: str, by_due: bool) -> tuple[Any, str]:
    first, _, filing_id = after.partition("~")
    try:
        return (date.fromisoformat(first) if by_due else datetime.fromisoformat(first)), filing_id
    except ValueError as why:
        raise QueuePlaceUnreadable from why


def _row(row: Any) -> QueueRow:
    told = dict(row)
    told |= {
        "kind": FilingKind(told["kind"]),
        "state": FilingState(told["state"]),
        "due_what": DueWhat(told["due_what"]) if told["due_what"] else None,
    }
    return QueueRow(**told)
