"""Which clouds are asked for passages, how are they, and how old is what they told?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.kernel.addresses import shown_url
from parking.kernel.schedule import breaker_is_open
from parking.kernel.views import view_of
from parking.lots.models import Device, DeviceLot, Lot
from parking.visits.models import CloudPull
from parking.visits.rules.pulls import PullState


@dataclass(frozen=True, slots=True)
class CloudPullView:
    """One pull. `lot_name` None: the device's mapping does not say which lot it is, so nothing is asked."""

    id: str
    device_id: str
    device_name: str
    adapter: str
    lot_key: str
    lot_id: str | None
    lot_name: str | None
    district_code: str | None
    address: str
    app_id: str
    interval_s: int
    state: PullState
    due_at: datetime
    complete_until_at: datetime | None
    attempted_at: datetime | None
    succeeded_at: datetime | None
    silent_since_at: datetime | None
    failures: int
    breaker_open: bool
    reason: str | None
    detail: str | None
    told: int
    new: int
    problem_count: int
    problems: tuple[Mapping[str, Any], ...]
    allowed_networks: tuple[str, ...]


def pull_views(session: Session, pull_id: str | None = None) -> list[CloudPullView]:
    """Every pull by device and lot, or the one of an id; one statement."""
    asked = (
        select(CloudPull, Device.name, DeviceLot.lot_id, Lot.name, Lot.district_code)
        .join(Device, Device.id == CloudPull.device_id)
        .outerjoin(
            DeviceLot,
            (DeviceLot.device_id == CloudPull.device_id) & (DeviceLot.vendor_key == CloudPull.lot_key),
        )
        .outerjoin(Lot, Lot.id == DeviceLot.lot_id)
        .order_by(Device.name, CloudPull.lot_key)
    )
    if pull_id is not None:
        asked = asked.where(CloudPull.id == pull_id)
    return [_view(*row) for row in session.execute(asked)]


def _view(
    pull: CloudPull, device: str, lot_id: str | None, lot: str | None, district: str | None
) -> CloudPullView:
    return view_of(
        CloudPullView,
        pull,
        device_name=device,
        lot_id=lot_id,
        lot_name=lot,
        district_code=district,
        address=shown_url(pull.base_url),
        state=PullState(pull.state),
        breaker_open=breaker_is_open(pull.failures),
        problems=tuple(pull.problems),
        allowed_networks=tuple(pull.allowed_networks),
    )
