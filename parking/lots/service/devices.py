"""Which devices may tell us of passages, by which address, and who said so?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import select
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
from parking.lots.models import Device, Lane, Lot
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
class NewDevice:
    """A device and the secret of its address, told once: only its hash is kept."""

    device_id: str
    url_secret: str = field(repr=False)


def register_device(
    session: Session,
    actor: Actor,
    draft: DeviceDraft,
    *,
    dialects: Collection[str],
    sealer: Sealer,
    now: datetime,
) -> NewDevice:
    """Enter a device; a counting one at a lane becomes what counts there.

    One that was disabled comes back as who it was: what it told before and sends again is a repetition.

    Raises DeviceRefused, DeviceSerialTaken, LaneCountedAlready.
    """
    _check(session, draft, dialects)
    secret = token_urlsafe(_SECRET_BYTES)
    values = {**_values(draft), "secret_hash": secret_hash(secret), "registered_at": now}
    device = _disabled(session, draft)
    if device is None:
        device = Device(**values)
    else:
        for name, value in {**values, "disabled_at": None, "old_secret_hash": None}.items():
            setattr(device, name, value)
        device.version += 1
    _flush(session, device)
    if draft.signing_secret:
        device.signing_sealed = sealer.seal(draft.signing_secret.encode(), signing_context(device.id))
    _count_at_its_lane(session, actor, device, now)
    session.flush()
    told = {name: value for name, value in _values(draft).items() if name != "profile"}
    audit.record(session, actor, "device:register", _SUBJECT, device.id, told, now)
    return NewDevice(device.id, secret)


def change_device(
    session: Session,
    actor: Actor,
    device_id: str,
    draft: DeviceDraft,
    *,
    version: int,
    dialects: Collection[str],
    now: datetime,
) -> None:
    """What the device is from now on; its address and what it signs with stay.

    Raises DeviceNotFound, DeviceChanged, DeviceRefused, DeviceSerialTaken, LaneCountedAlready.
    """
    device = working_device(session, device_id)
    if device.version != version:
        raise DeviceChanged
    _check(session, draft, dialects)
    wanted = _values(draft)
    changed = {name: wanted[name] for name in _FIELDS if getattr(device, name) != wanted[name]}
    if not changed:
        return
    for name, value in changed.items():
        setattr(device, name, value)
    device.version += 1
    _flush(session, device)
    if {"role", "lane_id"} & changed.keys():
        stop_counting(session, actor, device_source(device.id), now)
        _count_at_its_lane(session, actor, device, now)
    told = {name: "changed" if name == "profile" else value for name, value in changed.items()}
    audit.record(session, actor, "device:change", _SUBJECT, device.id, {"changed": told}, now)


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


def _disabled(session: Session, draft: DeviceDraft) -> Device | None:
    """The device, locked, as which this serial was known until it was disabled; None where one works."""
    if draft.serial is None:
        return None
    known = select(Device).where(Device.dialect == draft.dialect, Device.serial == draft.serial)
    newest = known.order_by(Device.disabled_at.desc().nulls_first(), Device.id).limit(1).with_for_update()
    found = session.scalar(newest.execution_options(populate_existing=True))
    return found if found is not None and found.disabled_at is not None else None


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
