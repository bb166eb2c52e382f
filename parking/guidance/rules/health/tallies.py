"""How did the pulls of an hour go, and what did the last answers say?

A tally is kept as JSON on the pull's own row, which is written after every pull anyway; when the hour is over
it becomes a row of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

# So many answers are remembered; rules look for what several in a row have in common.
ANSWERS_KEPT = 12


class Answer(NamedTuple):
    """Facts of one answer that could be read, instants as epoch seconds.

    When it came, its newest count that is not from the future (None without any), the records taken, those
    repeated, those told from the future and by how many seconds at most (0 where that is not known).
    `times`: so many answers in a row were alike; `at` is of the first of them. `told`: the records of the
    document, refused ones among them (0 in answers kept before it was noted).
    """

    at: int
    newest: int | None
    records: int
    repeated: int = 0
    future: int = 0
    ahead_s: int = 0
    times: int = 1
    told: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """The pulls of one kind in the hour from `hour_at`; sums over its attempts, problems by kind.

    `least_records` and `most_records` are those of one answer, None before the first good one.
    """

    hour_at: datetime
    attempts: int = 0
    successes: int = 0
    records: int = 0
    least_records: int | None = None
    most_records: int | None = None
    problem_kinds: Mapping[str, int] = field(default_factory=dict)

    @property
    def problems(self) -> int:
        return sum(self.problem_kinds.values())


@dataclass(frozen=True, slots=True)
class PullCourse:
    """What is kept on a pull: the hour that runs, the last answers (oldest first) and how many records are
    usual in an answer (the median of a week's hours, None before a day of them; rules.health.sources).

    `since_at`: hours of before are no past of it; None where all of them are.
    """

    tally: Tally
    answers: tuple[Answer, ...] = ()
    usual_records: int | None = None
    since_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One attempt: whether it was good, and the problems of its records by kind.

    `answer` is None where nothing could be read, and where nothing was modified.
    """

    succeeded: bool
    answer: Answer | None = None
    problem_kinds: Mapping[str, int] = field(default_factory=dict)


def hour_of(at: datetime) -> datetime:
    """The full hour at or before an instant."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def counted(course: PullCourse | None, told: Told, now: datetime) -> tuple[PullCourse, Tally | None]:
    """The course after one more attempt, and the tally of the hour that this attempt found to be over."""
    hour_at, over = hour_of(now), None
    # Hours may be kept of an address that the source had once: they are no past of this one.
    known = course or PullCourse(Tally(hour_at), since_at=hour_at)
    tally = known.tally
    if tally.hour_at < hour_at:
        over, tally = tally, Tally(hour_at)
    answers = known.answers
    least, most, records = tally.least_records, tally.most_records, tally.records
    if told.answer is not None:
        answers = _after(answers, told.answer)
        number = told.answer.records
        records += number
        least = number if least is None else min(least, number)
        most = number if most is None else max(most, number)
    kinds: Counter[str] = Counter(tally.problem_kinds)
    kinds.update(told.problem_kinds)
    tally = Tally(
        hour_at=tally.hour_at,
        attempts=tally.attempts + 1,
        successes=tally.successes + int(told.succeeded),
        records=records,
        least_records=least,
        most_records=most,
        problem_kinds=dict(kinds),
    )
    return replace(known, tally=tally, answers=answers), over


def begun_anew(course: PullCourse, now: datetime) -> PullCourse:
    """The course once the source is read otherwise: its attempts stay counted, its past begins now."""
    tally = replace(course.tally, least_records=None, most_records=None)
    return PullCourse(tally, since_at=hour_of(now))


def as_json(course: PullCourse) -> dict[str, Any]:
    """A course as it is kept."""
    tally = {**asdict(course.tally), "hour_at": course.tally.hour_at.isoformat()}
    answers = [list(each) for each in course.answers]
    since = course.since_at and course.since_at.isoformat()
    return {"tally": tally, "answers": answers, "usual_records": course.usual_records, "since_at": since}


def from_json(kept: Mapping[str, Any] | None) -> PullCourse | None:
    """A course as it was kept, None before the first attempt."""
    if kept is None:
        return None
    tally = {**kept["tally"], "hour_at": datetime.fromisoformat(kept["tally"]["hour_at"])}
    rows: Sequence[Sequence[int]] = kept["answers"]
    # Not told by those kept before sources could begin anew.
    since = kept.get("since_at")
    return PullCourse(
        Tally(**tally),
        tuple(Answer(*row) for row in rows),
        kept["usual_records"],
        datetime.fromisoformat(since) if since else None,
    )


def _after(answers: tuple[Answer, ...], told: Answer) -> tuple[Answer, ...]:
    if answers:
        last = answers[-1]
        again = last._replace(times=last.times + 1)
        if told._replace(at=last.at, times=again.times) == again:
            return (*answers[:-1], again)
    return (*answers, told)[-ANSWERS_KEPT:]
