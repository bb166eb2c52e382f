"""How do the windows of the coming days come to be, and how does one close before its end?

Whoever locks several rows locks the agreement first, then its windows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.kernel.actors import Actor
from parking.kernel.days import midnight
from parking.kernel.vocabulary import SpaceClass
from parking.lots.queries.lending import Capacities, Lent, capacities, lent_spans
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
from parking.sharing.rules.windows import (
    LIVE,
    LONGEST_WINDOW,
    ClosedFor,
    Load,
    Span,
    WindowState,
    closed_state,
    fitting,
    may_withdraw,
    rest_of,
)
from parking.sharing.service.moves import Held, Moved, hold_to_close, move_bookings


def fit(
    session: Session, fresh: list[Lent], now: datetime, zone: ZoneInfo, days: int
) -> tuple[list[Lent], dict[str, int]]:
    """Which spans can be lent beside what is lent already; and how many cannot, by agreement."""
    if not fresh:
        return [], {}
    on = now.astimezone(zone).date()
    last_on = on + timedelta(days=days) + LONGEST_WINDOW
    lot_ids = {span.lot_id for span in fresh}
    spaces = capacities(session, lot_ids, on, last_on)
    horizon = midnight(last_on, zone)
    standing: dict[tuple[str, SpaceClass], list[Load]] = defaultdict(list)
    own: dict[tuple[str, SpaceClass], list[Span]] = defaultdict(list)
    asked_for = {span.window_id for span in fresh}
    for each in lent_spans(session, now, horizon, lot_ids):
        if each.window_id in asked_for:
            # It closes, and lends what stands in it: that is part of what it asks for.
            continue
        standing[each.lot_id, each.space_class].append((each.from_at, each.until_at, each.spaces))
        own[each.agreement_id, each.space_class].append((each.from_at, each.until_at))
    asked: dict[tuple[str, SpaceClass], list[Lent]] = defaultdict(list)
    for span in fresh:
        asked[span.lot_id, span.space_class].append(span)
    kept: list[Lent] = []
    crowded: dict[str, int] = defaultdict(int)
    for key, spans in asked.items():
        loads = [(span.from_at, span.until_at, span.spaces) for span in spans]
        there = _there(spaces.get(key), spans, on, last_on, zone)
        for span, has_room in zip(spans, fitting(loads, standing[key], there), strict=True):
            # An agreement lends no more than its part, also where a window of it outlived a change.
            if has_room and not (own and _overlaps(span, own[span.agreement_id, span.space_class])):
                kept.append(span)
            else:
                crowded[span.agreement_id] += 1
    return kept, dict(crowded)


def _there(
    spaces: Capacities | None, spans: list[Lent], since_on: date, until_on: date, zone: ZoneInfo
) -> list[int]:
    """The spaces that a class has in each of these spans."""
    least = spaces.least(since_on, until_on) if spaces else 0
    if spaces is None or len(spaces.steps) == 1:
        return [least] * len(spans)
    told = []
    for span in spans:
        last_on = (span.until_at.astimezone(zone) - timedelta.resolution).date()
        first_on = max(since_on, span.from_at.astimezone(zone).date())
        told.append(spaces.least(first_on, last_on + timedelta(days=1)))
    return told


def _overlaps(span: Lent, own: Iterable[Span]) -> bool:
    return any(from_at < span.until_at and span.from_at < until_at for from_at, until_at in own)


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
