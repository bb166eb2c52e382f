"""Whose turn is it at a host? Handed out when pulls are claimed, by whoever holds the host's row.

Several workers hand out one host's turns one after the other; a host whose row another one holds at this
moment is passed over, so that nobody waits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    bindparam,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
    values,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.guidance.errors import HostLimitInvalid, HostUnknown
from parking.guidance.models import Pull, SourceHost
from parking.guidance.rules.hosts import LONGEST_CLOSED_S, HostLimits, HostTurns, limit_problems
from parking.kernel.actors import Actor

# What nobody asked yet is as rested as it can be.
_RESTED = timedelta(minutes=1)
_HOSTS = SourceHost.__table__.c


def hand_out(
    session: Session, due: Sequence[ColumnElement[bool]], limits: HostLimits, now: datetime, most: int
) -> list[HostTurns]:
    """The hosts of pulls that are due (`due`: conditions on pulls) and have a turn left, with rows locked.

    At most `most` hosts, those first whose pulls answered last and have waited longest.
    """
    limited = (*due, Pull.host.not_in(limits.unlimited))
    _note_new(session, limited, now)
    waiting = (
        select(
            Pull.host,
            func.bool_and(Pull.failures > 0).label("failing"),
            func.min(Pull.due_at).label("due_at"),
        )
        .where(*limited)
        .group_by(Pull.host)
        .subquery()
    )
    running = _running(now).subquery()
    at_once = func.coalesce(SourceHost.at_once, limits.at_once)
    locked = session.execute(
        select(
            SourceHost.host,
            at_once.label("at_once"),
            func.coalesce(SourceHost.per_minute, limits.per_minute).label("per_minute"),
            SourceHost.open_at,
        )
        .join(waiting, waiting.c.host == SourceHost.host)
        .outerjoin(running, running.c.host == SourceHost.host)
        .where(SourceHost.open_at <= now, func.coalesce(running.c.number, 0) < at_once)
        .order_by(waiting.c.failing, waiting.c.due_at)
        .limit(most)
        .with_for_update(of=SourceHost, skip_locked=True)
    ).all()
    if not locked:
        return []
    # Counted anew now that the rows are ours: another worker may have claimed since the statement began.
    hosts = [row.host for row in locked]
    asking = dict(iter(session.execute(_running(now).where(Pull.host.in_(hosts)))))
    return [HostTurns(*row, running=asking.get(row.host, 0)) for row in locked]


def with_a_turn(
    due: Sequence[ColumnElement[bool]], turns: Collection[HostTurns], limits: HostLimits, now: datetime
) -> ColumnElement[bool]:
    """The condition by which a pull that is due has a turn: of each host as many as it has, no more."""
    unlimited = Pull.host.in_(limits.unlimited)
    if not turns:
        return unlimited
    nth = func.row_number().over(partition_by=Pull.host, order_by=(Pull.failures > 0, Pull.due_at))
    left = values(column("host", Text), column("free", Integer), name="turns").data(
        [(each.host, each.free(now)) for each in turns]
    )
    theirs = (*due, Pull.host.in_([each.host for each in turns]))
    ranked = select(Pull.source_id, Pull.kind, Pull.host, nth.label("nth")).where(*theirs).subquery()
    served = (
        select(ranked.c.source_id, ranked.c.kind)
        .join(left, left.c.host == ranked.c.host)
        .where(ranked.c.nth <= left.c.free)
    )
    return or_(unlimited, tuple_(Pull.source_id, Pull.kind).in_(served))


def note_taken(
    session: Session, turns: Collection[HostTurns], taken: Mapping[str, int], now: datetime
) -> None:
    """Write down from when on each host may be asked again, after so many of its turns were taken."""
    rows = [
        {"of": each.host, "at": each.after(taken[each.host], now)} for each in turns if taken.get(each.host)
    ]
    if rows:
        session.connection().execute(
            update(_HOSTS.host.table).where(_HOSTS.host == bindparam("of")).values(open_at=bindparam("at")),
            rows,
        )


def close_for(session: Session, host: str, seconds: float, now: datetime) -> None:
    """The host wants no more for so many seconds: nobody asks it, for five minutes at most."""
    until = now + timedelta(seconds=min(seconds, LONGEST_CLOSED_S))
    session.execute(
        update(SourceHost)
        .where(SourceHost.host == host)
        .values(open_at=func.greatest(SourceHost.open_at, until))
        .execution_options(synchronize_session=False)
    )


def limit_host(
    session: Session, actor: Actor, host: str, at_once: int | None, per_minute: int | None, now: datetime
) -> None:
    """Give a host limits of its own: so many at once and so many a minute; None is the deployment's again.

    A host that the deployment leaves unlimited stays so. Raises HostLimitInvalid, and HostUnknown where no
    source lies there.
    """
    if problems := limit_problems(at_once, per_minute):
        raise HostLimitInvalid(problems=problems, host=host)
    if not session.scalar(select(exists().where(Pull.host == host))):
        raise HostUnknown(host=host)
    _note_new(session, (Pull.host == host,), now)
    row = session.get_one(SourceHost, host, with_for_update=True, populate_existing=True)
    details = {
        "before": {"at_once": row.at_once, "per_minute": row.per_minute},
        "after": {"at_once": at_once, "per_minute": per_minute},
    }
    row.at_once, row.per_minute = at_once, per_minute
    # A pause that the old limit reckoned is not waited out.
    row.open_at = min(row.open_at, now + timedelta(seconds=LONGEST_CLOSED_S))
    session.flush()
    audit.record(session, actor, "source_host:limit", "source_host", host, details, now)


def _running(now: datetime) -> Select[str, int]:
    """How many of each host are asking; read from the index of those that run, whatever waits there."""
    return (
        select(Pull.host, func.count().label("number")).where(Pull.claimed_until_at > now).group_by(Pull.host)
    )


def _note_new(session: Session, conditions: Sequence[ColumnElement[bool]], now: datetime) -> None:
    """A row for each host that has none yet; in one order, for two workers may meet the same."""
    new = (
        select(Pull.host, literal(now - _RESTED))
        .where(*conditions, ~exists().where(SourceHost.host == Pull.host))
        .distinct()
        .order_by(Pull.host)
    )
    session.execute(insert(SourceHost).from_select(["host", "open_at"], new).on_conflict_do_nothing())
