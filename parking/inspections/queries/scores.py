"""What is each lot's month worth, and from which rows was that reckoned?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from parking.inspections.errors import ScoreNotFound
from parking.inspections.models import Finding, FindingStepTaken, LotScore
from parking.inspections.queries.scoping import in_districts, lots_of
from parking.inspections.rules import (
    FindingState,
    FindingStep,
    FindingTold,
    Grade,
    MinutesTold,
    MonthFacts,
    OrderTold,
)
from parking.lots.models import Lot
from parking.occupancy import queries as occupancy


@dataclass(frozen=True, slots=True)
class ScoreView:
    """A lot's month as it was reckoned last; `lines` name the rows that each criterion rests on."""

    lot_id: str
    month_on: date
    revision: int
    until_at: datetime
    reckoned_at: datetime
    points: float
    out_of: float
    percent: float | None
    lines: tuple[Mapping[str, Any], ...]


_SCORE = [getattr(LotScore, part.name) for part in fields(ScoreView)]


def scores(
    session: Session,
    *,
    month_on: date | None = None,
    lot_id: str | None = None,
    districts: Collection[str] = (),
    organisation_id: str | None = None,
) -> list[ScoreView]:
    """The last reckoning of each lot and month, the newest month first, then the lowest share first."""
    query = select(*_SCORE).join(Lot, Lot.id == LotScore.lot_id)
    query = query.where(in_districts(Lot.district_code, districts))
    if organisation_id is not None:
        query = query.where(lots_of(LotScore.lot_id, organisation_id))
    if month_on is not None:
        query = query.where(LotScore.month_on == month_on)
    if lot_id is not None:
        query = query.where(LotScore.lot_id == lot_id)
    newest = query.ext(distinct_on(LotScore.lot_id, LotScore.month_on)).order_by(
        LotScore.lot_id, LotScore.month_on, LotScore.revision.desc()
    )
    found = [ScoreView(**{**row, "lines": tuple(row["lines"])}) for row in session.execute(newest).mappings()]
    found.sort(key=lambda score: (-score.month_on.toordinal(), score.percent is None, score.percent or 0.0))
    return found


def score(
    session: Session,
    lot_id: str,
    month_on: date,
    *,
    districts: Collection[str] = (),
    organisation_id: str | None = None,
) -> ScoreView:
    """One month of one lot. Raises ScoreNotFound, also for what is another's to see."""
    found = scores(
        session, month_on=month_on, lot_id=lot_id, districts=districts, organisation_id=organisation_id
    )
    if not found:
        raise ScoreNotFound
    return found[0]


def months(session: Session) -> list[date]:
    """The months that were reckoned, the newest first."""
    return list(session.scalars(select(LotScore.month_on).distinct().order_by(LotScore.month_on.desc())))


def filed_lots(session: Session) -> list[tuple[str, str | None, str | None]]:
    """Id, certificate's state and filing number of every lot, for those who ask which are on file."""
    told = select(Lot.id, Lot.certificate_state, Lot.filing_no)
    return [(row.id, row.certificate_state, row.filing_no) for row in session.execute(told)]


def month_facts(
    session: Session, lot_ids: Collection[str], span: tuple[datetime, datetime], zone: tzinfo
) -> dict[str, MonthFacts]:
    """What the criteria ask of these lots' month, in four statements whatever their number."""
    from_at, until_at = span
    since_on, until_on = (at.astimezone(zone).date() for at in span)
    levels = occupancy.service_levels(session, lot_ids, since_on, until_on)
    found = _findings_told(session, lot_ids, span)
    orders = _orders_told(session, lot_ids, span, zone)
    return {
        lot_id: MonthFacts(
            minutes=MinutesTold(from_at, until_at, levels[lot_id].fresh, levels[lot_id].due)
            if lot_id in levels
            else None,
            findings=tuple(found.get(lot_id, ())),
            orders=tuple(orders.get(lot_id, ())),
        )
        for lot_id in lot_ids
    }


def _findings_told(
    session: Session, lot_ids: Collection[str], span: tuple[datetime, datetime]
) -> dict[str, list[FindingTold]]:
    query = select(Finding.lot_id, Finding.id, Finding.number, Finding.grade).where(
        Finding.lot_id.in_(lot_ids),
        Finding.found_at >= span[0],
        Finding.found_at < span[1],
        Finding.state != FindingState.WITHDRAWN,
    )
    told: dict[str, list[FindingTold]] = defaultdict(list)
    for lot_id, finding_id, number, grade in session.execute(query.order_by(Finding.number)):
        told[str(lot_id)].append(FindingTold(finding_id, number, Grade(grade)))
    return told


# Each opens a span in which the operator owes an answer; each of the others ends it.
_OPENS = (FindingStep.ORDERED, FindingStep.SENT_BACK)
_ANSWERS = (FindingStep.PUT_RIGHT, FindingStep.RECHECKED)


def _orders_told(
    session: Session, lot_ids: Collection[str], span: tuple[datetime, datetime], zone: tzinfo
) -> dict[str, list[OrderTold]]:
    """Every day by which an answer was owed that lies in the span and is over at its end, with the answer."""
    query = (
        select(Finding.lot_id, Finding.id, Finding.number, FindingStepTaken)
        .join(Finding, Finding.id == FindingStepTaken.finding_id)
        .where(
            Finding.lot_id.in_(lot_ids),
            Finding.state != FindingState.WITHDRAWN,
            FindingStepTaken.step.in_([*_OPENS, *_ANSWERS]),
            FindingStepTaken.at < span[1],
        )
        .order_by(Finding.number, FindingStepTaken.place)
    )
    first_on, last_on = span[0].astimezone(zone).date(), span[1].astimezone(zone).date()
    told: dict[str, list[OrderTold]] = defaultdict(list)
    owed: dict[str, tuple[str, str, date]] = {}
    for lot_id, finding_id, number, taken in session.execute(query):
        if taken.step in _OPENS and taken.due_on is not None:
            owed[finding_id] = (str(lot_id), number, taken.due_on)
        elif finding_id in owed:
            lot, named, due = owed.pop(finding_id)
            if first_on <= due < last_on:
                told[lot].append(OrderTold(finding_id, named, due, taken.at.astimezone(zone).date()))
    for finding_id, (lot, named, due) in owed.items():
        if first_on <= due < last_on:
            told[lot].append(OrderTold(finding_id, named, due, None))
    return told
