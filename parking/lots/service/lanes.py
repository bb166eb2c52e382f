"""Which lanes does a lot have, and whose passages count there?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.lots.errors import LaneInUse, LaneNameTaken, LaneNotFound, LaneRefused, LotNotFound
from parking.lots.models import Device, DeviceLane, Entrance, Lane, Lot
from parking.lots.rules.gates import LaneDraft, lane_problems

_SUBJECT = "lane"


@dataclass(frozen=True, slots=True)
class StoppedLane:
    """A lane in which nobody's passages count any more."""

    id: str
    lot_code: str
    lot_name: str
    name: str


def register_lane(session: Session, actor: Actor, lot_id: str, draft: LaneDraft, now: datetime) -> str:
    """Enter a lane of a lot; nothing counts there until a source is named. Returns its id.

    Raises LotNotFound, LaneRefused, LaneNameTaken.
    """
    if session.get(Lot, lot_id) is None:
        raise LotNotFound
    _check(session, lot_id, draft)
    lane = Lane(lot_id=lot_id, created_at=now, **_values(draft))
    _flush_named(session, lane)
    told = {"lot": lot_id, "name": lane.name, "direction": lane.direction}
    audit.record(session, actor, "lane:register", _SUBJECT, lane.id, told, now)
    return lane.id


def change_lane(session: Session, actor: Actor, lane_id: str, draft: LaneDraft, now: datetime) -> None:
    """What the lane is from now on. Raises LaneNotFound, LaneRefused, LaneNameTaken."""
    lane = open_lane(session, lane_id)
    _check(session, lane.lot_id, draft)
    wanted = _values(draft)
    before = {name: getattr(lane, name) for name in wanted}
    changed = {name: [before[name], wanted[name]] for name in wanted if before[name] != wanted[name]}
    if not changed:
        return
    for name, (_, value) in changed.items():
        setattr(lane, name, value)
    _flush_named(session, lane)
    audit.record(session, actor, "lane:change", _SUBJECT, lane.id, {"changed": changed}, now)


def set_counting_source(
    session: Session, actor: Actor, lane_id: str, source: str | None, now: datetime
) -> None:
    """Whose passages count in this lane from now on (`device:<id>` or `client:<id>`); None: nobody's.

    Raises LaneNotFound.
    """
    lane = open_lane(session, lane_id)
    if lane.counting_source == source:
        return
    told = {"before": lane.counting_source, "after": source}
    lane.counting_source = source
    session.flush()
    audit.record(session, actor, "lane:set_counting_source", _SUBJECT, lane.id, told, now)


def close_lane(session: Session, actor: Actor, lane_id: str, now: datetime) -> None:
    """The lane is no more; its passages stay. Raises LaneNotFound, LaneInUse."""
    lane = open_lane(session, lane_id)
    standing = select(Device.id).where(Device.lane_id == lane.id, Device.disabled_at.is_(None))
    if session.scalar(standing.limit(1)) is not None:
        raise LaneInUse(name=lane.name)
    lane.closed_at, lane.counting_source = now, None
    for mapped in session.scalars(select(DeviceLane).where(DeviceLane.lane_id == lane.id)):
        session.delete(mapped)
    session.flush()
    audit.record(session, actor, "lane:close", _SUBJECT, lane.id, {"name": lane.name}, now)


def stop_counting(
    session: Session, actor: Actor, source: str, now: datetime, but_in: Collection[str] = ()
) -> list[StoppedLane]:
    """No lane, `but_in` these lots, counts what this source tells any more; returns those that did."""
    stopped = update(Lane).where(
        Lane.counting_source == source, Lane.lot_id == Lot.id, Lane.lot_id.not_in(but_in)
    )
    freed = session.execute(
        stopped.values(counting_source=None).returning(Lane.id, Lot.code, Lot.name, Lane.name)
    )
    lanes = [StoppedLane(*told) for told in freed]
    for lane_id in sorted(lane.id for lane in lanes):
        told = {"before": source, "after": None}
        audit.record(session, actor, "lane:set_counting_source", _SUBJECT, lane_id, told, now)
    return sorted(lanes, key=lambda lane: (lane.lot_code, lane.name))


def open_lane(session: Session, lane_id: str) -> Lane:
    """The lane, locked. Raises LaneNotFound."""
    lane = session.get(Lane, lane_id, with_for_update=True, populate_existing=True)
    if lane is None or lane.closed_at is not None:
        raise LaneNotFound
    return lane


def _values(draft: LaneDraft) -> dict[str, str | None]:
    return {
        "name": draft.name.strip(),
        "direction": draft.direction.value,
        "entrance_id": draft.entrance_id,
        "space_class": draft.space_class.value if draft.space_class else None,
    }


def _check(session: Session, lot_id: str, draft: LaneDraft) -> None:
    problems = lane_problems(draft)
    if draft.entrance_id is not None:
        entrance = session.get(Entrance, draft.entrance_id)
        if entrance is None or entrance.lot_id != lot_id:
            problems.append(FieldProblem("entrance_id", "not_of_this_lot", N_("不是这个停车场的出入口")))
    if problems:
        raise LaneRefused(problems=problems)


def _flush_named(session: Session, lane: Lane) -> None:
    name = lane.name
    try:
        with session.begin_nested():
            session.add(lane)
            session.flush()
    except IntegrityError as problem:
        if "ix_lanes_lot_id_name" not in str(problem.orig):
            raise
        raise LaneNameTaken(name=name) from None
