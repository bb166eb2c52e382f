"""Which devices may tell us of passages, by which address, and who said so?"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from parking.audit import service as audit
from parking.kernel.actors import Actor
from parking.kernel.errors import N_, FieldProblem
from parking.kernel.sealing import Sealer
from parking.lots.errors import (
    DeviceChanged,
    DeviceNotFound,
    DeviceRefused,
    DeviceSerialTaken,
    LaneCountedAlready,
)
from parking.lots.models import Device, DeviceLane, DeviceLot, Lane, Lot
from parking.lots.queries.gates import secret_hash
from parking.lots.rules.gates import (
    LONGEST_SECRET,
    TOO_LONG,
    DeviceDraft,
    DeviceRole,
    device_problems,
    device_source,
    signing_context,
    within_limits,
)
from parking.lots.service.lanes import StoppedLane, open_lane, stop_counting

_SUBJECT = "device"
_SECRET_BYTES = 32
# The rest is kept under other names, or told apart.
_FIELDS = ("name", "kind", "role", "dialect", "serial", "lot_id", "lane_id", "space_class", "time_zone",
           "silence_after_s", "profile")  # fmt: skip


@dataclass(frozen=True, slots=True)
class EndedWord:
    """A vendor's word that means this lot no more, or with `lane_name` this lane of it."""

    vendor_key: str
    lot_code: str
    lot_name: str
    lane_name: str | None


@dataclass(frozen=True, slots=True)
class NewDevice:
    """A device and the secret of its address, told once: only its hash is kept.

    `ended`: the words of its life before that mean nothing any more.
    """

    device_id: str
    url_secret: str = field(repr=False)
    ended: tuple[EndedWord, ...] = ()


def _whosever(lot_ids: Collection[str]) -> bool:
    return True


def register_device(
    session: Session,
    actor: Actor,
    draft: DeviceDraft,
    *,
    dialects: Collection[str],
    sealer: Sealer,
    now: datetime,
    may_revive: Callable[[Collection[str]], bool] = _whosever,
) -> NewDevice:
    """Enter a device; a counting one at a lane becomes what counts there.

    One that was disabled comes back as who it was: what it told before and sends again is a repetition. Where
    it speaks is what is registered now; its words for other lots end. It does not come back where the lots
    (their ids) for which it spoke are none that `may_revive`: a stranger's serial makes a new device.

    Raises DeviceRefused, DeviceSerialTaken, LaneCountedAlready.
    """
    _check(session, draft, dialects)
    secret = token_urlsafe(_SECRET_BYTES)
    values = {**_values(draft), "secret_hash": secret_hash(secret), "registered_at": now}
    device = _disabled(session, draft, may_revive)
    if device is None:
        device = Device(**values)
    else:
        for name, value in {**values, "disabled_at": None, "old_secret_hash": None}.items():
            setattr(device, name, value)
        device.version += 1
    _flush(session, device)
    ended = _end_elsewhere(session, device)
    if draft.signing_secret:
        device.signing_sealed = sealer.seal(draft.signing_secret.encode(), signing_context(device.id))
    _count_at_its_lane(session, actor, device, now)
    session.flush()
    told = {name: value for name, value in _values(draft).items() if name != "profile"}
    told |= {"ended": [[each.vendor_key, each.lot_code, each.lane_name] for each in ended]} if ended else {}
    audit.record(session, actor, "device:register", _SUBJECT, device.id, told, now)
    return NewDevice(device.id, secret, ended)


def change_device(
    session: Session,
    actor: Actor,
    device_id: str,
    draft: DeviceDraft,
    *,
    version: int,
    dialects: Collection[str],
    now: datetime,
) -> list[StoppedLane]:
    """What the device is from now on; its address and what it signs with stay.

    Returns the lanes where it counted and does no more.
    Raises DeviceNotFound, DeviceChanged, DeviceRefused, DeviceSerialTaken, LaneCountedAlready.
    """
    device = working_device(session, device_id)
    if device.version != version:
        raise DeviceChanged
    _check(session, draft, dialects)
    wanted = _values(draft)
    changed = {name: wanted[name] for name in _FIELDS if getattr(device, name) != wanted[name]}
    if not changed:
        return []
    for name, value in changed.items():
        setattr(device, name, value)
    device.version += 1
    _flush(session, device)
    stopped = leave_other_lots(session, actor, device, now) if "lot_id" in changed else []
    if {"role", "lane_id"} & changed.keys():
        stopped += stop_counting(session, actor, device_source(device.id), now)
        _count_at_its_lane(session, actor, device, now)
    told = {name: "changed" if name == "profile" else value for name, value in changed.items()}
    audit.record(session, actor, "device:change", _SUBJECT, device.id, {"changed": told}, now)
    return [lane for lane in stopped if device.role != DeviceRole.COUNTING or lane.id != device.lane_id]


def rotate_device_secret(
    session: Session, actor: Actor, device_id: str, *, overlap: timedelta, now: datetime
) -> NewDevice:
    """A new address; the old one stays good for `overlap` (0 to 90 days). Raises DeviceNotFound."""
    device = working_device(session, device_id)
    ends_at = now + within_limits(overlap)
    secret = token_urlsafe(_SECRET_BYTES)
    device.old_secret_hash, device.old_secret_until_at = device.secret_hash, ends_at
    device.secret_hash = secret_hash(secret)
    session.flush()
    told = {"old_address_until": ends_at.isoformat()}
    audit.record(session, actor, "device:rotate_secret", _SUBJECT, device.id, told, now)
    return NewDevice(device.id, secret)


def set_signing_secret(
    session: Session,
    actor: Actor,
    device_id: str,
    secret: str,
    *,
    sealer: Sealer,
    overlap: timedelta,
    now: datetime,
) -> None:
    """What the vendor signs with from now on; the one before stays good for `overlap` (0 to 90 days).

    Raises DeviceNotFound, DeviceRefused.
    """
    secret = secret.strip()
    if not secret or len(secret) > LONGEST_SECRET:
        problem = FieldProblem("signing_secret", "wrong_length", TOO_LONG, {"most": LONGEST_SECRET})
        raise DeviceRefused(problems=[problem])
    device = working_device(session, device_id)
    ends_at = now + within_limits(overlap)
    device.old_signing_sealed, device.old_signing_until_at = device.signing_sealed, ends_at
    device.signing_sealed = sealer.seal(secret.encode(), signing_context(device.id))
    session.flush()
    told = {"old_secret_until": ends_at.isoformat()}
    audit.record(session, actor, "device:set_signing_secret", _SUBJECT, device.id, told, now)


def disable_device(session: Session, actor: Actor, device_id: str, now: datetime) -> list[StoppedLane]:
    """Its address and secrets are good for nothing any more, and nothing of it counts. What it told stays.

    Returns the lanes where it counted. Raises DeviceNotFound.
    """
    device = working_device(session, device_id)
    device.disabled_at = now
    device.signing_sealed = device.old_signing_sealed = None
    session.flush()
    stopped = stop_counting(session, actor, device_source(device.id), now)
    audit.record(session, actor, "device:disable", _SUBJECT, device.id, {}, now)
    return stopped


def working_device(session: Session, device_id: str) -> Device:
    """The device, locked. Raises DeviceNotFound for an unknown or disabled one."""
    device = session.get(Device, device_id, with_for_update=True, populate_existing=True)
    if device is None or device.disabled_at is not None:
        raise DeviceNotFound
    return device


def leave_other_lots(session: Session, actor: Actor, device: Device, now: datetime) -> list[StoppedLane]:
    """In lots for which the device does not speak its words for lanes end, and it counts in no lane there.

    Returns the lanes where it counted.
    """
    spoken = _spoken_for(session, device)
    elsewhere = DeviceLane.device_id == device.id, DeviceLane.lot_id.not_in(spoken)
    session.execute(delete(DeviceLane).where(*elsewhere))
    return stop_counting(session, actor, device_source(device.id), now, spoken)


def _disabled(
    session: Session, draft: DeviceDraft, may_revive: Callable[[Collection[str]], bool]
) -> Device | None:
    """The device, locked, as which this serial was known until it was disabled; None where one works."""
    if draft.serial is None:
        return None
    known = select(Device).where(Device.dialect == draft.dialect, Device.serial == draft.serial)
    newest = known.order_by(Device.disabled_at.desc().nulls_first(), Device.id).with_for_update()
    found = session.scalars(newest.execution_options(populate_existing=True)).all()
    if found and found[0].disabled_at is None:
        return None
    return next((each for each in found if may_revive(_spoken_for(session, each))), None)


def _spoken_for(session: Session, device: Device) -> set[str]:
    """The ids of the lots that the device means when it tells of something."""
    mapped = session.scalars(select(DeviceLot.lot_id).where(DeviceLot.device_id == device.id))
    return {*mapped, *filter(None, [device.lot_id])}


def _end_elsewhere(session: Session, device: Device) -> tuple[EndedWord, ...]:
    """Of what the device said before only its words for the lanes of the lot of now still mean something."""
    lots = session.execute(
        select(DeviceLot, Lot.code, Lot.name)
        .join(Lot, Lot.id == DeviceLot.lot_id)
        .where(DeviceLot.device_id == device.id, DeviceLot.lot_id.is_distinct_from(device.lot_id))
        .order_by(DeviceLot.vendor_key)
    ).all()
    lanes = session.execute(
        select(DeviceLane, Lot.code, Lot.name, Lane.name)
        .join(Lot, Lot.id == DeviceLane.lot_id)
        .join(Lane, Lane.id == DeviceLane.lane_id)
        .where(DeviceLane.device_id == device.id, DeviceLane.lot_id.is_distinct_from(device.lot_id))
        .order_by(Lot.code, DeviceLane.vendor_key)
    ).all()
    for row in (*lots, *lanes):
        session.delete(row[0])
    ended = [EndedWord(word.vendor_key, code, name, None) for word, code, name in lots]
    ended += [EndedWord(word.vendor_key, code, name, lane) for word, code, name, lane in lanes]
    return tuple(ended)


def _values(draft: DeviceDraft) -> dict[str, Any]:
    return {
        "name": draft.name.strip(),
        "kind": draft.kind.value,
        "role": draft.role.value,
        "dialect": draft.dialect,
        "serial": draft.serial,
        "lot_id": draft.lot_id,
        "lane_id": draft.lane_id,
        "space_class": draft.space_class.value if draft.space_class else None,
        "time_zone": draft.time_zone,
        "silence_after_s": draft.silence_after_s,
        "profile": draft.profile,
    }


def _check(session: Session, draft: DeviceDraft, dialects: Collection[str]) -> None:
    problems = device_problems(draft, dialects)
    if draft.lot_id is not None and session.get(Lot, draft.lot_id) is None:
        problems.append(FieldProblem("lot_id", "unknown_lot", N_("没有这个停车场")))
    if draft.lane_id is not None:
        lane = session.get(Lane, draft.lane_id)
        if lane is None or lane.closed_at is not None or lane.lot_id != draft.lot_id:
            problems.append(FieldProblem("lane_id", "not_of_this_lot", N_("不是这个停车场的车道")))
    if problems:
        raise DeviceRefused(problems=problems)


def _flush(session: Session, device: Device) -> None:
    serial = device.serial
    try:
        with session.begin_nested():
            session.add(device)
            session.flush()
    except IntegrityError as problem:
        if "ix_devices_dialect_serial" not in str(problem.orig):
            raise
        raise DeviceSerialTaken(serial=serial) from None


def _count_at_its_lane(session: Session, actor: Actor, device: Device, now: datetime) -> None:
    if device.lane_id is None or device.role != DeviceRole.COUNTING:
        return
    lane, source = open_lane(session, device.lane_id), device_source(device.id)
    if lane.counting_source not in (None, source):
        raise LaneCountedAlready(name=lane.name)
    lane.counting_source = source
    session.flush()
    told = {"before": None, "after": source}
    audit.record(session, actor, "lane:set_counting_source", "lane", lane.id, told, now)
