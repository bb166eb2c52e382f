"""How is a stay paid for: charges asked of networks, refunds, dated entries, codes, and what lists agreed on?

Money is whole fen. What was paid is never a column that somebody overwrites: it is the sum of entries.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.attempts import Attempts
from parking.kernel.db.base import Base
from parking.kernel.ids import new_id


class Charge(Base):
    """One sum asked of one network for one visit, under an id that is the same at every attempt.

    A visit has at most one live charge (due, requested or in doubt) at a network. `reckoned_at` is the
    instant whose fee is asked. `next_at` is when the platform acts by itself: asks while it is due, queries
    while it is live or contradicted; None: nothing is to be done.
    """

    __tablename__ = "charges"
    __table_args__ = (
        Index(
            "uq_charges_live",
            "visit_id",
            "network",
            unique=True,
            postgresql_where=text("state in ('due', 'requested', 'in_doubt')"),
        ),
        Index("ix_charges_next", "next_at", postgresql_where=text("next_at is not null")),
        Index("ix_charges_lot", "lot_id", "made_at"),
        Index("ix_charges_visit", "visit_id"),
        CheckConstraint("amount_fen > 0", name="asks_for_something"),
        CheckConstraint(
            "state in ('due', 'requested', 'in_doubt', 'paid', 'refused', 'refunded')", name="state"
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: new_id(20))
    # An ETC lane's transaction may be known before its visit is.
    visit_id: Mapped[str | None]
    lot_id: Mapped[str]
    network: Mapped[str]
    state: Mapped[str]
    amount_fen: Mapped[int]
    reckoned_at: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    asks: Mapped[int] = mapped_column(default=0)
    # Silent answers and queries without a result since the last progress; decides the back-off.
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    reference: Mapped[str | None]
    reason: Mapped[str | None]
    pay_url: Mapped[str | None]
    # The network told two things that cannot both be true; its answer to a query decides.
    contradicted: Mapped[bool] = mapped_column(default=False)


class ChargeRefund(Base):
    """Money to be given back on a charge, under an id that is the same at every attempt."""

    __tablename__ = "charge_refunds"
    __table_args__ = (
        Index("ix_charge_refunds_charge", "charge_id"),
        Index("ix_charge_refunds_next", "next_at", postgresql_where=text("next_at is not null")),
        CheckConstraint("amount_fen > 0", name="gives_something"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=lambda: new_id(20))
    charge_id: Mapped[str] = mapped_column(ForeignKey("charges.id"))
    # due, requested, in_doubt, made, refused
    state: Mapped[str]
    amount_fen: Mapped[int]
    reason: Mapped[str]
    asked_by: Mapped[str]
    made_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class ChargeEntry(Base):
    """A dated line of money: payments positive, refunds and corrections of what was told wrongly signed.

    Never changed and never deleted. `on` is the city day of `at`, the network's time where it told one.
    """

    __tablename__ = "charge_entries"
    __table_args__ = (
        Index("ix_charge_entries_lot_on", "lot_id", "on"),
        Index("ix_charge_entries_network_on", "network", "on"),
        Index("ix_charge_entries_charge", "charge_id"),
        CheckConstraint("fen <> 0", name="moves_something"),
        CheckConstraint("kind in ('payment', 'refund', 'correction')", name="kind"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    charge_id: Mapped[str] = mapped_column(ForeignKey("charges.id"))
    refund_id: Mapped[str | None] = mapped_column(ForeignKey("charge_refunds.id"), unique=True)
    lot_id: Mapped[str]
    network: Mapped[str]
    kind: Mapped[str]
    fen: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    on: Mapped[date]
    recorded_at: Mapped[datetime]


class EtcTransaction(Base):
    """An ETC lane's own transaction as the lane reported it, once by terminal (with its lot) and number."""

    __tablename__ = "etc_transactions"
    __table_args__ = (
        Index("ix_etc_transactions_open", "received_at", postgresql_where=text("visit_id is null")),
        CheckConstraint("fee_fen >= 0", name="fee"),
        CheckConstraint("num_nulls(plate_month, plate_hash) in (0, 2)", name="hash_has_its_month"),
    )

    terminal: Mapped[str] = mapped_column(primary_key=True)
    transaction_no: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    lot_id: Mapped[str]
    lane_id: Mapped[str | None]
    at: Mapped[datetime]
    entered_at: Mapped[datetime | None]
    fee_fen: Mapped[int]
    # Proves the transaction to the clearing centre; not a secret of ours, shown to nobody.
    tac: Mapped[str | None]
    plate_month: Mapped[date | None]
    plate_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    visit_id: Mapped[str | None]
    charge_id: Mapped[str | None] = mapped_column(ForeignKey("charges.id"))
    received_at: Mapped[datetime]


class ChargeLot(Base):
    """Which network charges which lot, and by which name the network knows the lane (or lot)."""

    __tablename__ = "charge_lots"

    lot_id: Mapped[str] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(primary_key=True)
    lane_key: Mapped[str | None]
    joined_at: Mapped[datetime]
    joined_by: Mapped[str]


class VisitCode(Base):
    """The visit's one-time code, hashed; a new one takes the place of the old."""

    __tablename__ = "visit_codes"
    __table_args__ = (Index("uq_visit_codes_code", "lot_id", "code_hash", unique=True),)

    visit_id: Mapped[str] = mapped_column(primary_key=True)
    lot_id: Mapped[str]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class PayTicket(Base):
    """What somebody who entered the right code may see for a while: one visit's fee. Kept as a hash."""

    __tablename__ = "pay_tickets"
    __table_args__ = (Index("ix_pay_tickets_expires_at", "expires_at"),)

    ticket_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    visit_id: Mapped[str]
    expires_at: Mapped[datetime]


class CodeAttempts(Attempts, Base):
    """How many wrong codes a lot, or a network of callers, saw."""

    __tablename__ = "code_attempts"

    number: Mapped[int] = mapped_column("failures")


class Reconciliation(Base):
    """A network's list of a city day against ours, as last compared."""

    __tablename__ = "reconciliations"

    network: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    compared_at: Mapped[datetime]
    ours_fen: Mapped[int] = mapped_column(BigInteger)
    theirs_fen: Mapped[int] = mapped_column(BigInteger)
    matched: Mapped[int]
    differing: Mapped[int]


class ReconciliationLine(Base):
    """One difference of a day: only ours, only theirs, or another amount."""

    __tablename__ = "reconciliation_lines"

    network: Mapped[str] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    charge_id: Mapped[str] = mapped_column(primary_key=True)
    # Whether the line is about money given back.
    is_refund: Mapped[bool] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ours_fen: Mapped[int | None] = mapped_column(BigInteger)
    theirs_fen: Mapped[int | None] = mapped_column(BigInteger)
    reference: Mapped[str | None]
