"""How do bay sensors become a count? A class of a lot whose bays have all told is occupied as they say.

The count is absolute and is told under one source of its own, whichever devices its bays hang on. A bay is
one of the lot for which its device stands: that of a device which went elsewhere tells nothing any more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from sqlalchemy import case, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.boundary.gates import BayTold
from parking.kernel.actors import SYSTEM, Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.vocabulary import SpaceClass
from parking.lots.models import Device
from parking.occupancy.errors import BayRefused, BayUnknown
from parking.occupancy.models import Bay, CountFact
from parking.occupancy.rules import Counter, CountInput
from parking.occupancy.rules.bays import LONGEST_KEY, LONGEST_NAME, MOST_BAYS, BayOutcome, bay_outcome
from parking.occupancy.service.recording import record_counts

BAYS = "bays"
"""The source of counts that are sums over bays."""

# The first of the two numbers of an advisory lock; the second is the counter's.
_SUMS = 730_413
_LOCK = text("select pg_advisory_xact_lock(:sums, :counter)")
_LATER = timedelta(microseconds=1)
_STANDS = (Device.id == Bay.device_id) & (Device.lot_id == Bay.lot_id)


@dataclass(frozen=True, slots=True)
class BayDraft:
    """A bay as it is to be registered: as its sensor names it, and as people do."""

    key: str
    name: str


def register_bays(
    session: Session,
    actor: Actor,
    device_id: str,
    lot_id: str,
    space_class: SpaceClass,
    drafts: Sequence[BayDraft],
    now: datetime,
) -> int:
    """Register the bays of a device, or name known ones anew; audited. Returns how many are new.

    One that was of another lot has told nothing yet. Until each of a class has told, the class has no count
    of its bays. Raises BayRefused: a key or name that is none, one key twice, more than 5,000 bays.
    """
    _check(drafts)
    known = set(session.scalars(select(Bay.key).where(Bay.device_id == device_id)))
    if len(known | {draft.key for draft in drafts}) > MOST_BAYS:
        raise BayRefused(problems=[_problem("too_many", N_("最多 %(most)s 个车位"), MOST_BAYS)])
    where = {"lot_id": lot_id, "space_class": space_class.value}
    rows = [{"key": d.key, "name": d.name, "device_id": device_id, "registered_at": now} for d in drafts]
    stored = insert(Bay).values([row | where for row in rows])
    told = (Bay.occupied, Bay.told_at, Bay.heard_at, Bay.changed_at)
    kept = {column.key: case((Bay.lot_id == lot_id, column)) for column in told}
    session.execute(
        stored.on_conflict_do_update(
            index_elements=[Bay.device_id, Bay.key], set_={"name": stored.excluded.name, **where, **kept}
        )
    )
    details = {"lot_id": lot_id, "space_class": space_class.value, "bays": len(drafts)}
    audit.record(session, actor, "bay:registered", "device", device_id, details, now)
    return len({draft.key for draft in drafts} - known)


def remove_bay(session: Session, actor: Actor, device_id: str, key: str, now: datetime) -> None:
    """Forget a bay whose sensor is gone; audited. Raises BayUnknown."""
    bay = session.get(Bay, (device_id, key))
    if bay is None:
        raise BayUnknown
    session.delete(bay)
    audit.record(session, actor, "bay:removed", "device", device_id, {"key": key, "name": bay.name}, now)


def tell_bays(
    session: Session, device_id: str, told: Sequence[BayTold], now: datetime
) -> tuple[BayOutcome, ...]:
    """Take what a device's sensors tell; one outcome for each, in order. One call a transaction.

    An older telling changes nothing. Where every bay of a class has told, its count follows at once.
    """
    places = _places(session, device_id, {each.bay for each in told})
    # Else of two bays that change at once each count would miss the other.
    for number in sorted({_number(counter) for counter in places.values()}):
        session.execute(_LOCK, {"sums": _SUMS, "counter": number})
    bays = {
        bay.key: bay
        for bay in session.scalars(
            select(Bay).where(Bay.device_id == device_id, Bay.key.in_(places)).order_by(Bay.key)
        )
    }
    outcomes = tuple(_tell(bays.get(each.bay), each, now) for each in told)
    session.flush()
    heard = {places[each.bay] for each, outcome in zip(told, outcomes, strict=True) if outcome.is_news}
    counts = [count for counter in sorted(heard) if (count := _sum(session, counter, now)) is not None]
    if counts:
        record_counts(session, SYSTEM, BAYS, counts, now)
    return outcomes


def _places(session: Session, device_id: str, keys: Collection[str]) -> dict[str, Counter]:
    rows = session.execute(
        select(Bay.key, Bay.lot_id, Bay.space_class)
        .join(Device, _STANDS)
        .where(Bay.device_id == device_id, Bay.key.in_(keys))
    )
    return {key: (lot_id, space_class) for key, lot_id, space_class in rows}


def _tell(bay: Bay | None, told: BayTold, now: datetime) -> BayOutcome:
    if bay is None:
        return BayOutcome.UNKNOWN_BAY
    outcome = bay_outcome(bay.occupied, bay.told_at, told.occupied, told.at, now)
    if outcome is BayOutcome.CHANGED:
        bay.changed_at = told.at
    if outcome.is_news:
        bay.occupied, bay.told_at, bay.heard_at = told.occupied, told.at, now
        if told.battery_low is not None:
            bay.battery_low = told.battery_low
    return outcome


def _sum(session: Session, counter: Counter, now: datetime) -> CountInput | None:
    """The count of a class, None while some bay has not told."""
    lot_id, space_class = counter
    bays, told, occupied, newest = session.execute(
        select(
            func.count(),
            func.count(Bay.told_at),
            func.count().filter(Bay.occupied.is_(True)),
            func.max(Bay.told_at),
        )
        .join_from(Bay, Device, _STANDS)
        .where(Bay.lot_id == lot_id, Bay.space_class == space_class)
    ).one()
    if newest is None or told < bays:
        return None
    last = session.execute(
        select(CountFact.as_of, CountFact.occupied)
        .where(CountFact.lot_id == lot_id, CountFact.space_class == space_class, CountFact.source == BAYS)
        .order_by(CountFact.as_of.desc())
        .limit(1)
    ).one_or_none()
    as_of = min(newest, now)
    if last is not None and as_of <= last.as_of:
        if occupied == last.occupied:
            return None
        # Two bays in one second, or one that reported late: the later sum is the one that holds.
        as_of = last.as_of + _LATER
    return CountInput(lot_id, SpaceClass(space_class), as_of, occupied=occupied, capacity=bays)


def _number(counter: Counter) -> int:
    """A signed 32-bit number for a counter; two that share one wait for each other, no more."""
    return crc32("/".join(counter).encode()) - 2**31


def _check(drafts: Sequence[BayDraft]) -> None:
    if not drafts:
        raise BayRefused(problems=[_problem("missing", N_("请至少填写一个车位"), MOST_BAYS)])
    keys = [draft.key for draft in drafts]
    if len(set(keys)) < len(keys):
        raise BayRefused(problems=[_problem("repeated", N_("同一个编号出现了两次"), MOST_BAYS)])
    if not all(_is_word(draft.key, LONGEST_KEY) and _is_word(draft.name, LONGEST_NAME) for draft in drafts):
        text = N_("每行一个车位：传感器编号，逗号，车位名称；编号最多 64 个字，名称最多 40 个字")
        raise BayRefused(problems=[_problem("not_a_bay", text, MOST_BAYS)])


def _is_word(told: str, longest: int) -> bool:
    return 0 < len(told) <= longest and told.isprintable() and told == told.strip()


def _problem(code: str, text: str, most: int) -> FieldProblem:
    return FieldProblem("bays", code, text, {"most": most})
