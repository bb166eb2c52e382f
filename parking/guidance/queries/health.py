"""How are the sources and their lots: age, success, problems by kind, and what is odd about them?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from parking.guidance.models import Anomaly, Pull, PullTally, Source, SourceLot
from parking.guidance.queries.sources import by_name
from parking.guidance.rules.health.kinds import AnomalyKind
from parking.guidance.rules.health.tallies import Tally, from_json, hour_of
from parking.guidance.rules.pulls import PullKind, PullState
from parking.kernel.vocabulary import SpaceClass
from parking.lots.models import Lot

DAY = timedelta(days=1)
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class AnomalyView:
    """An anomaly. Without a lot it is of the whole source, without a class of the whole lot.

    `evidence` are the numbers as last seen, of which the console makes a sentence. Open while `closed_at`
    is None.
    """

    id: str
    kind: AnomalyKind
    source: str
    lot_id: str | None
    lot_code: str | None
    lot_name: str | None
    space_class: SpaceClass | None
    began_at: datetime
    opened_at: datetime
    seen_at: datetime
    closed_at: datetime | None
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Success:
    """The pulls of a span of whole hours (the one that runs included), with the problems of their records.

    A record told wrongly in each answer of an hour counts each time.
    """

    attempts: int = 0
    successes: int = 0
    records: int = 0
    problem_kinds: Mapping[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> float | None:
        """0 to 1; None where nothing was asked."""
        return self.successes / self.attempts if self.attempts else None

    @property
    def problems(self) -> int:
        return sum(self.problem_kinds.values())


@dataclass(frozen=True, slots=True)
class PullHealth:
    """One pull of a source: when it last succeeded, over a day and over 30 days."""

    kind: PullKind
    state: PullState
    interval_s: int
    succeeded_at: datetime | None
    silent_since_at: datetime | None
    reason: str | None
    day: Success
    month: Success

    def age_s(self, now: datetime) -> float | None:
        """Seconds since the last good answer, None before the first."""
        return None if self.succeeded_at is None else (now - self.succeeded_at).total_seconds()


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """A source: its pulls (static first), the number of its lots, and what is odd now, newest first."""

    source_id: str
    name: str
    lots: int
    pulls: tuple[PullHealth, ...]
    anomalies: tuple[AnomalyView, ...]


def source_health(session: Session, name: str, now: datetime) -> SourceHealth:
    """How a source is. Raises SourceUnknown."""
    source = by_name(session, name)
    pulls = session.scalars(select(Pull).where(Pull.source_id == source.id).order_by(Pull.kind.desc())).all()
    told = _tallies(session, source.id, now - MONTH)
    lots = select(func.count()).select_from(SourceLot).where(SourceLot.source_id == source.id)
    return SourceHealth(
        source_id=source.id,
        name=source.name,
        lots=session.scalar(lots) or 0,
        pulls=tuple(_pull_health(pull, told, now) for pull in pulls),
        anomalies=tuple(open_anomalies(session, source=name)),
    )


def successes(session: Session, from_at: datetime, *, kind: PullKind = PullKind.LIVE) -> dict[str, Success]:
    """The pulls of every source (by id) in the whole hours from `from_at` on, in one statement.

    Without the problems by kind, which `source_health` tells; a source that was never asked is absent.
    """
    since = hour_of(from_at)
    summed = (
        select(
            PullTally.source_id,
            func.sum(PullTally.attempts).label("attempts"),
            func.sum(PullTally.successes).label("successes"),
            func.sum(PullTally.records).label("records"),
        )
        .where(PullTally.kind == kind, PullTally.hour_at >= since)
        .group_by(PullTally.source_id)
        .subquery()
    )
    asked = (
        select(Pull.source_id, Pull.tally, summed.c.attempts, summed.c.successes, summed.c.records)
        .outerjoin(summed, summed.c.source_id == Pull.source_id)
        .where(Pull.kind == kind)
    )
    found = {}
    for source_id, kept, attempts, good, records in session.execute(asked):
        total = Success(attempts or 0, good or 0, records or 0)
        running = from_json(kept)
        if running is not None and running.tally.hour_at >= since:
            told = running.tally
            total = Success(
                total.attempts + told.attempts, total.successes + told.successes, total.records + told.records
            )
        if total.attempts:
            found[source_id] = total
    return found


def open_anomalies(
    session: Session, *, source: str | None = None, kind: AnomalyKind | None = None, limit: int | None = None
) -> list[AnomalyView]:
    """The anomalies that stand, newest first; of a source by its name, of a kind, at most `limit`."""
    asked = _anomalies().where(Anomaly.closed_at.is_(None))
    if source is not None:
        asked = asked.where(Anomaly.source == source)
    if kind is not None:
        asked = asked.where(Anomaly.kind == kind)
    return _views(session, asked.limit(limit))


def anomalies_of_lot(
    session: Session, lot_id: str, from_at: datetime | None = None, until_at: datetime | None = None
) -> list[AnomalyView]:
    """The anomalies of a lot that overlap [from_at, until_at), newest first; without a span those that stand.

    Those of whole sources that speak for the lot are among them.
    """
    speaks = select(Source.name).join(SourceLot).where(SourceLot.lot_id == lot_id)
    whole = and_(Anomaly.lot_id.is_(None), Anomaly.source.in_(speaks))
    return _views(session, _within(or_(Anomaly.lot_id == lot_id, whole), from_at, until_at))


def anomalies_between(
    session: Session, from_at: datetime, until_at: datetime, *, source: str | None = None
) -> list[AnomalyView]:
    """The anomalies that overlap [from_at, until_at), newest first; of a source by its name."""
    whose = Anomaly.source == source if source is not None else Anomaly.source.is_not(None)
    return _views(session, _within(whose, from_at, until_at))


def sources_with_anomalies(session: Session) -> dict[str, int]:
    """How many anomalies stand, by the name of the source."""
    asked = select(Anomaly.source, func.count()).where(Anomaly.closed_at.is_(None)).group_by(Anomaly.source)
    return {row[0]: row[1] for row in session.execute(asked)}


def _anomalies() -> Select[Anomaly, str, str]:
    return (
        select(Anomaly, Lot.code, Lot.name)
        .outerjoin(Lot, Lot.id == Anomaly.lot_id)
        .order_by(Anomaly.opened_at.desc(), Anomaly.source, Anomaly.kind, Lot.code)
    )


def _within(whose: Any, from_at: datetime | None, until_at: datetime | None) -> Select[Anomaly, str, str]:
    asked = _anomalies().where(whose)
    if from_at is None:
        return asked.where(Anomaly.closed_at.is_(None))
    asked = asked.where(or_(Anomaly.closed_at.is_(None), Anomaly.closed_at > from_at))
    return asked if until_at is None else asked.where(Anomaly.began_at < until_at)


def _views(session: Session, asked: Select[Anomaly, str, str]) -> list[AnomalyView]:
    return [
        AnomalyView(
            id=row.id,
            kind=AnomalyKind(row.kind),
            source=row.source,
            lot_id=row.lot_id,
            lot_code=code,
            lot_name=name,
            space_class=SpaceClass(row.space_class) if row.space_class else None,
            began_at=row.began_at,
            opened_at=row.opened_at,
            seen_at=row.seen_at,
            closed_at=row.closed_at,
            evidence=row.evidence,
        )
        for row, code, name in session.execute(asked)
    ]


def _tallies(session: Session, source_id: str, since: datetime) -> Sequence[PullTally]:
    asked = select(PullTally).where(PullTally.source_id == source_id, PullTally.hour_at >= hour_of(since))
    return session.scalars(asked).all()


def _pull_health(pull: Pull, told: Iterable[PullTally], now: datetime) -> PullHealth:
    hours: list[PullTally | Tally] = [each for each in told if each.kind == pull.kind]
    if (running := from_json(pull.tally)) is not None:
        hours.append(running.tally)
    return PullHealth(
        kind=PullKind(pull.kind),
        state=PullState(pull.state),
        interval_s=pull.interval_s,
        succeeded_at=pull.succeeded_at,
        silent_since_at=pull.silent_since_at,
        reason=pull.reason,
        day=_summed(hours, now - DAY),
        month=_summed(hours, now - MONTH),
    )


def _summed(hours: Iterable[PullTally | Tally], since: datetime) -> Success:
    within = [each for each in hours if each.hour_at >= hour_of(since)]
    kinds: Counter[str] = Counter()
    for each in within:
        kinds.update(each.problem_kinds)
    return Success(
        attempts=sum(each.attempts for each in within),
        successes=sum(each.successes for each in within),
        records=sum(each.records for each in within),
        problem_kinds=dict(kinds.most_common()),
    )
