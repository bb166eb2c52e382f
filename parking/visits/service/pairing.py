"""How do visits follow the passages? Some passages at a time, one worker a lot, none held up by another.

The caller's loop decides how often; what is paired is marked in the transaction that writes the visits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from parking.kernel.clock import Clock
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.schedule import back_off
from parking.plates.service import PlateKeys
from parking.visits.models import PairingFailure
from parking.visits.service import retelling
from parking.visits.service.tracks import COLUMNS, Key, PassageRow, retell

MOST_AT_ONCE = 500
_RETRY_FIRST = timedelta(minutes=1)
_RETRY_AT_MOST = timedelta(days=1)
# Any number that no other pair of advisory locks of the platform begins with.
_LOT_LOCKS = 7_305

_WAITING = text("""
    select p.source, p.event_id, p.lot_id from passages p
    where p.paired_at is null and not exists (
        select from pairing_failures f
        where f.source = p.source and f.event_id = p.event_id and f.retry_at > :now
    )
    order by p.received_at limit :most
""")
_FREE_LOTS = text("""
    select lot_id from unnest(cast(:lots as text[])) as l(lot_id)
    where pg_try_advisory_xact_lock(:locks, hashtext(lot_id))
""")
_LOCK_LOT = text("select pg_advisory_xact_lock(:locks, hashtext(:lot_id))")
_CLAIM = text(f"""
    select {COLUMNS} from passages p
    join unnest(cast(:sources as text[]), cast(:events as text[])) as k(source, event_id)
        on p.source = k.source and p.event_id = k.event_id
    where p.paired_at is null
    order by p.source, p.event_id for update of p
""")  # noqa: S608 - the columns are written beside their reader
_MARK = text("""
    update passages p set paired_at = :now, plate_sealed = null
    from unnest(cast(:sources as text[]), cast(:events as text[])) as k(source, event_id)
    where p.source = k.source and p.event_id = k.event_id
""")
_FORGIVE = text("""
    delete from pairing_failures f
    using unnest(cast(:sources as text[]), cast(:events as text[])) as k(source, event_id)
    where f.source = k.source and f.event_id = k.event_id
""")


def pair_waiting(sessions: Sessions, keys: PlateKeys, clock: Clock, most: int = MOST_AT_ONCE) -> int:
    """Pair the passages that wait longest, at most `most`; how many were looked at, 0 when none waits.

    Safe in several workers: a lot that another one pairs now is left to it. A passage that cannot be paired
    is set aside, tried again later, and holds up no other.
    """
    waiting: Sequence[Key] = ()
    try:
        with unit_of_work(sessions) as uow:
            waiting = _waiting(uow.session, clock.now(), most)
            pair_passages(uow.session, waiting, keys, clock.now())
    except OperationalError:
        # The database, not a passage: the next run tries again.
        raise
    except Exception:  # one of them, whichever: each is tried alone
        for key in waiting:
            _pair_alone(sessions, key, keys, clock)
    return len(waiting)


def pair_passages(session: Session, waiting: Sequence[Key], keys: PlateKeys, now: datetime) -> int:
    """Tell the visits around these passages anew; how many visits changed. The lots' locks must be held."""
    if not waiting:
        return 0
    claimed: Sequence[PassageRow] = session.execute(_CLAIM, _named(waiting)).all()
    told, vehicles = retell(session, claimed, keys, now)
    changed = retelling.write(session, told, vehicles, now)
    # Only what is locked: another one may be voided at this moment, and must be looked at again.
    named = _named([(row.source, row.event_id) for row in claimed])
    session.execute(_MARK, {**named, "now": now})
    session.execute(_FORGIVE, named)
    return changed


def _named(keys: Sequence[Key]) -> dict[str, list[str]]:
    return {"sources": [source for source, _ in keys], "events": [event_id for _, event_id in keys]}


def _waiting(session: Session, now: datetime, most: int) -> list[Key]:
    """What waits at lots that nobody pairs now, their locks taken until the transaction ends."""
    rows = session.execute(_WAITING, {"now": now, "most": most}).all()
    lots = sorted({row.lot_id for row in rows})
    if not lots:
        return []
    free = set(session.scalars(_FREE_LOTS, {"lots": lots, "locks": _LOT_LOCKS}))
    return [(row.source, row.event_id) for row in rows if row.lot_id in free]


def _pair_alone(sessions: Sessions, key: Key, keys: PlateKeys, clock: Clock) -> None:
    try:
        with unit_of_work(sessions) as uow:
            _lock_lot_of(uow.session, key)
            pair_passages(uow.session, [key], keys, clock.now())
    except OperationalError:
        raise
    except Exception as problem:  # whatever it is, the other passages have nothing to do with it
        with unit_of_work(sessions) as uow:
            _set_aside(uow.session, key, problem, clock.now())


def _lock_lot_of(session: Session, key: Key) -> None:
    lot_id = _lot_of(session, key)
    session.execute(_LOCK_LOT, {"locks": _LOT_LOCKS, "lot_id": lot_id})


def _lot_of(session: Session, key: Key) -> str:
    found = session.execute(
        text("select lot_id from passages where source = :source and event_id = :event_id"),
        {"source": key[0], "event_id": key[1]},
    )
    return str(found.scalar_one())


def _set_aside(session: Session, key: Key, problem: Exception, now: datetime) -> None:
    known = session.get(PairingFailure, key)
    tries = known.tries + 1 if known else 1
    wait = back_off(tries, _RETRY_FIRST, _RETRY_AT_MOST)
    told: dict[str, Any] = {
        "error": type(problem).__name__, "tries": tries, "failed_at": now, "retry_at": now + wait
    }  # fmt: skip
    failure = insert(PairingFailure).values(
        source=key[0], event_id=key[1], lot_id=_lot_of(session, key), **told
    )
    session.execute(failure.on_conflict_do_update(index_elements=["source", "event_id"], set_=told))
