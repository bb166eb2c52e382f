"""What were an agreement's parties asked and told, and what did they answer? Rows are never changed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base


class AgreementQuestion(Base):
    """Nobody used an agreement's spaces in the month of `month_on`: what its parties were asked, once.

    `offered_minutes` are spaces x minutes, as the evidence counted them when it was asked.
    """

    __tablename__ = "agreement_questions"
    __table_args__ = (
        CheckConstraint("extract(day from month_on) = 1", name="month"),
        CheckConstraint("offered_minutes > 0", name="offered"),
    )

    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreements.id"), primary_key=True)
    month_on: Mapped[date] = mapped_column(primary_key=True)
    windows: Mapped[int]
    offered_minutes: Mapped[int]
    asked_at: Mapped[datetime]


class AgreementAnswer(Base):
    """What a party answered; whoever reached the owner at its desk wrote down the owner's."""

    __tablename__ = "agreement_answers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["agreement_id", "month_on"],
            ["agreement_questions.agreement_id", "agreement_questions.month_on"],
            name="fk_agreement_answers_agreement_id",
        ),
        CheckConstraint("party in ('owner', 'operator', 'supervisor')", name="party"),
    )

    agreement_id: Mapped[str] = mapped_column(primary_key=True)
    month_on: Mapped[date] = mapped_column(primary_key=True)
    party: Mapped[str] = mapped_column(primary_key=True)
    proposes_end: Mapped[bool]
    reason: Mapped[str]
    answered_at: Mapped[datetime]
    answered_by: Mapped[str]


class LeftoversTold(Base):
    """The evening on which the parties were told what to expect of the next morning; once for an evening."""

    __tablename__ = "leftovers_told"

    agreement_id: Mapped[str] = mapped_column(ForeignKey("agreements.id"), primary_key=True)
    evening_on: Mapped[date] = mapped_column(primary_key=True)
    expected: Mapped[int]
    overdue: Mapped[int]
    told_at: Mapped[datetime]
