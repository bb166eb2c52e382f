"""What becomes of the agreements of a lot that closes, or whose certificate is revoked?

Each rests and ends by its own rules: whoever is inside stays to the window's end, bookings move or end and
their drivers are told.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.kernel.actors import Actor
from parking.sharing.models.agreements import Agreement
from parking.sharing.rules.agreements import AgreementState
from parking.sharing.rules.windows import WindowState
from parking.sharing.service.agreements import locked
from parking.sharing.service.ending import NEVER_IN_FORCE, earliest_end, end_agreement, suspend
from parking.sharing.service.moves import hold_to_close
from parking.sharing.service.windows import windows_of


def end_with_lot(session: Session, actor: Actor, lot_id: str, reason: str, now: datetime) -> int:
    """Let the agreements of a lot that closes rest at once, and end them with the notice that was agreed.

    One that runs out before that ends by itself, one that never was in force at once. How many there were.
    """
    standing = _standing(session, lot_id, now)
    for row in standing:
        if row.state == AgreementState.IN_FORCE:
            suspend(session, actor, row.id, row.version, reason, now)
        earliest_on = earliest_end(session, row, now)
        if row.state in NEVER_IN_FORCE or (row.notice_at is None and earliest_on <= row.until_on):
            end_agreement(session, actor, row.id, row.version, earliest_on, reason, now)
    return len(standing)


def rest_with_lot(session: Session, actor: Actor, lot_id: str, reason: str, now: datetime) -> int:
    """Let the agreements of a lot whose certificate is revoked rest; how many. A supervisor may resume.

    One that was not yet in force ends.
    """
    standing = _standing(session, lot_id, now)
    held = [row for row in standing if row.state == AgreementState.IN_FORCE]
    for row in held:
        suspend(session, actor, row.id, row.version, reason, now)
    for row in standing:
        if row.state in NEVER_IN_FORCE:
            end_agreement(session, actor, row.id, row.version, row.until_on, reason, now)
    return len(held)


def _standing(session: Session, lot_id: str, now: datetime) -> list[Agreement]:
    """Those that have not ended, then the open windows of all of them, each locked in one order."""
    asked = select(Agreement.id).where(Agreement.lot_id == lot_id, Agreement.state != AgreementState.ENDED)
    rows = [locked(session, each) for each in session.scalars(asked.order_by(Agreement.id)).all()]
    windows = [each for row in rows for each, _ in windows_of(session, row.id, now, WindowState.OPEN)]
    hold_to_close(session, windows, now)
    return rows
