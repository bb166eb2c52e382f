"""What becomes of what a registered device told? Passages, counts, undos, bays, heartbeats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from parking.boundary.gates import (
    BayTold,
    CountTold,
    GateReading,
    PassageTold,
    UndoTold,
    Verdict,
)
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.errors import Unavailable
from parking.lots.queries.gates import DeviceFacts
from parking.lots.rules.gates import DeviceKind
from parking.occupancy.rules.bays import BayOutcome
from parking.occupancy.service.bays import tell_bays
from parking.portals._http.services import services
from parking.portals.gateway import compat_keeping as keeping
from parking.visits.rules.outcomes import Outcome, OutcomeKind
from parking.visits.service.intake import Intake

M = TypeVar("M")


def hear(device: DeviceFacts, reading: GateReading, received_at: datetime, address: str) -> Verdict:
    """Take what was read; when it returns, all of it is durable or in quarantine. Raises Unavailable."""
    if _is_another(device, reading):
        keeping.note_unknown(device.dialect, reading.serial, address, received_at)
        keeping.keep_refused(device, "serial_differs", received_at)
        return Verdict.UNKNOWN_DEVICE
    keeping.note_seen(device, reading, received_at)
    refused = [
        keeping.refusal(device, problem.code, field=problem.field, key=f"{problem.code}:{problem.field}")
        for problem in reading.problems
    ]
    outcomes = list(_taken(device, reading, received_at))
    refused += [
        keeping.refusal(device, outcome.code or "refused", field=outcome.field, event_id=outcome.event_id)
        for outcome in outcomes
        if outcome.kind is OutcomeKind.REFUSED
    ]
    keeping.keep(refused, received_at)
    return _verdict(outcomes, quarantined=bool(refused))


def _is_another(device: DeviceFacts, reading: GateReading) -> bool:
    """Whether another camera uses this one's address; a cloud speaks for many, each lot mapped by itself."""
    if device.kind is DeviceKind.CLOUD or device.serial is None or reading.serial is None:
        return False
    return _bare(reading.serial) != _bare(device.serial)


def _bare(serial: str) -> str:
    """A serial without case and the marks between, as a MAC address is written in three ways."""
    return "".join(character for character in serial.casefold() if character.isalnum())


def _taken(device: DeviceFacts, reading: GateReading, received_at: datetime) -> Iterator[Outcome]:
    intake = _intake()
    if passages := _of(reading, PassageTold):
        yield from intake.take(device, passages, received_at)
    for undo in _of(reading, UndoTold):
        yield intake.undo(device, undo, received_at)
    if counts := _of(reading, CountTold):
        yield from intake.count(device, counts, received_at)
    if bays := _of(reading, BayTold):
        yield from _bays(device, bays, received_at)


def _bays(device: DeviceFacts, bays: Sequence[BayTold], received_at: datetime) -> Iterator[Outcome]:
    with unit_of_work(services().sessions) as uow:
        told = tell_bays(uow.session, device.id, bays, received_at)
    kinds = {
        BayOutcome.CHANGED: OutcomeKind.NEW,
        BayOutcome.CONFIRMED: OutcomeKind.NEW,
        BayOutcome.OLDER: OutcomeKind.REPEATED,
    }
    for bay, outcome in zip(bays, told, strict=True):
        kind = kinds.get(outcome, OutcomeKind.REFUSED)
        yield Outcome(kind, bay.event_id or bay.bay, None if kind in kinds.values() else outcome.value)


def _intake() -> Intake:
    intake = services().intake
    if intake is None:
        raise Unavailable
    return intake


def _of(reading: GateReading, kind: type[M]) -> list[M]:
    return [message for message in reading.messages if isinstance(message, kind)]


def _verdict(outcomes: Sequence[Outcome], *, quarantined: bool) -> Verdict:
    if quarantined or any(outcome.kind is OutcomeKind.QUARANTINED for outcome in outcomes):
        return Verdict.QUARANTINED
    if outcomes and all(outcome.kind is OutcomeKind.REPEATED for outcome in outcomes):
        return Verdict.REPEATED
    return Verdict.TAKEN
