"""How does an agreement rest or end, without stranding a booking or a parked car?"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.actors import SYSTEM, Actor
from parking.sharing.errors.agreements import AgreementStepRefused, NoticeTooShort
from parking.sharing.models.agreements import Agreement
from parking.sharing.models.windows import Window
from parking.sharing.queries.windows import window_view
from parking.sharing.rules.agreements import AgreementState, AgreementStep
from parking.sharing.rules.notices import ENDED, ENDING, RESUMED, SUSPENDED
from parking.sharing.rules.windows import (
    AHEAD_DAYS,
    LIVE,
    LONGEST_WINDOW,
    ClosedFor,
    WindowState,
    last_day_allows,
    may_reopen,
)
from parking.sharing.service.agreements import locked, take
from parking.sharing.service.moves import Moved, hold_to_close, moved_counts
from parking.sharing.service.noticing import tell_parties
from parking.sharing.service.opening import materialise_windows
from parking.sharing.service.spaces import hold
from parking.sharing.service.windows import (
    close_windows,
    fit,
    given,
    lent_of,
    reopened,
    windows_of,
)

NEVER_IN_FORCE = frozenset({AgreementState.DRAFTED, AgreementState.PROPOSED, AgreementState.CONFIRMED})


def suspend(
    session: Session, actor: Actor, agreement_id: str, version: int, reason: str, now: datetime
) -> list[Moved]:
    """Let no window open any more until it is resumed; bookings move, whoever is inside stays to the end.

    Raises AgreementUnknown, AgreementChanged, AgreementStepRefused, AgreementReasonMissing.
    """
    reason = given(reason)
    row = locked(session, agreement_id, version)
    take(session, actor, row, AgreementStep.SUSPEND, now, reason=reason)
    row.suspended_at, row.suspended_for = now, reason
    open_now = [window_id for window_id, _ in windows_of(session, row.id, now, WindowState.OPEN)]
    held = hold_to_close(session, open_now, now)
    moved = close_windows(session, held, ClosedFor.SUSPENDED, reason, now)
    at = now.astimezone(city.time_zone(session, now))
    tell_parties(session, row, SUSPENDED, now, at=f"{at:%m-%d %H:%M}", reason=reason, **moved_counts(moved))
    return moved


def resume(session: Session, actor: Actor, agreement_id: str, version: int, now: datetime) -> int:
    """Let the windows to come, and what is left of one that runs, open again; how many.

    What others were lent meanwhile stays theirs.

    Raises AgreementUnknown, AgreementChanged, AgreementStepRefused.
    """
    row = locked(session, agreement_id, version)
    take(session, actor, row, AgreementStep.RESUME, now)
    row.suspended_at = row.suspended_for = None
    zone = city.time_zone(session, now)
    closed = [
        window_id
        for state in (WindowState.CLOSING, WindowState.WITHDRAWN)
        for window_id, _ in windows_of(session, row.id, now, state)
    ]
    windows = {
        window.id: window
        for window in sorted(hold(session, closed).values(), key=lambda each: (each.from_at, each.id))
        if may_reopen(WindowState(window.state), window_view(window).closed_for, window.until_at, now)
        and last_day_allows(window.from_at, row.until_on, zone)
    }
    spans = [lent_of(window_view(window)) for window in windows.values()]
    kept, _ = fit(session, spans, now, zone, AHEAD_DAYS)
    told = reopened(session, [windows[span.window_id] for span in kept], now)
    opened = len(told) + materialise_windows(session, now, [row.id]).made
    tell_parties(session, row, RESUMED, now, windows=opened)
    return opened


def earliest_end(session: Session, agreement: Agreement, now: datetime) -> date:
    """The first day that may be without the agreement, by the notice that was agreed."""
    today = city.today(session, now)
    return max(today + timedelta(days=agreement.notice_days), agreement.from_on + timedelta(days=1))


def end_agreement(
    session: Session, actor: Actor, agreement_id: str, version: int, ends_on: date, reason: str, now: datetime
) -> list[Moved]:
    """Give notice that an agreement ends with the day before `ends_on`; what never held ends at once.

    Windows that open before that day stay, and run to their end in the morning; the bookings of later ones
    move. Raises AgreementUnknown, AgreementChanged, AgreementStepRefused, AgreementReasonMissing, and
    NoticeTooShort with `earliest_on`.
    """
    reason = given(reason)
    row = locked(session, agreement_id, version)
    if row.state in NEVER_IN_FORCE:
        take(session, actor, row, AgreementStep.END, now, reason=reason)
        row.ended_at, row.ending_for = now, reason
        return []
    zone = city.time_zone(session, now)
    earliest_on = earliest_end(session, row, now)
    if row.state == AgreementState.ENDED:
        raise AgreementStepRefused
    if not earliest_on <= ends_on <= row.until_on:
        raise NoticeTooShort(
            days=row.notice_days, earliest_on=earliest_on.isoformat(), latest_on=row.until_on.isoformat()
        )
    take(session, actor, row, AgreementStep.GIVE_NOTICE, now, {"ends_on": ends_on.isoformat()}, reason)
    row.until_on, row.notice_at, row.ending_for = ends_on, now, reason
    later = [
        window_id
        for window_id, from_at in windows_of(session, row.id, now, WindowState.OPEN)
        if not last_day_allows(from_at, ends_on, zone)
    ]
    moved = close_windows(session, hold_to_close(session, later, now), ClosedFor.ENDED, reason, now)
    last_on = (ends_on - timedelta(days=1)).isoformat()
    tell_parties(session, row, ENDING, now, last_on=last_on, reason=reason, **moved_counts(moved))
    return moved


def end_due(session: Session, now: datetime) -> int:
    """End the agreements whose last day is past and whose last window is over; how many."""
    on = city.today(session, now)
    held = select(Window.id).where(
        Window.agreement_id == Agreement.id,
        Window.until_at > now,
        Window.from_at < now + LONGEST_WINDOW,
        Window.state.in_(LIVE),
    )
    due = (
        select(Agreement.id)
        .where(
            Agreement.state.in_([AgreementState.IN_FORCE, AgreementState.SUSPENDED]),
            Agreement.until_on <= on,
            ~held.exists(),
        )
        .order_by(Agreement.id)
    )
    ended = session.scalars(due).all()
    for agreement_id in ended:
        row = locked(session, agreement_id)
        take(session, SYSTEM, row, AgreementStep.END, now)
        row.ended_at = now
        tell_parties(session, row, ENDED, now)
    session.flush()
    return len(ended)
