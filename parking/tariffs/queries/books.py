"""How is the book read, whole or for one lot, and what of it stays read?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

import structlog
from sqlalchemy import Row, Select, select, text
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.tariffs.models import LotTariffRow, Tariff, TariffVersion
from parking.tariffs.queries.book import (
    Assigned,
    PricedQuote,
    Published,
    TariffBook,
    tariff_timelines,
    timelines_of,
)
from parking.tariffs.rules.document import read
from parking.tariffs.rules.errors import TariffInvalid
from parking.tariffs.rules.quotes import Stay
from parking.tariffs.rules.tariff import TariffRules
from parking.tariffs.rules.versions import Price, VersionState

_log = structlog.get_logger(__name__)
# A row's place and the transaction that wrote it change whenever the row does; a row more or less changes the
# sum.
_OF_TABLE = "(select coalesce(sum(hashtext(t.ctid::text || t.xmin::text)::bigint), 0) from {} t)"
_STAMP = text(
    "select " + ", ".join(_OF_TABLE.format(table) for table in ("tariffs", "tariff_versions", "tariff_lots"))
)
_ASSIGNED = select(
    LotTariffRow.lot_id, LotTariffRow.from_on, LotTariffRow.tariff_id, LotTariffRow.zone
).order_by(LotTariffRow.lot_id, LotTariffRow.from_on)
_PUBLISHED = (
    select(TariffVersion, Tariff)
    .join(Tariff, Tariff.id == TariffVersion.tariff_id)
    .where(TariffVersion.state == VersionState.PUBLISHED)
    .order_by(Tariff.id, TariffVersion.from_on)
)


def tariff_book(session: Session, now: datetime, before: TariffBook | None = None) -> TariffBook:
    """The book as it stands; `before` itself where nothing changed since, and whatever it had read.

    Raises ProfileMissing before a city was loaded.
    """
    stamp = (city.time_zone(session, now).key, *session.execute(_STAMP).one())
    calendar = city.calendar(session)
    if before is not None and before.calendar == calendar:
        if before.stamp == stamp:
            return before
        # The same object, so that what was made of it serves on.
        calendar = before.calendar
    published = _published(session, before.rules if before else {})
    lots = _assigned(session.execute(_ASSIGNED))
    zone = city.time_zone(session, now)
    return TariffBook(
        stamp,
        calendar,
        timelines_of(lots, published, zone),
        {each.version_id: each.rules for each in published if each.rules},
        tariff_timelines(published, zone),
    )


def quote_for(session: Session, lot_id: str, stay: Stay, tariff_id: str | None = None) -> PricedQuote:
    """The fee of a stay at one lot, read this moment, by the lot's tariff unless another is told.

    Raises StayRefused, ProfileMissing.
    """
    lots = _assigned(session.execute(_ASSIGNED.where(LotTariffRow.lot_id == lot_id)))
    own = {row.tariff_id for rows in lots.values() for row in rows if row.tariff_id}
    tariff_ids = own if tariff_id is None else {tariff_id}
    if not tariff_ids:
        return PricedQuote(Price.UNKNOWN)
    published = _published(session, {}, _PUBLISHED.where(Tariff.id.in_(tariff_ids)))
    zone = city.time_zone(session, stay.entered_at)
    if tariff_id is None:
        timelines = timelines_of(lots, published, zone)
    else:
        told = tariff_timelines(published, zone).get(tariff_id)
        timelines = {lot_id: told} if told else {}
    return TariffBook(None, city.calendar(session), timelines, {}).quote(lot_id, stay)


def _assigned(rows: Iterable[Row[tuple[str, date, str | None, str | None]]]) -> dict[str, list[Assigned]]:
    lots: dict[str, list[Assigned]] = {}
    for row in rows:
        lots.setdefault(row.lot_id, []).append(Assigned(row.from_on, row.tariff_id, row.zone))
    return lots


def _published(
    session: Session,
    known: Mapping[str, TariffRules],
    asked: Select[TariffVersion, Tariff] = _PUBLISHED,
) -> list[Published]:
    return [
        Published(
            version_id=version.id,
            number=version.number,
            from_on=version.from_on,
            # What is published never changes.
            rules=known.get(version.id) or _rules(version),
            tariff_id=tariff.id,
            code=tariff.code,
            name=tariff.name,
        )
        for version, tariff in session.execute(asked)
    ]


def _rules(version: TariffVersion) -> TariffRules | None:
    try:
        return read(version.document)
    except TariffInvalid as invalid:
        # Published under earlier rules. A lot whose price nobody can tell has an unknown one.
        places = [problem.field for problem in invalid.problems]
        _log.error("tariff cannot be read", version_id=version.id, places=places)
        return None
