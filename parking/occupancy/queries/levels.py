"""At which service level did lots and sources tell their counts? Sums of the days that are written down."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, any_, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from parking.occupancy.models import LevelDay, SourceLevelDay
from parking.occupancy.rules import ServiceLevel


def service_levels(
    session: Session, lot_ids: Collection[str] | None, since_on: date, until_on: date
) -> dict[str, ServiceLevel]:
    """The level of these lots (None: of all) over the city dates [since_on, until_on), in one statement.

    Each class of a lot counts by itself. A lot none of whose minutes counted is absent: one that never told
    a count has no level, not a bad one.
    """
    by = (LevelDay.lot_id,)
    return {key[0]: level for key, level in _sums(session, by, _of_lots(lot_ids), since_on, until_on)}


def level_days(
    session: Session, lot_ids: Collection[str] | None, since_on: date, until_on: date
) -> dict[date, ServiceLevel]:
    """The level of these lots together, date by date; a date without a minute that counted is absent."""
    by = (LevelDay.on,)
    return {key[0]: level for key, level in _sums(session, by, _of_lots(lot_ids), since_on, until_on)}


def level_months(session: Session, lot_id: str, since_on: date, until_on: date) -> dict[date, ServiceLevel]:
    """The level of one lot by the first days of the months, the newest first."""
    months: dict[date, ServiceLevel] = {}
    for on, level in sorted(level_days(session, [lot_id], since_on, until_on).items(), reverse=True):
        first = on.replace(day=1)
        months[first] = months.get(first, ServiceLevel()) + level
    return months


def source_levels(session: Session, since_on: date, until_on: date) -> dict[str, ServiceLevel]:
    """The level of each source by its name, over all that it tells, in one statement."""
    by = (SourceLevelDay.source,)
    return {key[0]: level for key, level in _sums(session, by, None, since_on, until_on)}


def source_level_days(
    session: Session,
    sources: Collection[str],
    since_on: date,
    until_on: date,
    lot_ids: Collection[str] | None = None,
) -> dict[date, ServiceLevel]:
    """The level of these sources together on these lots (None: on all), date by date."""
    asked = _one_of(SourceLevelDay.source, sources)
    if lot_ids is not None:
        asked &= _one_of(SourceLevelDay.lot_id, lot_ids)
    return {key[0]: level for key, level in _sums(session, (SourceLevelDay.on,), asked, since_on, until_on)}


def levels_by_source_and_lot(
    session: Session, since_on: date, until_on: date
) -> dict[tuple[str, str], ServiceLevel]:
    """The level of each source on each of its lots, by (source, lot id)."""
    by = (SourceLevelDay.source, SourceLevelDay.lot_id)
    return {(key[0], key[1]): level for key, level in _sums(session, by, None, since_on, until_on)}


def _of_lots(lot_ids: Collection[str] | None) -> ColumnElement[bool] | None:
    return None if lot_ids is None else _one_of(LevelDay.lot_id, lot_ids)


def _one_of(column: InstrumentedAttribute[str], values: Collection[str]) -> ColumnElement[bool]:
    return column == any_(literal(list(values), ARRAY(Text)))


def _sums(
    session: Session,
    by: tuple[InstrumentedAttribute[Any], ...],
    which: ColumnElement[bool] | None,
    since_on: date,
    until_on: date,
) -> list[tuple[tuple[Any, ...], ServiceLevel]]:
    table = by[0].class_
    sums = (func.sum(column) for column in (table.due, table.fresh, table.suspect, table.unknown))
    asked = select(*by, *sums).where(table.on >= since_on, table.on < until_on)
    if which is not None:
        asked = asked.where(which)
    number = len(by)
    return [
        (tuple(row[:number]), ServiceLevel(*map(int, row[number:])))
        for row in session.execute(asked.group_by(*by).having(func.sum(table.due) > 0))
    ]
