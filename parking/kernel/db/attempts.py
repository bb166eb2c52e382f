"""How often was something tried lately? Counters in the database, so that all processes count together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from parking.kernel.limits import Limit


class Attempts:
    """A table's columns: how often since `since_at`; `key` names nobody."""

    key: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    since_at: Mapped[datetime]


def refuse_beyond(
    session: Session,
    table: type[Attempts],
    limits: Mapping[str, Limit],
    now: datetime,
    refusal: Callable[..., Exception],
) -> None:
    """Raises `refusal`, made with the `minutes` until the next try, where one of these counters is full.

    The counters are held until the transaction ends: many at once wait for each other.
    """
    for key in sorted(limits):
        row, limit = _held(session, table, key, limits[key], now), limits[key]
        if row.number >= limit.most:
            raise refusal(minutes=minutes_left(row.since_at + limit.window - now))
    session.flush()


def is_full(session: Session, table: type[Attempts], key: str, limit: Limit, now: datetime) -> bool:
    """Whether this counter is at its limit; it is held until the transaction ends."""
    return _held(session, table, key, limit, now).number >= limit.most


def minutes_left(left: timedelta) -> int:
    """Started minutes, at least one."""
    return max(1, -(-left // timedelta(minutes=1)))


def count(session: Session, table: type[Attempts], limits: Mapping[str, Limit], now: datetime) -> None:
    """One more on each of these counters."""
    for key in sorted(limits):
        _held(session, table, key, limits[key], now).number += 1
    session.flush()


def forget(session: Session, table: type[Attempts], window: timedelta, now: datetime) -> None:
    """Forget the counters that count no more, where no window is longer than this one."""
    session.execute(delete(table).where(table.since_at <= now - window))


def _held(session: Session, table: type[Attempts], key: str, limit: Limit, now: datetime) -> Attempts:
    session.execute(insert(table).values(key=key, number=0, since_at=now).on_conflict_do_nothing())
    row = session.get_one(table, key, with_for_update=True, populate_existing=True)
    if row.since_at + limit.window <= now:
        row.number, row.since_at = 0, now
    return row
