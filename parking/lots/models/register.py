"""Which lots exist, and where does each total come from? From dated entries of the space ledger."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from parking.accounts.models import Organisation
from parking.kernel.db.base import Base
from parking.kernel.ids import new_id


class Lot(Base):
    """停车场 / 路内停车路段. `code` is the register's number; `id` is what the public sees."""

    __tablename__ = "lots"
    __table_args__ = (
        CheckConstraint("lat between -90 and 90 and lon between -180 and 180", name="place"),
        CheckConstraint("max_height_cm is null or max_height_cm between 100 and 1000", name="height"),
        Index("ix_lots_place", "lat", "lon"),
        Index("ix_lots_organisation_id", "organisation_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str | None]
    kind: Mapped[str]
    type: Mapped[str]
    district_code: Mapped[str | None]
    address: Mapped[str | None]
    operator_name: Mapped[str | None]
    lat: Mapped[float]
    lon: Mapped[float]
    source_datum: Mapped[str]
    source_lat: Mapped[float]
    source_lon: Mapped[float]
    access: Mapped[str]
    opening_hours: Mapped[str | None]
    hours_note: Mapped[str | None]
    max_height_cm: Mapped[int | None]
    # The number under which the bureau filed the lot; an unfiled lot has none and its feed may correct it.
    filing_no: Mapped[str | None] = mapped_column(unique=True)
    # What the bureau decided about it: written by filings, read by whoever plans or publishes.
    # The certificate holds until the day before `certificate_until_on`.
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey(Organisation.id))
    certificate_no: Mapped[str | None]
    certificate_state: Mapped[str | None]
    certificate_until_on: Mapped[date | None]
    connected_since_at: Mapped[datetime | None]
    etc_since_on: Mapped[date | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    entrances: Mapped[list[Entrance]] = relationship(
        back_populates="lot", cascade="all, delete-orphan", order_by="Entrance.position"
    )
    space_groups: Mapped[list[SpaceGroup]] = relationship(
        back_populates="lot", cascade="all, delete-orphan", order_by="SpaceGroup.space_class"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class Entrance(Base):
    """A way in or out (`use`: entry, exit or both), with its point: where drivers are led."""

    __tablename__ = "entrances"
    __table_args__ = (UniqueConstraint("lot_id", "position"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    position: Mapped[int]
    name: Mapped[str]
    use: Mapped[str]
    lat: Mapped[float]
    lon: Mapped[float]
    source_datum: Mapped[str]
    source_lat: Mapped[float]
    source_lon: Mapped[float]

    lot: Mapped[Lot] = relationship(back_populates="entrances")


class SpaceGroup(Base):
    """The spaces of one class in a lot; `access` where it differs from the lot's."""

    __tablename__ = "space_groups"

    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    space_class: Mapped[str] = mapped_column(primary_key=True)
    access: Mapped[str | None]

    lot: Mapped[Lot] = relationship(back_populates="space_groups")


class EndedHours(Base):
    """Opening hours that a lot had until an instant: days that are over are judged by those that stood."""

    __tablename__ = "ended_hours"

    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    until_at: Mapped[datetime] = mapped_column(primary_key=True)
    opening_hours: Mapped[str | None]


class LedgerEntry(Base):
    """新增车位台账: spaces gained or lost on a date, and why. Never changed; a mistake gets its own entry.

    `metres` counts the marked line of non-motor bays. Every total is a sum of these rows.
    """

    __tablename__ = "space_ledger"
    __table_args__ = (
        Index("ix_space_ledger_lot_id_space_class", "lot_id", "space_class", "on"),
        CheckConstraint("change <> 0 or metres <> 0", name="says_something"),
    )

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    space_class: Mapped[str]
    on: Mapped[date]
    change: Mapped[int]
    metres: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str]
    note: Mapped[str | None]
    actor: Mapped[str]
    recorded_at: Mapped[datetime]
