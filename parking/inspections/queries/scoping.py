"""Whose is it to see? An officer's districts, or the lots of an organisation."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute

from parking.lots.models import Lot


def in_districts(column: InstrumentedAttribute[Any], districts: Collection[str]) -> ColumnElement[bool]:
    """Rows of these districts; none named is the whole city. A row without a district is the whole city's."""
    return column.in_(list(districts)) if districts else true()


def lots_of(column: InstrumentedAttribute[Any], organisation_id: str) -> ColumnElement[bool]:
    """Rows of the lots that an organisation has on file now."""
    return column.in_(select(Lot.id).where(Lot.organisation_id == organisation_id))
