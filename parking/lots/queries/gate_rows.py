"""What do the tables say of devices, lanes and clients, in as few statements as there are tables?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, bindparam, case, select, text
from sqlalchemy.orm import Session

from parking.accounts.models import Client, ClientKey
from parking.lots.models import ClientLot, Device, DeviceLane, DeviceLot, Lane, Lot

Rows = Sequence[Any]


@dataclass(frozen=True, slots=True)
class GateRows:
    """Rows in a fixed order, so that two readings of the same state are equal."""

    lots: Rows
    lanes: Rows
    devices: Rows
    device_lots: Rows
    device_lanes: Rows
    clients: Rows
    keys: Rows
    client_lots: Rows


_LANES = (
    select(
        Lane.id,
        Lane.lot_id,
        Lane.entrance_id,
        Lane.name,
        Lane.direction,
        Lane.space_class,
        Lane.counting_source,
    )
    .where(Lane.closed_at.is_(None))
    .order_by(Lane.name, Lane.id)
)
_DEVICES = (
    select(
        Device.id,
        Device.name,
        Device.kind,
        Device.role,
        Device.dialect,
        Device.serial,
        Device.lot_id,
        Device.lane_id,
        Device.space_class,
        Device.time_zone,
        Device.silence_after_s,
        Device.secret_hash,
        Device.old_secret_hash,
        Device.old_secret_until_at,
        Device.signing_sealed,
        # A snapshot is made anew only where its rows differ: that one ran out must be a difference.
        case((Device.old_signing_until_at > bindparam("now"), Device.old_signing_sealed)).label(
            "old_signing_sealed"
        ),
        Device.old_signing_until_at,
        Device.profile,
    )
    .where(Device.disabled_at.is_(None))
    .order_by(Device.id)
)
_CLIENTS = select(Client.id, Client.name, Client.scopes, Client.sandbox, Client.disabled_at).order_by(
    Client.id
)


# Each version of a row has a transaction and a place of its own: whatever is added, changed or removed
# changes the sum. What runs out by itself is counted beside it.
_OF_TABLE = "select coalesce(sum(hashtext(t.ctid::text || t.xmin::text)::bigint), 0) from {} t"
_TABLES = ("lots", "lanes", "devices", "device_lots", "device_lanes", "clients", "client_keys", "client_lots")
_STAMP = text(
    "select "  # noqa: S608 - only the constants above
    + ", ".join(f"({_OF_TABLE.format(table)})" for table in _TABLES)
    + """,
    (select count(*) from client_keys where expires_at <= :now),
    (select count(*) from devices where old_signing_until_at <= :now)
    """
)


def gate_stamp(session: Session, now: datetime) -> tuple[int, ...]:
    """Equal for two moments with the same rows, and much cheaper to ask for than they are."""
    return tuple(session.execute(_STAMP, {"now": now}).one())


def gate_rows(session: Session, now: datetime) -> GateRows:
    """Everything that a snapshot is made of; of secrets that may be replaced only those still good."""
    keys = (
        select(
            ClientKey.client_id, ClientKey.key_hash, ClientKey.hint, ClientKey.sealed, ClientKey.expires_at
        )
        .where(ClientKey.sealed.is_not(None), ClientKey.expires_at.is_(None) | (ClientKey.expires_at > now))
        .order_by(ClientKey.made_at.desc(), ClientKey.key_hash)
    )

    def read(asked: Executable) -> Rows:
        return session.execute(asked, {"now": now} if asked is _DEVICES else None).all()

    return GateRows(
        lots=read(select(Lot.id, Lot.code).order_by(Lot.id)),
        lanes=read(_LANES),
        devices=read(_DEVICES),
        device_lots=read(
            select(DeviceLot.device_id, DeviceLot.vendor_key, DeviceLot.lot_id).order_by(
                DeviceLot.device_id, DeviceLot.vendor_key
            )
        ),
        device_lanes=read(
            select(
                DeviceLane.device_id, DeviceLane.lot_id, DeviceLane.vendor_key, DeviceLane.lane_id
            ).order_by(DeviceLane.device_id, DeviceLane.lot_id, DeviceLane.vendor_key)
        ),
        clients=read(_CLIENTS),
        keys=read(keys),
        client_lots=read(
            select(ClientLot.client_id, ClientLot.lot_id, ClientLot.granted_at).order_by(
                ClientLot.client_id, ClientLot.lot_id
            )
        ),
    )
