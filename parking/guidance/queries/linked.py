"""By which ids does a source speak for which lots?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.guidance.models import SourceLot


@dataclass(frozen=True, slots=True)
class LinkView:
    """A lot as a source names it, and the lot of the register that it is."""

    external_id: str
    lot_id: str
    linked_at: datetime
    linked_by: str


def link_views(session: Session, source_id: str) -> list[LinkView]:
    """The links of a source, by its ids."""
    columns = (SourceLot.external_id, SourceLot.lot_id, SourceLot.linked_at, SourceLot.linked_by)
    asked = select(*columns).where(SourceLot.source_id == source_id).order_by(SourceLot.external_id)
    return [LinkView(*row) for row in session.execute(asked)]
