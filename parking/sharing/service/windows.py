"""How do the windows of the coming days come to be, and how does one close before its end?

Whoever locks several rows locks the agreement first, then its windows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session, selectinload

from parking.audit import service as audit
from parking.city import queries as city
from parking.kernel.actors import Actor
from parking.kernel.days import midnight
from parking.kernel.db.copying import copy_rows
from parking.kernel.errors import FieldProblem
from parking.kernel.ids import new_id
from parking.kernel.vocabulary import SpaceClass
from parking.lots.queries.lending import Lent, least_capacity, lent_spans
from parking.lots.rules.hours import HoursReader
from parking.lots.service import lending
from parking.sharing.errors.agreements import (
    AgreementReasonMissing,
    WindowNotOpen,
    WindowUnknown,
    WithdrawnTooLate,
)
from parking.sharing.models.agreements import Agreement
from parking.sharing.models.windows import Window, WindowRest
from parking.sharing.queries.windows import WindowView, window_view
from parking.sharing.rules.agreements import AgreementState
from parking.sharing.rules.windows import (
    AHEAD_DAYS,
    LIVE,
    LONGEST_WINDOW,
    ClosedFor,
    Load,
    Opening,
    WindowState,
    closed_state,
    fitting,
    may_withdraw,
    opening_of,
    rest_of,
    year_problem,
)
from parking.sharing.service.moves import Held, Moved, hold_to_close, move_bookings


@dataclass(frozen=True, slots=True)
class Materialised:
    """How many windows were new, how many had no space beside what others lend, and which years lack a
    holiday table, by agreement."""

    made: int
    crowded: dict[str, int] = field(default_factory=dict)
    missing_years: dict[str, frozenset[int]] = field(default_factory=dict)

    def problems(self, agreement_id: str) -> list[FieldProblem]:
        """What keeps windows of an agreement from opening."""
        return [year_problem(year) for year in sorted(self.missing_years.get(agreement_id, ()))]


def materialise_windows(
    session: Session, now: datetime, agreement_ids: Collection[str] | None = None, days: int = AHEAD_DAYS
) -> Materialised:
    """Open the windows of the coming `days` of all agreements in force, or of these; the same twice is once.

    A window that was closed stays closed. What would lend more than a class has is left out and told.
    """
    zone = city.time_zone(session, now)
    since_on = now.astimezone(zone).date()
    until_on = since_on + timedelta(days=days)
    rows = _in_force(session, agreement_ids, since_on, until_on)
    if not rows:
        return Materialised(0)
    reader = HoursReader(city.calendar(session), zone.key)

    @cache
    def opening(text: str, since: date, until: date) -> Opening:
        return opening_of(reader, text, since, until)

    known = _known(session, [row.id for row in rows], now)
    missing: dict[str, frozenset[int]] = {}
    fresh: list[Lent] = []
    for row in rows:
        since, until = max(since_on, row.from_on), min(until_on, row.until_on)
        for part in row.parts:
            told = opening(part.opening_hours, since, until)
            if told.missing_years:
                missing[row.id] = missing.get(row.id, frozenset()) | told.missing_years
            # Read once: an attribute of a row costs as much as the rest of a window.
            whose, lot_id, named, quota = row.id, row.lot_id, part.space_class, part.quota
            space_class = SpaceClass(named)
            fresh += [
                Lent(new_id(), whose, lot_id, space_class, from_at, until_at, quota)
                for from_at, until_at in told.spans
                # A night that has begun already is given away as well: what is left of it.
                if until_at > now and (whose, named, from_at) not in known
            ]
    kept, crowded = fit(session, fresh, now, zone, days)
    _open(session, kept, now)
    return Materialised(len(kept), crowded, missing)


def fit(
    session: Session, fresh: list[Lent], now: datetime, zone: ZoneInfo, days: int
) -> tuple[list[Lent], dict[str, int]]:
    """Which spans can be lent beside what is lent already; and how many cannot, by agreement."""
    if not fresh:
        return [], {}
    on = now.astimezone(zone).date()
    last_on = on + timedelta(days=days) + LONGEST_WINDOW
    lot_ids = {span.lot_id for span in fresh}
    spaces = least_capacity(session, lot_ids, on, last_on)
    horizon = midnight(last_on, zone)
    standing: dict[tuple[str, SpaceClass], list[Load]] = defaultdict(list)
    asked_for = {span.window_id for span in fresh}
    for each in lent_spans(session, now, horizon, lot_ids):
        if each.window_id in asked_for:
            # It closes, and lends what stands in it: that is part of what it asks for.
            continue
        standing[each.lot_id, each.space_class].append((each.from_at, each.until_at, each.spaces))
    asked: dict[tuple[str, SpaceClass], list[Lent]] = defaultdict(list)
    for span in fresh:
        asked[span.lot_id, span.space_class].append(span)
    kept: list[Lent] = []
    crowded: dict[str, int] = defaultdict(int)
    for key, spans in asked.items():
        loads = [(span.from_at, span.until_at, span.spaces) for span in spans]
        for span, has_room in zip(spans, fitting(loads, standing[key], spaces.get(key, 0)), strict=True):
            if has_room:
                kept.append(span)
            else:
                crowded[span.agreement_id] += 1
    return kept, dict(crowded)


def withdraw_window(
    session: Session, actor: Actor, window_id: str, reason: str, now: datetime
) -> list[Moved]:
    """Take a window back for its owner; what became of its bookings, whose drivers are told.

    Raises WindowUnknown, AgreementReasonMissing, WindowNotOpen, and WithdrawnTooLate with `minutes`.
    """
    reason = given(reason)
    known = session.get(Window, window_id)
    if known is None:
        raise WindowUnknown
    agreement = session.get_one(Agreement, known.agreement_id, with_for_update=True, populate_existing=True)
    held = hold_to_close(session, [window_id], now)
    (window,) = held.closing
    if window.state != WindowState.OPEN:
        raise WindowNotOpen
    if not may_withdraw(window.from_at, agreement.withdraw_before_minutes, now):
        raise WithdrawnTooLate(minutes=agreement.withdraw_before_minutes)
    moved = close_windows(session, held, ClosedFor.OWNER, reason, now)
    details = {"agreement": agreement.id, "from_at": window.from_at.isoformat(), "bookings": len(moved)}
    audit.record(session, actor, "window:withdrawn", "window", window.id, details, now, reason)
    return moved


def close_windows(
    session: Session, held: Held, closed_for: ClosedFor, reason: str, now: datetime
) -> list[Moved]:
    """Let windows that are held take nobody new: their bookings move, whoever is inside stays to the end."""
    windows = [window for window in held.closing if window.state == WindowState.OPEN]
    for window in windows:
        window.state = WindowState.CLOSING
        window.closed_at, window.closed_for, window.closed_why = now, closed_for, reason
    session.flush()
    moved: list[Moved] = []
    for window in windows:
        if window.taken:
            moved += move_bookings(session, window, held.near, now)
        window.state = closed_state(window.until_at, window.taken, now)
    session.flush()
    # Whoever is still inside keeps the space: it is lent to nobody else meanwhile.
    kept = {window.id: window.taken for window in windows if window.state == WindowState.CLOSING}
    lending.take_back(session, [window.id for window in windows if window.id not in kept])
    for window_id, spaces in kept.items():
        lending.change_lent(session, window_id, spaces)
    return moved


def windows_of(
    session: Session, agreement_id: str, since_at: datetime, state: WindowState
) -> list[tuple[str, datetime]]:
    """The windows (id, begin) of a locked agreement in a state that end after `since_at`; not locked."""
    asked = select(Window.id, Window.from_at).where(
        Window.agreement_id == agreement_id, Window.until_at > since_at, Window.state == state
    )
    return [(row.id, row.from_at) for row in session.execute(asked)]


def end_windows(session: Session, now: datetime) -> int:
    """Mark the windows that are over, and lend nothing of them any more; how many."""
    over = select(Window.id).where(Window.until_at <= now, Window.state.in_(LIVE))
    gone = session.scalars(over.order_by(Window.id).with_for_update()).all()
    session.execute(update(Window).where(Window.id.in_(gone)).values(state=str(WindowState.ENDED)))
    lending.take_back(session, gone)
    return len(gone)


def reopened(session: Session, windows: Iterable[Window], now: datetime) -> list[WindowView]:
    """Open these locked windows again and lend all their spaces. Raises LentBeyondSpaces.

    Since when one that runs was closed is written down: nothing was offered then.
    """
    told = []
    for window in windows:
        if rest := rest_of(window.from_at, window.closed_at, now):
            session.add(WindowRest(window_id=window.id, from_at=rest[0], until_at=rest[1]))
        window.state = WindowState.OPEN
        window.closed_at = window.closed_for = window.closed_why = None
        told.append(window_view(window))
    session.flush()
    # What was kept for whoever stayed inside is lent as part of the whole.
    lending.take_back(session, [view.id for view in told])
    lending.lend(session, [lent_of(view) for view in told])
    return told


def lent_of(view: WindowView) -> Lent:
    """What an open window lends."""
    return Lent(
        view.id, view.agreement_id, view.lot_id, view.space_class, view.from_at, view.until_at, view.quota
    )


def given(reason: str) -> str:
    """A reason without the blanks around it. Raises AgreementReasonMissing."""
    if not (reason := reason.strip()):
        raise AgreementReasonMissing
    return reason


def _in_force(
    session: Session, agreement_ids: Collection[str] | None, since_on: date, until_on: date
) -> list[Agreement]:
    """Locked in one order, so that nobody suspends or ends one meanwhile."""
    asked = (
        select(Agreement)
        .where(
            Agreement.state == AgreementState.IN_FORCE,
            Agreement.until_on > since_on,
            Agreement.from_on < until_on,
        )
        .order_by(Agreement.id)
        .options(selectinload(Agreement.parts))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if agreement_ids is not None:
        asked = asked.where(Agreement.id.in_(list(agreement_ids)))
    return list(session.scalars(asked))


def _known(session: Session, agreement_ids: list[str], now: datetime) -> set[tuple[str, str, datetime]]:
    asked = select(Window.agreement_id, Window.space_class, Window.from_at).where(
        Window.agreement_id.in_(agreement_ids), Window.until_at > now
    )
    return {(row[0], row[1], row[2]) for row in session.execute(asked)}


def _open(session: Session, spans: list[Lent], now: datetime) -> None:
    rows = [
        {
            "id": span.window_id,
            "agreement_id": span.agreement_id,
            "lot_id": span.lot_id,
            "space_class": str(span.space_class),
            "from_at": span.from_at,
            "until_at": span.until_at,
            "quota": span.spaces,
            "state": str(WindowState.OPEN),
        }
        for span in spans
    ]
    copy_rows(session, Window, rows)
    for span in spans:
        if rest := rest_of(span.from_at, None, now):
            session.add(WindowRest(window_id=span.window_id, from_at=rest[0], until_at=rest[1]))
    lending.lend(session, spans)
