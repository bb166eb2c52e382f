"""How is a history kept? One row a step, numbered in its order, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column


class StepRow:
    """A table's columns: the step in its place, where it led, who took it, when and why."""

    place: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[str]
    state: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    text: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


def add_step(session: Session, row: StepRow, history: ColumnElement[bool]) -> None:
    """Put a step after the last one of its history. Whose history it is must be locked."""
    session.flush()
    taken = select(func.count()).select_from(type(row)).where(history)
    row.place = session.scalars(taken).one() + 1
    session.add(row)
    session.flush()
