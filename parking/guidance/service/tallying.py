"""What does an attempt add to the hour that runs, and what is kept of an hour that is over?

The hour that runs is a value of the pull's own row, which is written after each attempt anyway; so a pull
costs no statement more but once an hour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from parking.boundary.feeds import CountRecord, ProblemKind
from parking.guidance.models import PullTally
from parking.guidance.rules.health.sources import USUAL_HOURS, USUAL_HOURS_STATIC, usual_records
from parking.guidance.rules.health.tallies import Answer, PullCourse, Tally, Told, as_json, counted, from_json
from parking.guidance.rules.pulls import Answered, DuePull, NotModified, Outcome, PullChange, PullKind
from parking.guidance.rules.screening import FUTURE_TOLERANCE_S
from parking.guidance.service.taken import Taken

KEPT = timedelta(days=62)
_USUAL = timedelta(days=7)
# Of what is asked for more seldom than once a day so many answers.
_USUAL_ANSWERS = 7


def tallied(
    session: Session, due: DuePull, outcome: Outcome, taken: Taken, change: PullChange, now: datetime
) -> dict[str, Any] | None:
    """What the pull's row keeps of its hour after this attempt; a pull that only changed lanes was none."""
    if change.moved:
        return dict(due.tally) if due.tally is not None else None
    known = from_json(due.tally)
    if due.kind is PullKind.STATIC:
        told = _told_static(known, outcome, taken, change, now)
    else:
        told = _told(outcome, taken, change, now)
    course, over = counted(known, told, now)
    if over is not None:
        course = _keep_hour(session, due, course, over)
    return as_json(course)


def prune_tallies(session: Session, now: datetime) -> None:
    """Forget the hours of more than 62 days ago."""
    session.execute(delete(PullTally).where(PullTally.hour_at < now - KEPT))


def _told(outcome: Outcome, taken: Taken, change: PullChange, now: datetime) -> Told:
    if not isinstance(outcome, Answered):
        return Told(change.succeeded)
    kinds = _problem_kinds(outcome, taken)
    newest, ahead_s = _instants(outcome.parsed.counts, now)
    answer = Answer(
        at=int(now.timestamp()),
        newest=newest,
        records=taken.used,
        repeated=kinds[ProblemKind.REPEATED],
        future=kinds[ProblemKind.FUTURE_TIME],
        ahead_s=ahead_s,
        # Not every adapter counts its records, and one record may hold several counts.
        told=max(outcome.parsed.records, taken.used + kinds[ProblemKind.REPEATED]),
    )
    told_anything = bool(outcome.parsed.counts or kinds)
    return Told(change.succeeded, answer if told_anything else None, kinds)


def _told_static(
    known: PullCourse | None, outcome: Outcome, taken: Taken, change: PullChange, now: datetime
) -> Told:
    """Static data have no clock; what counts are the lots that are told, an empty document among them."""
    if isinstance(outcome, NotModified) and known is not None and known.answers:
        # The file says again what it said: else one that never changes would never have a usual number.
        return Told(change.succeeded, known.answers[-1]._replace(at=int(now.timestamp()), times=1))
    if not isinstance(outcome, Answered):
        return Told(change.succeeded)
    number = len(outcome.parsed.lots) + len(outcome.parsed.candidates)
    answer = Answer(at=int(now.timestamp()), newest=None, records=number)
    return Told(change.succeeded, answer, _problem_kinds(outcome, taken))


def _problem_kinds(outcome: Answered, taken: Taken) -> Counter[str]:
    kinds = Counter(str(problem.kind) for problem in taken.problems)
    kinds.update({str(kind): number for kind, number in outcome.parsed.unlisted.items()})
    return kinds


def _instants(counts: Sequence[CountRecord], now: datetime) -> tuple[int | None, int]:
    """The newest instant that is not from the future, and by how much the latest of those is."""
    if not counts:
        return None, 0
    latest, bound = max(record.as_of for record in counts), now + timedelta(seconds=FUTURE_TOLERANCE_S)
    if latest <= bound:
        return int(latest.timestamp()), 0
    past = max((record.as_of for record in counts if record.as_of <= bound), default=None)
    return None if past is None else int(past.timestamp()), int((latest - now).total_seconds())


def _keep_hour(session: Session, due: DuePull, course: PullCourse, over: Tally) -> PullCourse:
    values = {**asdict(over), "problems": over.problems, "source_id": due.source_id, "kind": due.kind}
    # Told twice where a clock was set back: the first telling stands.
    session.execute(insert(PullTally).values(values).on_conflict_do_nothing())
    span = max(_USUAL, _USUAL_ANSWERS * timedelta(seconds=due.interval_s))
    least = USUAL_HOURS_STATIC if due.kind is PullKind.STATIC else USUAL_HOURS
    most = select(PullTally.most_records).where(
        PullTally.source_id == due.source_id,
        PullTally.kind == due.kind,
        PullTally.hour_at > over.hour_at - span,
        PullTally.most_records.is_not(None),
    )
    if course.since_at is not None:
        most = most.where(PullTally.hour_at >= course.since_at)
    hours = [number for number in session.scalars(most) if number]
    return replace(course, usual_records=usual_records(hours, least))
