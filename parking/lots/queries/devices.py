"""Which lanes and devices are there, how are they, and who else has knocked?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from parking.lots.errors import DeviceNotFound, LaneNotFound
from parking.lots.models import (
    ClientLot,
    Device,
    DeviceLane,
    DeviceLot,
    DeviceSighting,
    Entrance,
    Lane,
    Lot,
    UnknownDevice,
)
from parking.lots.rules.gates import DeviceKind, DeviceRole, LaneDirection, is_silent


@dataclass(frozen=True, slots=True)
class LotName:
    """Enough of a lot to name it and to know whose duty it is."""

    id: str
    code: str
    name: str
    district_code: str | None


@dataclass(frozen=True, slots=True)
class MappedLot:
    """A lot as a vendor's cloud names it."""

    vendor_key: str
    lot: LotName


@dataclass(frozen=True, slots=True)
class MappedLane:
    """A lane as a device names it."""

    vendor_key: str
    lot_id: str
    lane_id: str
    lane_name: str


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device and how it is. `skew_s`: its clock's lead over ours in seconds. `lots` are all it speaks for.

    When it was last heard is told since its registration.
    `old_address_until_at` and `old_signing_until_at` lie in the future or are None.
    """

    id: str
    name: str
    kind: DeviceKind
    role: DeviceRole
    dialect: str
    serial: str | None
    lot: LotName | None
    lane_id: str | None
    lane_name: str | None
    space_class: str | None
    time_zone: str
    silence_after_s: int
    signs: bool
    profile: str | None
    registered_at: datetime
    disabled_at: datetime | None
    old_address_until_at: datetime | None
    old_signing_until_at: datetime | None
    version: int
    last_seen_at: datetime | None
    last_event_at: datetime | None
    skew_s: int | None
    silent: bool
    mapped_lots: tuple[MappedLot, ...] = ()
    mapped_lanes: tuple[MappedLane, ...] = ()

    @property
    def lots(self) -> tuple[LotName, ...]:
        own = (self.lot,) if self.lot else ()
        return own + tuple(each.lot for each in self.mapped_lots if each.lot not in own)


@dataclass(frozen=True, slots=True)
class LaneView:
    """An open lane of a lot."""

    id: str
    lot: LotName
    name: str
    direction: LaneDirection
    entrance_id: str | None
    entrance_name: str | None
    space_class: str | None
    counting_source: str | None


@dataclass(frozen=True, slots=True)
class Stranger:
    """A device that nobody registered, and how often it spoke."""

    dialect: str
    serial: str
    network: str
    first_seen_at: datetime
    last_seen_at: datetime
    times: int


def device_views(session: Session, now: datetime, ids: Collection[str] | None = None) -> list[DeviceView]:
    """All devices, or those with these ids, by name; five statements whatever their number."""
    asked = (
        select(Device, DeviceSighting, Lane.name)
        .outerjoin(DeviceSighting, DeviceSighting.device_id == Device.id)
        .outerjoin(Lane, Lane.id == Device.lane_id)
        .order_by(Device.name, Device.id)
    )
    if ids is not None:
        asked = asked.where(Device.id.in_(ids))
    rows = session.execute(asked).all()
    lots = _lot_names(session)
    mapped_lots, mapped_lanes = _mapped(session, lots)
    return [
        _view(
            device,
            seen,
            lane_name,
            lots.get(device.lot_id or ""),
            tuple(mapped_lots.get(device.id, ())),
            tuple(mapped_lanes.get(device.id, ())),
            now,
        )
        for device, seen, lane_name in rows
    ]


def device_view(session: Session, device_id: str, now: datetime) -> DeviceView:
    """One device. Raises DeviceNotFound."""
    found = device_views(session, now, [device_id])
    if not found:
        raise DeviceNotFound
    return found[0]


def devices_of_lots(session: Session, lot_ids: Collection[str], now: datetime) -> list[DeviceView]:
    """The working devices that speak for one of these lots."""
    wanted = set(lot_ids)
    return [
        view
        for view in device_views(session, now)
        if view.disabled_at is None and wanted & {lot.id for lot in view.lots}
    ]


def device_alarms(session: Session, now: datetime) -> list[DeviceView]:
    """The working devices that were not heard for longer than they may be silent."""
    return [view for view in device_views(session, now) if view.silent]


def lanes_of_lot(session: Session, lot_id: str) -> list[LaneView]:
    """The open lanes of a lot by name."""
    return _lanes(session, Lane.lot_id == lot_id)


def uncounted_lanes(session: Session) -> list[LaneView]:
    """The open lanes in which nobody's passages count, by their lots' codes."""
    return sorted(_lanes(session, Lane.counting_source.is_(None)), key=lambda lane: lane.lot.code)


def lane_view(session: Session, lane_id: str) -> LaneView:
    """One open lane. Raises LaneNotFound."""
    found = _lanes(session, Lane.id == lane_id)
    if not found:
        raise LaneNotFound
    return found[0]


def entrances_of_lot(session: Session, lot_id: str) -> list[tuple[str, str]]:
    """Id and name of each entrance, in their order."""
    asked = select(Entrance.id, Entrance.name).where(Entrance.lot_id == lot_id).order_by(Entrance.position)
    return [(row.id, row.name) for row in session.execute(asked)]


def strangers(session: Session) -> list[Stranger]:
    """Devices that nobody registered, the last heard first."""
    asked = select(UnknownDevice).order_by(UnknownDevice.last_seen_at.desc(), UnknownDevice.serial)
    return [
        Stranger(row.dialect, row.serial, row.network, row.first_seen_at, row.last_seen_at, row.times)
        for row in session.scalars(asked)
    ]


def lots_of_clients(session: Session) -> dict[str, list[LotName]]:
    """The lots for which each client may speak, by their codes."""
    lots = _lot_names(session)
    found: dict[str, list[LotName]] = {}
    for row in session.execute(select(ClientLot.client_id, ClientLot.lot_id)):
        found.setdefault(row.client_id, []).append(lots[row.lot_id])
    return {client_id: sorted(names, key=lambda lot: lot.code) for client_id, names in found.items()}


def _lanes(session: Session, which: ColumnElement[bool]) -> list[LaneView]:
    asked = (
        select(Lane, Entrance.name, Lot)
        .join(Lot, Lot.id == Lane.lot_id)
        .outerjoin(Entrance, Entrance.id == Lane.entrance_id)
        .where(which, Lane.closed_at.is_(None))
        .order_by(Lane.name, Lane.id)
    )
    return [
        LaneView(
            id=lane.id,
            lot=LotName(lot.id, lot.code, lot.name, lot.district_code),
            name=lane.name,
            direction=LaneDirection(lane.direction),
            entrance_id=lane.entrance_id,
            entrance_name=entrance,
            space_class=lane.space_class,
            counting_source=lane.counting_source,
        )
        for lane, entrance, lot in session.execute(asked)
    ]


def _lot_names(session: Session) -> dict[str, LotName]:
    asked = select(Lot.id, Lot.code, Lot.name, Lot.district_code)
    return {row.id: LotName(*row) for row in session.execute(asked)}


def _mapped(
    session: Session, lots: dict[str, LotName]
) -> tuple[dict[str, list[MappedLot]], dict[str, list[MappedLane]]]:
    by_lot: dict[str, list[MappedLot]] = {}
    asked = select(DeviceLot).order_by(DeviceLot.vendor_key)
    for row in session.scalars(asked):
        by_lot.setdefault(row.device_id, []).append(MappedLot(row.vendor_key, lots[row.lot_id]))
    by_lane: dict[str, list[MappedLane]] = {}
    lanes = (
        select(DeviceLane, Lane.name)
        .join(Lane, Lane.id == DeviceLane.lane_id)
        .order_by(DeviceLane.lot_id, DeviceLane.vendor_key)
    )
    for lane, name in session.execute(lanes):
        mapped = MappedLane(lane.vendor_key, lane.lot_id, lane.lane_id, name)
        by_lane.setdefault(lane.device_id, []).append(mapped)
    return by_lot, by_lane


def _view(
    device: Device,
    seen: DeviceSighting | None,
    lane_name: str | None,
    lot: LotName | None,
    mapped_lots: tuple[MappedLot, ...],
    mapped_lanes: tuple[MappedLane, ...],
    now: datetime,
) -> DeviceView:
    # Registered anew it begins anew: what was heard of its life before says nothing of this one.
    if seen and seen.last_seen_at and seen.last_seen_at < device.registered_at:
        seen = None
    last_seen_at = seen.last_seen_at if seen else None
    return DeviceView(
        id=device.id,
        name=device.name,
        kind=DeviceKind(device.kind),
        role=DeviceRole(device.role),
        dialect=device.dialect,
        serial=device.serial,
        lot=lot,
        lane_id=device.lane_id,
        lane_name=lane_name,
        space_class=device.space_class,
        time_zone=device.time_zone,
        silence_after_s=device.silence_after_s,
        signs=device.signing_sealed is not None,
        profile=device.profile,
        registered_at=device.registered_at,
        disabled_at=device.disabled_at,
        old_address_until_at=_future(device.old_secret_until_at, now),
        old_signing_until_at=_future(device.old_signing_until_at, now),
        version=device.version,
        last_seen_at=last_seen_at,
        last_event_at=seen.last_event_at if seen else None,
        skew_s=seen.skew_s if seen else None,
        silent=device.disabled_at is None
        and is_silent(last_seen_at, device.registered_at, device.silence_after_s, now),
        mapped_lots=mapped_lots,
        mapped_lanes=mapped_lanes,
    )


def _future(at: datetime | None, now: datetime) -> datetime | None:
    return at if at is not None and at > now else None
