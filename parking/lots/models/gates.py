"""Which lanes do vehicles pass, which devices tell of it, and for which lots may a client speak?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from parking.accounts.models import Client
from parking.kernel.db.base import Base
from parking.kernel.ids import new_id
from parking.lots.models.register import Entrance, Lot


class Lane(Base):
    """A lane of a lot. `direction`: entry, exit, or told by each event. `space_class` null: general.

    `counting_source` names the one device or client whose passages count here; all others are evidence.
    """

    __tablename__ = "lanes"
    __table_args__ = (
        Index(
            "ix_lanes_lot_id_name", "lot_id", "name", unique=True, postgresql_where=text("closed_at IS NULL")
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[str] = mapped_column(ForeignKey(Lot.id))
    # A lot's entrances may be written anew; the lane stays.
    entrance_id: Mapped[str | None] = mapped_column(ForeignKey(Entrance.id, ondelete="SET NULL"))
    name: Mapped[str]
    direction: Mapped[str]
    space_class: Mapped[str | None]
    counting_source: Mapped[str | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Device(Base):
    """A camera, a sensor or a vendor's cloud that tells us of passages, found by the secret in its address.

    Of the address only hashes are kept; the secrets that sign are sealed, because they must be read.
    """

    __tablename__ = "devices"
    __table_args__ = (
        UniqueConstraint("secret_hash"),
        Index(
            "ix_devices_dialect_serial",
            "dialect",
            "serial",
            unique=True,
            postgresql_where=text("disabled_at IS NULL"),
        ),
        Index("ix_devices_lot_id", "lot_id"),
        CheckConstraint("lane_id IS NULL OR lot_id IS NOT NULL", name="lane_of_a_lot"),
        CheckConstraint("silence_after_s BETWEEN 60 AND 604800", name="silence"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    kind: Mapped[str]
    role: Mapped[str]
    dialect: Mapped[str]
    serial: Mapped[str | None]
    lot_id: Mapped[str | None] = mapped_column(ForeignKey(Lot.id))
    lane_id: Mapped[str | None] = mapped_column(ForeignKey(Lane.id))
    space_class: Mapped[str | None]
    # Of a clock that tells no offset.
    time_zone: Mapped[str]
    silence_after_s: Mapped[int]
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary)
    old_secret_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until_at: Mapped[datetime | None]
    signing_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_signing_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_signing_until_at: Mapped[datetime | None]
    # The TOML text of a sorted-parameters profile.
    profile: Mapped[str | None]
    registered_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class DeviceLot(Base):
    """A lot as a vendor's cloud names it."""

    __tablename__ = "device_lots"
    __table_args__ = (Index("ix_device_lots_lot_id", "lot_id"),)

    device_id: Mapped[str] = mapped_column(ForeignKey(Device.id), primary_key=True)
    vendor_key: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey(Lot.id))


class DeviceLane(Base):
    """A lane as a device names it, within a lot."""

    __tablename__ = "device_lanes"

    device_id: Mapped[str] = mapped_column(ForeignKey(Device.id), primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey(Lot.id), primary_key=True)
    vendor_key: Mapped[str] = mapped_column(primary_key=True)
    lane_id: Mapped[str] = mapped_column(ForeignKey(Lane.id))


class DeviceSighting(Base):
    """When a device was last heard, and how far its clock was ahead of ours (negative: behind) in seconds.

    Apart from the device, because it is written by every web worker and never by an administrator.
    """

    __tablename__ = "device_sightings"

    device_id: Mapped[str] = mapped_column(ForeignKey(Device.id), primary_key=True)
    # Null: never heard, and that was noticed.
    last_seen_at: Mapped[datetime | None]
    last_event_at: Mapped[datetime | None]
    skew_s: Mapped[int | None]
    # Since when its silence was told; null while all is well.
    silent_since_at: Mapped[datetime | None]


class UnknownDevice(Base):
    """A device that spoke to us and that nobody registered; `serial` empty where it named none."""

    __tablename__ = "unknown_devices"

    dialect: Mapped[str] = mapped_column(primary_key=True)
    serial: Mapped[str] = mapped_column(primary_key=True)
    network: Mapped[str]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    times: Mapped[int]


class ClientLot(Base):
    """This client may speak for this lot."""

    __tablename__ = "client_lots"

    client_id: Mapped[str] = mapped_column(ForeignKey(Client.id), primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey(Lot.id), primary_key=True)
    granted_at: Mapped[datetime]
