"""Which months' plates can still be told apart?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.plates.models import PlateKey


def sealed_keys(session: Session) -> Mapping[date, bytes | None]:
    """The sealed key of every month that ever had one, newest first; None where it was destroyed."""
    asked = select(PlateKey.month, PlateKey.sealed).order_by(PlateKey.month.desc())
    return {row.month: row.sealed for row in session.execute(asked)}


def living_months(session: Session, before: date) -> list[date]:
    """The months before a day whose key still exists, oldest first."""
    asked = select(PlateKey.month).where(PlateKey.month < before, PlateKey.sealed.is_not(None))
    return list(session.scalars(asked.order_by(PlateKey.month)))
