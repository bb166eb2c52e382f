"""What was ordered to be put right, as it was written then?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from parking.inspections.errors import OrderNotFound
from parking.inspections.models import Finding, InspectionOrder
from parking.inspections.queries.scoping import in_districts, lots_of


@dataclass(frozen=True, slots=True)
class OrderView:
    """整改通知书: `content` is what stood in it when it was issued."""

    id: str
    number: str
    lot_id: str
    issued_at: datetime
    issued_by: str
    content: Mapping[str, Any]


def order(
    session: Session,
    order_id: str,
    *,
    districts: Collection[str] = (),
    organisation_id: str | None = None,
) -> OrderView:
    """One order. Raises OrderNotFound, also for what is another's to see."""
    mine = select(Finding.order_id).where(
        Finding.order_id == order_id, in_districts(Finding.district_code, districts)
    )
    query = select(InspectionOrder).where(InspectionOrder.id.in_(mine))
    if organisation_id is not None:
        query = query.where(lots_of(InspectionOrder.lot_id, organisation_id))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise OrderNotFound
    return OrderView(found.id, found.number, found.lot_id, found.issued_at, found.issued_by, found.content)
