"""What was filed, step by step, and what did the bureau answer?

Steps and notices are append-only: the database refuses to change them.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.accounts.models import Organisation
from parking.kernel.db.base import Base
from parking.kernel.ids import new_id
from parking.lots.models import Lot

_WAITING = "state IN ('submitted', 'accepted')"
_OPEN = "state IN ('drafted', 'submitted', 'correction_requested', 'accepted')"
_SUBMITTED_OPEN = "state IN ('submitted', 'correction_requested', 'accepted')"


class Filing(Base):
    """备案申请. `answers` as `rules.questions` describes them; `base` is what stood there at the drafting.

    `lot_name`, `district_code` and `organisation_name` repeat what the answers and the accounts say, so that
    the queue is read from one index.
    """

    __tablename__ = "filings"
    __table_args__ = (
        Index("ix_filings_waiting", "due_on", "id", postgresql_where=text(_WAITING)),
        Index(
            "ix_filings_waiting_district", "district_code", "due_on", "id", postgresql_where=text(_WAITING)
        ),
        Index("ix_filings_state_due", "state", "due_on", "id"),
        Index("ix_filings_state_submitted", "state", "submitted_at", "id"),
        Index("ix_filings_submitted", "submitted_at", "id", postgresql_where=text("number IS NOT NULL")),
        Index("ix_filings_organisation", "organisation_id", "updated_at", "id"),
        Index(
            "ix_filings_claimed",
            "claimed_by",
            "due_on",
            "id",
            postgresql_where=text(f"claimed_by IS NOT NULL AND {_WAITING}"),
        ),
        # A second open filing of the same kind for the same lot is refused; what its last holder left open
        # does not stop the next.
        Index(
            "ux_filings_open",
            "lot_id",
            "kind",
            "organisation_id",
            unique=True,
            postgresql_where=text(_OPEN),
        ),
        # Drafts claim nothing: a lot is spoken for by what was submitted.
        Index("ux_filings_open_claim", "claimed_lot_id", unique=True, postgresql_where=text(_SUBMITTED_OPEN)),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str | None] = mapped_column(unique=True)
    kind: Mapped[str]
    state: Mapped[str]
    organisation_id: Mapped[str] = mapped_column(ForeignKey(Organisation.id))
    organisation_name: Mapped[str]
    lot_id: Mapped[str | None] = mapped_column(ForeignKey(Lot.id))
    claimed_lot_id: Mapped[str | None] = mapped_column(ForeignKey(Lot.id))
    certificate_number: Mapped[str | None]
    lot_name: Mapped[str]
    district_code: Mapped[str | None]
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    base: Mapped[dict[str, Any]] = mapped_column(JSONB)
    due_what: Mapped[str | None]
    due_on: Mapped[date | None]
    reminded_on: Mapped[date | None]
    claimed_by: Mapped[str | None]
    claimed_until_at: Mapped[datetime | None]
    declared_by: Mapped[str | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    # The version that was submitted: the same submit a second time is answered, not taken again.
    submitted_version: Mapped[int | None]
    # What was submitted the last time, so that a correction shows what it changed.
    submitted_answers: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int] = mapped_column(default=1)


class FilingPaper(Base):
    """A file attached for a document of the checklist; withdrawn, it stays as evidence."""

    __tablename__ = "filing_papers"
    __table_args__ = (Index("ix_filing_papers_filing", "filing_id", "added_at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    filing_id: Mapped[str] = mapped_column(ForeignKey(Filing.id))
    document_key: Mapped[str]
    sha256: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    name: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None]


class FilingStep(Base):
    """One step of a filing: who, when, why, where it led and what was due then. Never changed."""

    __tablename__ = "filing_steps"
    __table_args__ = (Index("ix_filing_steps_filing", "filing_id", "number"),)

    number: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    filing_id: Mapped[str] = mapped_column(ForeignKey(Filing.id))
    step: Mapped[str]
    state: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str | None]
    due_what: Mapped[str | None]
    due_on: Mapped[date | None]
    notice_number: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Certificate(Base):
    """备案证明 of a lot, held by an organisation on [from_on, until_on). One that stands per lot.

    `answers` is what was filed and stands; `code` is what a QR code carries.
    """

    __tablename__ = "certificates"
    __table_args__ = (
        Index(
            "ux_certificates_standing",
            "lot_id",
            unique=True,
            postgresql_where=text("state IN ('valid', 'expiring', 'expired')"),
        ),
        Index("ix_certificates_state_until", "state", "until_on"),
        Index("ix_certificates_organisation", "organisation_id", "number"),
    )

    number: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    lot_id: Mapped[str] = mapped_column(ForeignKey(Lot.id))
    organisation_id: Mapped[str] = mapped_column(ForeignKey(Organisation.id))
    organisation_name: Mapped[str]
    lot_name: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date]
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # The filing that was approved last, and the paper that it printed.
    filing_id: Mapped[str] = mapped_column(ForeignKey(Filing.id))
    notice_number: Mapped[str]
    editions: Mapped[int]
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revocation: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Notice(Base):
    """A numbered paper of the bureau, with what it said. Never changed.

    `serial` counts within kind and year without gaps; a certificate printed anew keeps its serial and counts
    its `edition`.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("kind", "year", "serial", "edition"),
        Index("ix_notices_filing", "filing_id"),
        Index("ix_notices_certificate", "certificate_number"),
    )

    number: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    year: Mapped[int]
    serial: Mapped[int]
    edition: Mapped[int] = mapped_column(default=1)
    filing_id: Mapped[str] = mapped_column(ForeignKey(Filing.id))
    certificate_number: Mapped[str | None]
    issued_at: Mapped[datetime]
    issued_by: Mapped[str]
    due_on: Mapped[date | None]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class NumberSeries(Base):
    """The last number used of a series in a year; locked until its transaction ends, so no gap appears."""

    __tablename__ = "number_series"

    kind: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
