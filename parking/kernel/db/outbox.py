"""What must reach the outside after the commit, even if this process dies? Rows that a relay sends later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import BigInteger, Identity, Index, delete, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from parking.kernel.clock import Clock
from parking.kernel.db.base import Base
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.schedule import back_off

# Sends one payload; raises when it did not arrive. Called with no transaction open; may be called twice.
Channel = Callable[[dict[str, Any]], None]

ID = "outbox_id"
_MOST_ATTEMPTS = 12
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)
# Longer than any channel may take, so that nobody else sends what is being sent.
_CLAIM = timedelta(minutes=2)
_KEPT = timedelta(days=30)

_log = structlog.get_logger("parking.outbox")


class OutboxMessage(Base):
    """One message. Its payload is emptied once it is sent or given up: it may hold an address or a code."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "due_at", postgresql_where=text("sent_at IS NULL AND given_up_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    topic: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    # The kind of the last error, never its text: that may quote what was sent.
    last_error: Mapped[str | None]
    claimed_until_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Relayed:
    """What one run of the relay did."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: int
    topic: str
    payload: dict[str, Any]
    attempts: int


def put(session: Session, topic: str, payload: Mapping[str, Any], now: datetime) -> None:
    """Hand over a message that leaves after the commit of this session, at least once.

    The channel finds the message's number under `outbox_id`, the same at every attempt.
    """
    session.add(OutboxMessage(topic=topic, payload=dict(payload), created_at=now, due_at=now))


def relay(sessions: Sessions, clock: Clock, channels: Mapping[str, Channel]) -> Relayed:
    """Send what is due, until nothing is; topics without a channel here wait for a process that has one.

    A failed message waits 30 s, then twice as long each time up to an hour; after 12 attempts it is given
    up, which is logged.
    """
    sent = failed = given_up = 0
    while (message := _claim(sessions, clock.now(), list(channels))) is not None:
        error = _send(channels[message.topic], message)
        now = clock.now()
        attempts = message.attempts + 1
        if error is None:
            sent += 1
            _settle(sessions, message.id, attempts, sent_at=now, payload={}, last_error=None)
        elif attempts >= _MOST_ATTEMPTS:
            given_up += 1
            _settle(sessions, message.id, attempts, given_up_at=now, payload={}, last_error=error)
            _log.error("outbox_given_up", message=message.id, topic=message.topic, error=error)
        else:
            failed += 1
            _settle(sessions, message.id, attempts, due_at=now + wait(attempts), last_error=error)
            _log.warning("outbox_failed", message=message.id, topic=message.topic, error=error)
    return Relayed(sent, failed, given_up)


def wait(attempts: int) -> timedelta:
    """How long a message rests after so many failed attempts."""
    return back_off(attempts, _FIRST_WAIT, _LONGEST_WAIT)


def prune(session: Session, now: datetime) -> None:
    """Forget what was sent or given up more than 30 days ago."""
    old = now - _KEPT
    session.execute(
        delete(OutboxMessage).where((OutboxMessage.sent_at < old) | (OutboxMessage.given_up_at < old))
    )


def _claim(sessions: Sessions, now: datetime, topics: list[str]) -> _Claimed | None:
    due = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.sent_at.is_(None),
            OutboxMessage.given_up_at.is_(None),
            OutboxMessage.due_at <= now,
            OutboxMessage.topic.in_(topics),
            (OutboxMessage.claimed_until_at.is_(None)) | (OutboxMessage.claimed_until_at <= now),
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with unit_of_work(sessions) as uow:
        row = uow.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == due.scalar_subquery())
            .values(claimed_until_at=now + _CLAIM)
            .returning(OutboxMessage.id, OutboxMessage.topic, OutboxMessage.payload, OutboxMessage.attempts)
        ).one_or_none()
    return None if row is None else _Claimed(*row)


def _send(channel: Channel, message: _Claimed) -> str | None:
    try:
        channel({**message.payload, ID: message.id})
    except Exception as problem:  # whatever a channel raises, the message is kept and tried again
        return type(problem).__name__
    return None


def _settle(sessions: Sessions, message_id: int, attempts: int, **values: Any) -> None:
    with unit_of_work(sessions) as uow:
        uow.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == message_id)
            .values(attempts=attempts, claimed_until_at=None, **values)
        )
