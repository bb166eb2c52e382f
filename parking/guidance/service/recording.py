"""What becomes of an answer? One transaction: the pull's state, its facts or static data, its problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from parking.boundary.feeds import CountRecord, Parsed, ProblemKind, RecordProblem
from parking.city import queries as city
from parking.guidance import queries
from parking.guidance.errors import ClaimLost
from parking.guidance.models import Pull
from parking.guidance.rules.pulls import (
    Answered,
    DuePull,
    Failed,
    NotModified,
    Outcome,
    PullChange,
    PullKind,
    PullState,
    after,
    failure_of,
)
from parking.guidance.rules.screening import above_capacity, screen_counts
from parking.guidance.service.candidates import keep_candidates
from parking.guidance.service.exchanges import keep_exchange
from parking.guidance.service.register import take_lots
from parking.guidance.service.taken import Taken
from parking.guidance.service.tallying import tallied
from parking.guidance.service.turns import close_for
from parking.kernel.actors import SYSTEM
from parking.lots import queries as lots
from parking.occupancy import service as occupancy
from parking.occupancy.rules import CountInput

# A broken feed may have a problem in each of ten thousand records; the first of them tell enough.
_MOST_PROBLEMS_KEPT = 100
_PULLS = Pull.__table__.c


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was made of an answer: what follows for the pull, the records taken, the problems found."""

    change: PullChange
    used: int
    problems: tuple[RecordProblem, ...]


def record_pull(session: Session, due: DuePull, outcome: Outcome, now: datetime) -> Recorded:
    """Record what a claimed pull brought and let go of the claim.

    Nothing is ever deleted for what an answer lacks. Raises ClaimLost, and then nothing may be kept.
    """
    taken = Taken()
    failure: Failed | None = None
    if isinstance(outcome, Answered):
        taken = _take(session, due, outcome.parsed, now)
        failure = failure_of(outcome.parsed, taken.used, taken.problems)
    elif isinstance(outcome, Failed):
        failure = outcome
    change = after(due, failure, outcome.elapsed_s, now)
    _keep(session, due, outcome, taken, change, now)
    keep_exchange(session, due, outcome, change.reason, taken.problems, now)
    if isinstance(outcome, Failed) and outcome.too_many:
        close_for(session, due.host, outcome.retry_after_s or 0.0, now)
    return Recorded(change, taken.used, tuple(taken.problems))


def _take(session: Session, due: DuePull, parsed: Parsed, now: datetime) -> Taken:
    if due.kind is PullKind.STATIC:
        taken = take_lots(session, due, parsed.lots, now)
        keep_candidates(session, due.source_id, parsed.candidates, now)
        taken.used += len(parsed.candidates)
    else:
        taken = _take_counts(session, due, parsed.counts, now)
    taken.problems[:0] = parsed.problems
    if any(problem.kind is ProblemKind.FUTURE_TIME for problem in parsed.problems):
        taken.may_be_asked_whether_modified = False
    return taken


def _take_counts(session: Session, due: DuePull, counts: Sequence[CountRecord], now: datetime) -> Taken:
    links = queries.links(session, due.source_id)
    screened = screen_counts(counts, links, now)
    facts = [
        CountInput(
            lot_id=links[record.external_id],
            space_class=record.space_class,
            as_of=record.as_of,
            free=record.free,
            occupied=record.occupied,
            capacity=record.capacity,
            event_id=record.event_id,
        )
        for record in screened.good
    ]
    told = occupancy.record_counts(session, SYSTEM, due.source, facts, now) if facts else None
    refused = told.problems if told else ()
    return Taken(
        used=len(facts) - len(refused),
        problems=[*screened.problems, *refused, *_above_capacity(session, screened.good, links, now)],
        may_be_asked_whether_modified=not screened.problems,
    )


def _above_capacity(
    session: Session, counts: Sequence[CountRecord], links: Mapping[str, str], now: datetime
) -> list[RecordProblem]:
    if not counts:
        return []
    lot_ids = {links[record.external_id] for record in counts}
    spaces = lots.capacity_at(session, city.today(session, now), lot_ids)
    found = (
        above_capacity(record, spaces.get((links[record.external_id], record.space_class)))
        for record in counts
    )
    return [problem for problem in found if problem is not None]


def _keep(
    session: Session, due: DuePull, outcome: Outcome, taken: Taken, change: PullChange, now: datetime
) -> None:
    values: dict[str, Any] = {
        "state": change.state,
        "lane": change.lane,
        "due_at": change.due_at,
        "failures": change.failures,
        "quick_answers": change.quick_answers,
        "reason": change.reason,
        "detail": change.detail,
        "silent_since_at": change.silent_since_at,
        "elapsed_ms": round(outcome.elapsed_s * 1000),
        "claimed_by": None,
        "claimed_until_at": None,
        "tally": tallied(session, due, outcome, taken, change, now),
    }
    if change.succeeded:
        values["succeeded_at"] = now
    if isinstance(outcome, Answered):
        # What was refused may be right a minute later or after a link: then the answer is wanted in full.
        conditional = change.succeeded and taken.may_be_asked_whether_modified
        values |= {
            "etag": outcome.etag if conditional else None,
            "last_modified": outcome.last_modified if conditional else None,
            "records": taken.used,
            "problem_count": len(taken.problems) + sum(outcome.parsed.unlisted.values()),
            "problems": [asdict(problem) for problem in taken.problems[:_MOST_PROBLEMS_KEPT]],
        }
    elif _must_be_compared_anew(session, due, outcome):
        values |= {"etag": None, "last_modified": None}
    # The table and not the class: thousands of times a minute the ORM's share would be the greater one.
    kept = session.connection().execute(
        update(_PULLS.state.table)
        .where(
            _PULLS.source_id == due.source_id,
            _PULLS.kind == due.kind,
            _PULLS.claimed_by == due.holder,
            _PULLS.claimed_until_at > now,
            _PULLS.state != PullState.DISABLED,
        )
        .values(values)
    )
    if not kept.rowcount:
        raise ClaimLost(name=due.source)


def _must_be_compared_anew(session: Session, due: DuePull, outcome: Outcome) -> bool:
    """Whether ours changed while theirs did not: the next static answer is wanted in full."""
    if due.kind is not PullKind.STATIC or not isinstance(outcome, NotModified):
        return False
    return queries.lots_changed_since_static(session, due.source_id)
