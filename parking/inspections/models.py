"""What is kept of plans, visits, findings and scores?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base
from parking.kernel.db.steps import StepRow
from parking.kernel.ids import new_id


class InspectionPlan(Base):
    """Which lots are visited, for what, and by when; `rule` is null where they were picked by hand."""

    __tablename__ = "inspection_plans"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    name: Mapped[str]
    rule: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    due_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[str]


class Inspection(Base):
    """巡查: one visit to one lot; its name, type and district are those of the day it was planned.

    `items` are those asked on the day it began, frozen, each with its outcome, note and grade.
    """

    __tablename__ = "inspections"
    __table_args__ = (
        CheckConstraint("(state = 'finished') = (finished_at is not null)", name="finished"),
        Index("ix_inspections_plan_id", "plan_id"),
        Index("ix_inspections_lot_id", "lot_id", "kind", "finished_at"),
        Index("ix_inspections_state", "state", "due_on"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    plan_id: Mapped[str | None] = mapped_column(ForeignKey("inspection_plans.id"))
    kind: Mapped[str]
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    place: Mapped[str]
    lot_type: Mapped[str]
    district_code: Mapped[str | None]
    state: Mapped[str]
    due_on: Mapped[date | None]
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    note: Mapped[str | None]
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    saved_at: Mapped[datetime | None]
    saved_by: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    finished_by: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


class Finding(Base):
    """问题: what is wrong at a lot or a road point. `version` rises with each decision, never with a photo.

    `escalation` is how loudly the step that is owed by `due_on` was asked for: 0 not yet.
    """

    __tablename__ = "findings"
    __table_args__ = (
        CheckConstraint("lot_id is not null or place <> ''", name="has_subject"),
        CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed"),
        CheckConstraint("handed_over_at is null or handed_over_at >= found_at", name="handed_over"),
        Index("ix_findings_lot_id", "lot_id", "found_at"),
        Index("ix_findings_state", "state", "due_on"),
        Index("ix_findings_inspection_id", "inspection_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    inspection_id: Mapped[str | None] = mapped_column(ForeignKey("inspections.id"))
    item_key: Mapped[str | None]
    item_zh: Mapped[str | None]
    item_en: Mapped[str | None]
    lot_id: Mapped[str | None] = mapped_column(ForeignKey("lots.id"))
    reference: Mapped[str | None]
    place: Mapped[str]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    district_code: Mapped[str | None]
    grade: Mapped[str]
    text: Mapped[str]
    state: Mapped[str]
    due_on: Mapped[date | None]
    escalation: Mapped[int] = mapped_column(default=0)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("inspection_orders.id"))
    found_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    handed_over_at: Mapped[datetime | None]
    handed_over_to: Mapped[str | None]
    handover_answer: Mapped[str | None]
    handover_answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class FindingStepTaken(StepRow, Base):
    """One step of a finding, in order: who, when, why, and by when the next is owed."""

    __tablename__ = "finding_steps"

    finding_id: Mapped[str] = mapped_column(ForeignKey("findings.id"), primary_key=True)
    due_on: Mapped[date | None]


class FindingPaper(Base):
    """A photo of a finding, or evidence that it was put right; the content lies in the file store."""

    __tablename__ = "finding_papers"
    __table_args__ = (UniqueConstraint("finding_id", "sha256"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    finding_id: Mapped[str] = mapped_column(ForeignKey("findings.id"))
    step: Mapped[str]
    sha256: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    name: Mapped[str]
    added_at: Mapped[datetime]
    added_by: Mapped[str]


class InspectionOrder(Base):
    """整改通知书: an order to put right, numbered, its content frozen when it was issued."""

    __tablename__ = "inspection_orders"
    __table_args__ = (Index("ix_inspection_orders_lot_id", "lot_id"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(unique=True)
    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"))
    issued_at: Mapped[datetime]
    issued_by: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class InspectionNumber(Base):
    """The last number of a series in a year: numbers have no gaps, since they roll back with their row."""

    __tablename__ = "inspection_numbers"

    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class InspectionSending(Base):
    """A form that arrived: the same key from the same sender again is the same sending."""

    __tablename__ = "inspection_sendings"

    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    about: Mapped[str]
    result: Mapped[str]
    at: Mapped[datetime]


class LotScore(Base):
    """考核得分: a lot's month, as it was reckoned at an instant; a later reckoning has the next revision.

    `until_at` is up to when the month was known; only a month that was not over is reckoned anew in place.
    """

    __tablename__ = "lot_scores"
    __table_args__ = (Index("ix_lot_scores_month_on", "month_on"),)

    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    month_on: Mapped[date] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    until_at: Mapped[datetime]
    reckoned_at: Mapped[datetime]
    points: Mapped[float]
    out_of: Mapped[float]
    percent: Mapped[float | None]
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
