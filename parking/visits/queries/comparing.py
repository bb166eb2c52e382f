"""What would a version of a tariff have brought on a month's real stays, beside what is in force now?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.kernel.days import midnight, month_after
from parking.tariffs import queries as tariffs
from parking.tariffs.rules.document import read
from parking.tariffs.rules.errors import StayRefused
from parking.tariffs.rules.quotes import Stay, quote
from parking.tariffs.rules.tariff import Days, TariffRules
from parking.visits.models.visits import Visit
from parking.visits.rules.comparing import Comparison, PricedTwice
from parking.visits.rules.pairing import Doubt, VisitState
from parking.visits.rules.pricing import priced_stay

_PART = 2_000
_SHARES = 10_000


class _Prices(NamedTuple):
    """What a lot has now, and in which zones of the two tariffs it lies."""

    now: TariffRules | None
    now_zone: str | None
    then_zone: str | None


def compare_version(
    session: Session,
    version_id: str,
    month: date,
    now: datetime,
    *,
    most: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Comparison:
    """A draft or published version against the rules in force at `now`, on the stays that began in a month.

    They are the closed stays with both ends at the lots that will have the tariff when the version begins, as
    they stand, exempt and monthly ones too. Above `most` of them a part is read, evenly; `progress` hears how
    many were read and about how many there are. Raises VersionNotFound, TariffInvalid.
    """
    version = tariffs.version(session, version_id)
    rules = read(version.document)
    since_on, until_on = month.replace(day=1), month_after(month)
    found = Comparison(since_on, until_on)
    held_on = max(version.from_on, city.today(session, now))
    prices = _prices(
        session,
        {each.lot_id: each.zone for each in tariffs.lots_of(session, version.tariff_id, held_on)},
        now,
    )
    zone = city.time_zone(session, now)
    where = _stays(prices, midnight(since_on, zone), midnight(until_on, zone))
    found.of_visits = session.scalars(select(func.count()).select_from(where.subquery())).one()
    if most is not None and found.of_visits > most:
        found.is_whole = False
        share = max(most * _SHARES // found.of_visits, 1)
        where = where.where(func.abs(func.hashtext(Visit.id)) % _SHARES < share)
    calendar = city.calendar(session)
    rows = session.execute(where.execution_options(yield_per=_PART))
    for part in rows.partitions():
        found.add(_priced(part, prices, rules, calendar))
        if progress is not None:
            progress(
                found.total.visits, found.of_visits if found.is_whole else min(most or 0, found.of_visits)
            )
    return found


def _prices(session: Session, zones: Mapping[str, str | None], now: datetime) -> dict[str, _Prices]:
    book = tariffs.tariff_book(session, now)
    prices = {}
    for lot_id, then_zone in zones.items():
        held = book.of(lot_id, now)
        prices[lot_id] = _Prices(held.rules if held else None, held.zone if held else None, then_zone)
    return prices


def _stays(lots: Collection[str], since_at: datetime, until_at: datetime) -> Select[*tuple[Any, ...]]:
    columns = (Visit.lot_id, Visit.entered_at, Visit.exited_at, Visit.stay, Visit.plate_kind, Visit.colour)
    return select(*columns).where(
        Visit.lot_id.in_(lots),
        # The entry, of those that have one: there is an index on it.
        Visit.seen_at >= since_at,
        Visit.seen_at < until_at,
        Visit.state == VisitState.CLOSED,
        Visit.entered_at.is_not(None),
        Visit.exited_at.is_not(None),
        or_(Visit.doubt.is_(None), Visit.doubt == Doubt.TOO_LONG),
    )


def _priced(
    rows: Sequence[Row[*tuple[Any, ...]]], prices: Mapping[str, _Prices], rules: TariffRules, calendar: Days
) -> Iterator[PricedTwice]:
    for row in rows:
        own = prices[row.lot_id]
        stay = priced_stay(
            row.entered_at, row.exited_at, colour=row.colour, plate_kind=row.plate_kind, stay=row.stay
        )
        now_fen = None if own.now is None else _fee(own.now, own.now_zone, stay, calendar)
        then_fen = _fee(rules, own.then_zone, stay, calendar)
        yield PricedTwice(row.lot_id, row.exited_at - row.entered_at, now_fen, then_fen)


def _fee(rules: TariffRules, zone: str | None, stay: Stay, calendar: Days) -> int | None:
    try:
        return quote(rules, stay if zone is None else replace(stay, zone=zone), calendar).fee_fen
    except StayRefused:
        return None
