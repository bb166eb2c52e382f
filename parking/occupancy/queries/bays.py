"""Which bays does a device watch, and what did each tell last?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.kernel.vocabulary import SpaceClass
from parking.lots.models import Device
from parking.occupancy.models import Bay


@dataclass(frozen=True, slots=True)
class BayView:
    """A bay as its sensor told it; `occupied` None: not yet.

    `is_elsewhere`: its device stood for another lot, and it counts nowhere until it is registered anew.
    """

    key: str
    name: str
    lot_id: str
    space_class: SpaceClass
    occupied: bool | None
    told_at: datetime | None
    changed_at: datetime | None
    battery_low: bool
    is_elsewhere: bool


def bays_of(session: Session, device_id: str) -> tuple[BayView, ...]:
    """The bays of a device by name."""
    asked = select(Bay, Device.lot_id).join(Device, Device.id == Bay.device_id)
    rows = session.execute(asked.where(Bay.device_id == device_id).order_by(Bay.name, Bay.key))
    return tuple(
        BayView(
            key=bay.key,
            name=bay.name,
            lot_id=bay.lot_id,
            space_class=SpaceClass(bay.space_class),
            occupied=bay.occupied,
            told_at=bay.told_at,
            changed_at=bay.changed_at,
            battery_low=bool(bay.battery_low),
            is_elsewhere=bay.lot_id != lot_id,
        )
        for bay, lot_id in rows
    )
