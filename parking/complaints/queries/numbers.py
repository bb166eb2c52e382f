"""How many complaints, of what and where, how long until an answer, and what do they say of a lot?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from parking.city import queries as city
from parking.complaints.models import Complaint
from parking.complaints.queries.complaints import EVERYTHING, Reach, is_late
from parking.complaints.rules import (
    DOUBTING,
    ComplaintKind,
    ComplaintState,
    ComplaintTold,
    LotComplaintScore,
    doubt_limits,
    doubters,
    people_of,
    score,
    weights_of,
)
from parking.kernel.days import month_span, months_back

_CONFIRMED = and_(Complaint.is_confirmed.is_(True), Complaint.state == ComplaintState.CLOSED)
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of one kind, district, lot or month (`key`): what came, was answered, is owed late, was found to be so.

    `median_days` from coming to the first answer, in days of the calendar; None where nothing was answered.
    """

    key: str | None
    received: int
    answered: int
    overdue: int
    confirmed: int
    median_days: float | None


def _numbers(
    session: Session,
    by: ColumnElement[Any] | InstrumentedAttribute[Any],
    reach: Reach,
    today: date,
    span: tuple[datetime, datetime],
) -> list[Numbers]:
    """Numbers of what came within [from, until), grouped by a column, in its order."""
    waited = func.extract("epoch", Complaint.first_answered_at - Complaint.received_at)
    query = (
        select(
            by,
            func.count(),
            func.count(Complaint.first_answered_at),
            func.count().filter(is_late(today)),
            func.count().filter(_CONFIRMED),
            func.percentile_cont(0.5).within_group(waited),
        )
        .where(reach.holds(), Complaint.received_at >= span[0], Complaint.received_at < span[1])
        .group_by(by)
        .order_by(by)
    )
    return [
        Numbers(
            key, received, answered, overdue, confirmed, None if median is None else float(median) / _DAY_S
        )
        for key, received, answered, overdue, confirmed, median in session.execute(query)
    ]


def by_kind(session: Session, reach: Reach, today: date, span: tuple[datetime, datetime]) -> list[Numbers]:
    """Numbers of a span by what was complained about."""
    return _numbers(session, Complaint.kind, reach, today, span)


def by_district(
    session: Session, reach: Reach, today: date, span: tuple[datetime, datetime]
) -> list[Numbers]:
    """Numbers of a span by where the lots lie; None where no district is known."""
    return _numbers(session, Complaint.district_code, reach, today, span)


def by_lot(session: Session, reach: Reach, today: date, span: tuple[datetime, datetime]) -> list[Numbers]:
    """Numbers of a span by the lot's id; a lot without any is absent."""
    return _numbers(session, Complaint.lot_id, reach, today, span)


def by_month(session: Session, reach: Reach, today: date, zone: ZoneInfo, months: int = 12) -> list[Numbers]:
    """Numbers of the months up to this one, each "2026-11"; a month without any has zeros."""
    firsts = [*months_back(today, months)][::-1]
    span = (month_span(firsts[0], zone)[0], month_span(firsts[-1], zone)[1])
    label = func.to_char(func.timezone(str(zone), Complaint.received_at), "YYYY-MM")
    # The same words twice must be one expression to the server: grouped by its place in the list.
    found = {each.key: each for each in _numbers(session, label.label("month"), reach, today, span)}
    return [found.get(f"{first:%Y-%m}") or Numbers(f"{first:%Y-%m}", 0, 0, 0, 0, None) for first in firsts]


def lot_scores(
    session: Session, month_on: date, now: datetime, reach: Reach = EVERYTHING
) -> list[LotComplaintScore]:
    """What each lot with confirmed complaints of a month loses, most first; `month_on` is its first day.

    A complaint belongs to the month in which it came, whenever it was confirmed. The weights are today's.
    Raises ProfileMissing.
    """
    here = city.city_view(session, city.today(session, now))
    from_at, until_at = month_span(month_on, ZoneInfo(here.time_zone))
    query = (
        select(Complaint.lot_id, Complaint.kind, func.count())
        .where(
            reach.holds(),
            _CONFIRMED,
            Complaint.received_at >= from_at,
            Complaint.received_at < until_at,
        )
        .group_by(Complaint.lot_id, Complaint.kind)
    )
    confirmed: dict[str, dict[ComplaintKind, int]] = defaultdict(dict)
    for lot_id, kind, number in session.execute(query):
        confirmed[lot_id][ComplaintKind(kind)] = number
    weights = weights_of(here)
    scores = [score(lot_id, kinds, weights) for lot_id, kinds in confirmed.items()]
    return sorted(scores, key=lambda each: (-each.minus, -each.uncut, each.lot_id))


@dataclass(frozen=True, slots=True)
class DoubtedLot:
    """A lot whose count several people doubt now; `people` is how many networks and telephones they were."""

    lot_id: str
    place: str
    district_code: str | None
    people: int
    told: tuple[ComplaintTold, ...]

    @property
    def last_at(self) -> datetime:
        return max(each.received_at for each in self.told)


def doubted_lots(session: Session, now: datetime, reach: Reach = EVERYTHING) -> list[DoubtedLot]:
    """The lots whose counts are to be looked at, what came last first. Raises ProfileMissing."""
    limits = doubt_limits(city.city_view(session, city.today(session, now)))
    fresh = (
        select(Complaint)
        .where(
            reach.holds(),
            Complaint.kind.in_([str(kind) for kind in DOUBTING]),
            Complaint.received_at > now - limits.lasts,
        )
        .order_by(Complaint.received_at)
    )
    of_lot: dict[str, list[Complaint]] = defaultdict(list)
    for each in session.scalars(fresh):
        of_lot[each.lot_id].append(each)
    found = []
    for lot_id, rows in of_lot.items():
        told = doubters([_told(row) for row in rows], now, limits)
        if told:
            found.append(DoubtedLot(lot_id, rows[-1].place, rows[-1].district_code, people_of(told), told))
    return sorted(found, key=lambda each: each.last_at, reverse=True)


def _told(row: Complaint) -> ComplaintTold:
    return ComplaintTold(
        row.id,
        ComplaintKind(row.kind),
        ComplaintState(row.state),
        row.is_confirmed,
        row.sender,
        row.received_at,
    )
