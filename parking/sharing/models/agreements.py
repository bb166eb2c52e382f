"""What did the three parties of a shared lot agree, and who confirmed it?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from parking.accounts.models import Organisation
from parking.kernel.db.base import Base
from parking.kernel.ids import new_id
from parking.lots.models import Lot
from parking.tariffs.models import Tariff


class Agreement(Base):
    """共享协议 of a lot, holding on the city days [from_on, until_on).

    `filing_id` is the filing that proposed it, whose papers are its papers. With notice given, `until_on` is
    the day of the end and `ending_for` says why.
    """

    __tablename__ = "agreements"
    __table_args__ = (
        CheckConstraint("from_on < until_on", name="days"),
        CheckConstraint(
            "state in ('drafted', 'proposed', 'confirmed', 'in_force', 'suspended', 'ended')", name="state"
        ),
        Index("ix_agreements_lot_id", "lot_id"),
        Index("ix_agreements_organisation_id", "organisation_id"),
        Index("ix_agreements_state", "state", "until_on"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str | None] = mapped_column(unique=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey(Lot.id))
    organisation_id: Mapped[str] = mapped_column(ForeignKey(Organisation.id))
    filing_id: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date]
    notice_days: Mapped[int]
    withdraw_before_minutes: Mapped[int]
    grace_minutes: Mapped[int]
    overstays_suspend: Mapped[int | None]
    on_overstay: Mapped[str]
    insurance: Mapped[str]
    house_rules: Mapped[str]
    tariff_id: Mapped[str | None] = mapped_column(ForeignKey(Tariff.id))
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    in_force_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspended_for: Mapped[str | None]
    notice_at: Mapped[datetime | None]
    ending_for: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    parties: Mapped[list[AgreementParty]] = relationship(cascade="all, delete-orphan")
    parts: Mapped[list[AgreementPart]] = relationship(
        cascade="all, delete-orphan", order_by="AgreementPart.space_class"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class AgreementParty(Base):
    """One of the three, with its duties and the desk that answers for them; how and when it confirmed.

    `paper_id`: the signed paper by which the officer who saw it wrote the confirmation down.
    """

    __tablename__ = "agreement_parties"
    __table_args__ = (CheckConstraint("party in ('owner', 'operator', 'supervisor')", name="party"),)

    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreements.id"), primary_key=True)
    party: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    contact: Mapped[str]
    duties: Mapped[str]
    officer_id: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]
    paper_id: Mapped[str | None]


class AgreementPart(Base):
    """The spaces of one class that are lent, when (OSM text), and how many of them in each window."""

    __tablename__ = "agreement_parts"
    __table_args__ = (CheckConstraint("0 < quota and quota <= spaces", name="quota"),)

    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreements.id"), primary_key=True)
    space_class: Mapped[str] = mapped_column(primary_key=True)
    spaces: Mapped[int]
    opening_hours: Mapped[str]
    quota: Mapped[int]


class AgreementSeries(Base):
    """The last number that an agreement of a year drew; locked until it is kept."""

    __tablename__ = "agreement_series"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
