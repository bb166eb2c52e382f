"""How does the platform judge its sources? Every few minutes all at once: the odd opens, the mended closes.

Some ten statements whatever the number of sources and lots, and none of them on the way of a pull.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text, update
from sqlalchemy.orm import Session

from parking.city import queries as city
from parking.guidance.models import Anomaly
from parking.guidance.queries.judged import (
    JudgedCounter,
    judged_counters,
    judged_pulls,
    repeated_lots,
    standing,
)
from parking.guidance.rules.health.judging import Changes, changes
from parking.guidance.rules.health.kinds import MARKS, AnomalyKind, Seen, Subject
from parking.guidance.rules.health.limits import limits_of
from parking.guidance.service.courses import advance_courses, reckon_habits
from parking.guidance.service.judged_counters import Ground, judge_counters
from parking.guidance.service.judged_sources import judge_pulls
from parking.guidance.service.noticing import notice_sources
from parking.kernel.db.rows import rows_as_json
from parking.kernel.ids import new_id
from parking.kernel.vocabulary import Mark
from parking.occupancy import service as occupancy
from parking.occupancy.rules import Counter

_SEEN = text("""
    update anomalies a set seen_at = :now, evidence = n.evidence
    from json_to_recordset(cast(:seen as json)) as n(id text, evidence jsonb)
    where a.id = n.id
""")


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judgement did: anomalies opened and closed, sources of which the bureau is told."""

    opened: int
    closed: int
    told: tuple[str, ...]


def judge_sources(session: Session, now: datetime) -> Judged:
    """Judge every counter and every pull by the city's limits as they hold now.

    What is odd opens an anomaly or is seen again, what is mended closes; the counts concerned get their marks
    or lose them; of each source with something open there is one notice. A second judgement of the same
    changes nothing.
    """
    limits = limits_of(city.facts_now(session, now))
    advanced = advance_courses(session, now)
    reckon_habits(session, now)
    # Without a new quarter nothing new can be said of the last day, and none is read.
    judged_until = now - timedelta(days=1) if advanced else now
    counters = judged_counters(session, judged_until)
    known = standing(session)
    verdicts = judge_counters(session, counters, Ground(limits, known, now))
    verdicts.update(judge_pulls(judged_pulls(session), limits, now))
    found = changes(known, verdicts, limits, now)
    _keep(session, found, now)
    after = {subject for subject, open_ in known.items() if open_.id not in found.closed} | set(found.opened)
    _doubt(session, counters, after, now)
    told = notice_sources(session, after, limits, now)
    return Judged(len(found.opened), len(found.closed), told)


def _keep(session: Session, found: Changes, now: datetime) -> None:
    if found.opened:
        session.execute(insert(Anomaly), [_row(subject, seen, now) for subject, seen in found.opened.items()])
    if found.seen:
        rows = rows_as_json({"id": id_, "evidence": dict(seen.evidence)} for id_, seen in found.seen.items())
        session.execute(_SEEN, {"seen": rows, "now": now})
    if found.closed:
        session.execute(
            update(Anomaly)
            .where(Anomaly.id.in_(found.closed))
            .values(closed_at=now)
            .execution_options(synchronize_session=False)
        )


def _row(subject: Subject, seen: Seen, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": subject.kind,
        "source": subject.source,
        "lot_id": subject.lot_id,
        "space_class": subject.space_class,
        "began_at": min(seen.since_at, now),
        "opened_at": now,
        "seen_at": now,
        "evidence": dict(seen.evidence),
    }


def _doubt(
    session: Session, counters: Iterable[JudgedCounter], subjects: Iterable[Subject], now: datetime
) -> None:
    """Give the counts that an anomaly concerns its mark, and take it from the others."""
    by_source: dict[str, set[Subject]] = defaultdict(set)
    for subject in subjects:
        by_source[subject.source].add(subject)
    repeated = repeated_lots(
        session,
        [source for source, all_ in by_source.items() if Subject(AnomalyKind.IDS_REPEATED, source) in all_],
    )
    newest: dict[str, datetime] = {}
    known = list(counters)
    for counter in known:
        newest[counter.source] = max(newest.get(counter.source, counter.as_of), counter.as_of)
    doubts: dict[Counter, frozenset[Mark]] = {}
    for counter in known:
        concerned = by_source.get(counter.source)
        if concerned is None and not counter.doubts:
            continue
        late = newest[counter.source] - counter.as_of >= timedelta(seconds=counter.ageing_after_s)
        marks = frozenset(
            mark
            for subject in concerned or ()
            if (mark := MARKS[subject.kind]) is not None
            and _concerns(subject, counter, is_late=late, repeated=repeated)
            and not counter.by_hand
        )
        if marks != frozenset(map(Mark, counter.doubts)):
            doubts[counter.counter] = marks
    occupancy.set_doubts(session, doubts)


def _concerns(
    subject: Subject, counter: JudgedCounter, *, is_late: bool, repeated: set[tuple[str, str]]
) -> bool:
    if subject.kind is AnomalyKind.RECORDS_VANISHED:
        return is_late
    if subject.kind is AnomalyKind.IDS_REPEATED:
        return (subject.source, counter.lot_id) in repeated
    return subject.lot_id in (None, counter.lot_id) and subject.space_class in (None, counter.space_class)
