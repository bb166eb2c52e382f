"""What was odd about a source, how did its pulls go hour by hour, and what is usual for a counter?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from parking.kernel.db.base import Base
from parking.kernel.ids import new_id


class Anomaly(Base):
    """Something odd that a rule saw: of a counter, of a lot (no class) or of a whole source (no lot).

    `source` is the name by which counts know it, so a gate's device may stand here too. `evidence` are the
    numbers as last seen. Open while `closed_at` is null; it closes by itself.
    """

    __tablename__ = "anomalies"
    __table_args__ = (
        Index(
            "ux_anomalies_open", "kind", "source", text("coalesce(lot_id, '')"),
            text("coalesce(space_class, '')"), unique=True, postgresql_where=text("closed_at is null"),
        ),
        Index("ix_anomalies_source", "source", "opened_at"),
        Index("ix_anomalies_lot_id", "lot_id", "opened_at"),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    source: Mapped[str]
    lot_id: Mapped[str | None] = mapped_column(ForeignKey("lots.id"))
    space_class: Mapped[str | None]
    # Since when what was seen has been so; judged at `opened_at`, last seen at `seen_at`.
    began_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB)


class SourceNotice(Base):
    """That a source is odd: one open row however many anomalies stand. `told_at`: the bureau heard of it."""

    __tablename__ = "source_notices"
    __table_args__ = (
        Index("ux_source_notices_open", "source", unique=True, postgresql_where=text("closed_at is null")),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str]
    opened_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class PullTally(Base):
    """How the pulls of an hour went. The hour that runs is in `pulls.tally`; older ones are rows here.

    `records` and `problems` are sums over the answers, `problem_kinds` the problems by kind; `least_records`
    and `most_records` are of one answer.
    """

    __tablename__ = "pull_tallies"
    __table_args__ = (Index("ix_pull_tallies_hour_at", "hour_at"),)

    source_id: Mapped[str] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    hour_at: Mapped[datetime] = mapped_column(primary_key=True)
    attempts: Mapped[int]
    successes: Mapped[int]
    records: Mapped[int]
    least_records: Mapped[int | None]
    most_records: Mapped[int | None]
    problems: Mapped[int]
    problem_kinds: Mapped[dict[str, int]] = mapped_column(JSONB)


class CounterCourse(Base):
    """The last day of a counter by quarters of an hour, and what is usual for it.

    `recent` are the occupied spaces of the slots that end at `until_at` and before, oldest first, null where
    unknown. `habit` is what was reckoned of its past (rules.health.habits), null before that.
    """

    __tablename__ = "counter_courses"
    __table_args__ = (Index("ix_counter_courses_reckoned_at", "reckoned_at"),)

    lot_id: Mapped[str] = mapped_column(ForeignKey("lots.id"), primary_key=True)
    space_class: Mapped[str] = mapped_column(primary_key=True)
    until_at: Mapped[datetime]
    recent: Mapped[list[int | None]] = mapped_column(ARRAY(Integer))
    reckoned_at: Mapped[datetime | None]
    habit: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
