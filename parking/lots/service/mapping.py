"""Which lot and lane does a vendor mean, and for which lots may a client speak?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.accounts import queries as accounts
from parking.accounts import service as accounts_service
from parking.accounts.rules import Scope
from parking.audit import service as audit
from parking.kernel.actors import Actor
from parking.kernel.errors import FieldProblem
from parking.lots.errors import DeviceRefused, LaneNotFound, LotNotFound
from parking.lots.models import ClientLot, DeviceLane, DeviceLot, Lot
from parking.lots.rules.gates import LONGEST_KEY, NOT_A_KEY, DeviceRole, client_source, device_source, is_key
from parking.lots.service.devices import leave_other_lots, working_device
from parking.lots.service.lanes import StoppedLane, open_lane, set_counting_source, stop_counting


def map_lot(
    session: Session, actor: Actor, device_id: str, vendor_key: str, lot_id: str | None, now: datetime
) -> list[StoppedLane]:
    """The device's `vendor_key` means this lot from now on; None: it means none, and its lanes neither.

    Returns the lanes where it counted and does no more. Raises DeviceNotFound, DeviceRefused, LotNotFound.
    """
    device = working_device(session, device_id)
    key = _key(vendor_key, "lot_key")
    if lot_id is not None and session.get(Lot, lot_id) is None:
        raise LotNotFound
    session.execute(delete(DeviceLot).where(DeviceLot.device_id == device.id, DeviceLot.vendor_key == key))
    if lot_id is not None:
        session.add(DeviceLot(device_id=device.id, vendor_key=key, lot_id=lot_id))
    session.flush()
    told = {"vendor_key": key, "lot": lot_id}
    audit.record(session, actor, "device:map_lot", "device", device.id, told, now)
    return leave_other_lots(session, actor, device, now)


def map_lane(
    session: Session,
    actor: Actor,
    device_id: str,
    lot_id: str,
    vendor_key: str,
    lane_id: str | None,
    now: datetime,
) -> None:
    """The device's `vendor_key` in this lot means this lane; None: it means none.

    A lane where nothing counts yet is counted by the device, unless that is kept as evidence.
    Raises DeviceNotFound, DeviceRefused, LaneNotFound.
    """
    device = working_device(session, device_id)
    key = _key(vendor_key, "lane_key")
    session.execute(
        delete(DeviceLane).where(
            DeviceLane.device_id == device.id, DeviceLane.lot_id == lot_id, DeviceLane.vendor_key == key
        )
    )
    if lane_id is not None:
        lane = open_lane(session, lane_id)
        if lane.lot_id != lot_id:
            raise LaneNotFound
        session.add(DeviceLane(device_id=device.id, lot_id=lot_id, vendor_key=key, lane_id=lane_id))
        if lane.counting_source is None and device.role == DeviceRole.COUNTING:
            set_counting_source(session, actor, lane_id, device_source(device.id), now)
    session.flush()
    told = {"lot": lot_id, "vendor_key": key, "lane": lane_id}
    audit.record(session, actor, "device:map_lane", "device", device.id, told, now)


def grant_lots(
    session: Session, actor: Actor, client_id: str, lot_ids: Collection[str], now: datetime
) -> list[StoppedLane]:
    """The lots for which a client may speak from now on; where it may tell no passages, it counts no more.

    Returns the lanes where it counted. Raises ClientNotFound, LotNotFound.
    """
    client = accounts.client(session, client_id)
    wanted = set(lot_ids)
    known = set(session.scalars(select(Lot.id).where(Lot.id.in_(wanted)))) if wanted else set()
    if known != wanted:
        raise LotNotFound
    before = set(session.scalars(select(ClientLot.lot_id).where(ClientLot.client_id == client_id)))
    if before != wanted:
        _write_grant(session, client_id, wanted - before, before - wanted, now)
        told = {"granted": sorted(wanted - before), "withdrawn": sorted(before - wanted)}
        audit.record(session, actor, "client:grant_lots", "client", client_id, told, now)
    counts_in = wanted if Scope.PASSAGES_WRITE in client.scopes else ()
    return stop_counting(session, actor, client_source(client_id), now, counts_in)


def disable_client(session: Session, actor: Actor, client_id: str, now: datetime) -> list[StoppedLane]:
    """No key of this client is good any more, and nothing of it counts. What it told stays.

    Returns the lanes where it counted. Raises ClientNotFound.
    """
    accounts_service.disable_client(session, actor, client_id, now)
    return stop_counting(session, actor, client_source(client_id), now)


def _write_grant(
    session: Session, client_id: str, added: Collection[str], withdrawn: Collection[str], now: datetime
) -> None:
    session.execute(
        delete(ClientLot).where(ClientLot.client_id == client_id, ClientLot.lot_id.in_(withdrawn))
    )
    rows = [{"client_id": client_id, "lot_id": lot_id, "granted_at": now} for lot_id in sorted(added)]
    if rows:
        session.execute(insert(ClientLot).values(rows).on_conflict_do_nothing())


def _key(text: str, field: str) -> str:
    key = text.strip()
    if not is_key(key):
        problem = FieldProblem(field, "not_a_key", NOT_A_KEY, {"most": LONGEST_KEY})
        raise DeviceRefused(problems=[problem])
    return key
