"""What do people see of a device although it was only acknowledged: its refusals, its clock, its silence?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from parking.accounts.rules.locking import network_of
from parking.boundary.gates import GateReading, Heartbeat, PassageTold
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots.queries.gates import DeviceFacts
from parking.lots.service import Sighting
from parking.portals._http.services import services
from parking.visits.service.quarantine import Refusal, quarantine


def refusal(
    device: DeviceFacts,
    reason: str,
    *,
    field: str | None = None,
    key: str = "",
    event_id: str | None = None,
    at: datetime | None = None,
) -> Refusal:
    """A refusal of what this device told: a code and the field, never a value."""
    return Refusal(
        origin=device.source,
        reason=reason,
        key=key or event_id or "",
        field=field,
        dialect=device.dialect,
        device_id=device.id,
        lot_id=device.lot_id,
        lane_id=device.lane.id if device.lane else None,
        event_id=event_id,
        at=at,
    )


def keep(refusals: Sequence[Refusal], now: datetime) -> None:
    """Keep refusals in quarantine, in a transaction of their own."""
    if refusals:
        with unit_of_work(services().sessions) as uow:
            quarantine(uow.session, list(refusals), now)


def keep_refused(device: DeviceFacts, reason: str, now: datetime, *, field: str | None = None) -> None:
    """Keep that a whole request of this device was refused."""
    keep([refusal(device, reason, field=field)], now)


def note_unknown(dialect: str, serial: str | None, address: str, now: datetime) -> None:
    """List as seen who spoke without being registered."""
    if sightings := services().sightings:
        sightings.unknown(dialect, serial, network_of(address), now)


def note_seen(device: DeviceFacts, reading: GateReading, now: datetime) -> None:
    """Note that a device was heard, and how far its clock is ahead of ours in seconds.

    What it sends a second time says nothing of its clock.
    """
    clocks = [
        message.at
        for message in reading.messages
        if (isinstance(message, Heartbeat) or (isinstance(message, PassageTold) and not message.resent))
        and message.at is not None
    ]
    skew_s = round((max(clocks) - now).total_seconds()) if clocks else None
    told_event = any(not isinstance(message, Heartbeat) for message in reading.messages)
    if sightings := services().sightings:
        # A column of 32 bits; a clock that is wrong by decades is wrong enough.
        bounded = None if skew_s is None else max(-(2**31) + 1, min(2**31 - 1, skew_s))
        sightings.device(Sighting(device.id, now, bounded, now if told_event else None))
