"""Is what a source tells as a whole odd? Its clock, records that vanish, ids repeated, silence.

Three answers in a row that show it open an anomaly, three that do not close it. Static data are asked for
about once a day: there one answer is enough, and three tell what is usual. They have no clock to be judged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

from parking.guidance.rules.health.counters import UNSAID, Verdict
from parking.guidance.rules.health.kinds import Evidence, Seen
from parking.guidance.rules.health.limits import Limits
from parking.guidance.rules.health.tallies import Answer, PullCourse

IN_A_ROW = 3
# Fewer hours of a week say nothing about what is usual: of counts, and of static data.
USUAL_HOURS = 24
USUAL_HOURS_STATIC = 3
_LEAST_RECORDS = 5
_LEAST_LOST = 2
# From this share on of records from the future it is the source's clock and not a lot's.
_FUTURE_SHARE = 0.2


def clock_ahead(answers: Sequence[Answer], limits: Limits) -> Verdict:
    """A fifth of the records is from the future, by more than `clock_ahead_s` where that is known.

    What is at most 120 s ahead is taken and never told from the future.
    """

    def shows(answer: Answer) -> Evidence | None:
        told = answer.records + answer.future
        if not answer.future or answer.future < _FUTURE_SHARE * told:
            return None
        if 0 < answer.ahead_s <= limits.clock_ahead_s:
            return None
        return {
            "ahead_s": answer.ahead_s or limits.clock_ahead_s,
            "future": answer.future,
            "records": told,
            "limit_s": limits.clock_ahead_s,
        }

    return _in_a_row(answers, shows)


def clock_behind(answers: Sequence[Answer], limits: Limits) -> Verdict:
    """The newest count is new and yet `clock_behind_s` old, again and again: the clock runs, but behind.

    Only an answer whose newest count is newer than that of the answer before tells of the clock: a source
    that stands still grows old, which its age tells.
    """
    fresh = [
        after
        for before, after in pairwise(answers)
        if before.newest is not None and after.newest is not None and after.newest > before.newest
    ]

    def shows(answer: Answer) -> Evidence | None:
        behind = answer.at - (answer.newest or answer.at)
        return (
            {"behind_s": behind, "limit_s": limits.clock_behind_s}
            if behind >= limits.clock_behind_s
            else None
        )

    return _in_a_row(fresh, shows, once=True)


def records_vanished(course: PullCourse, limits: Limits) -> Verdict:
    """`vanished_percent` fewer records than usual (the median of a week's hours), and two at least."""
    return _fewer(course, limits, IN_A_ROW)


def lots_vanished(course: PullCourse, limits: Limits) -> Verdict:
    """The same of the lots in one answer of static data."""
    return _fewer(course, limits, 1)


def _fewer(course: PullCourse, limits: Limits, in_a_row: int) -> Verdict:
    usual = course.usual_records
    if usual is None or usual < _LEAST_RECORDS:
        return None

    def shows(answer: Answer) -> Evidence | None:
        lost = usual - answer.records
        if lost < _LEAST_LOST or lost < limits.vanished_percent / 100 * usual:
            return None
        return {"records": answer.records, "usual": usual, "limit_percent": limits.vanished_percent}

    return _in_a_row(course.answers, shows, in_a_row)


def ids_repeated(answers: Sequence[Answer], limits: Limits) -> Verdict:
    """More than `repeated_percent` of an answer's records name a lot and class that was named before."""

    def shows(answer: Answer) -> Evidence | None:
        told = answer.told or answer.records + answer.repeated
        if not answer.repeated or answer.repeated < limits.repeated_percent / 100 * told:
            return None
        return {
            "repeated": answer.repeated,
            "records": told,
            "limit_percent": limits.repeated_percent,
        }

    return _in_a_row(answers, shows)


def silent(since_at: datetime | None, now: datetime, limits: Limits) -> Verdict:
    """Nothing good came for `silent_minutes`."""
    if since_at is None or now - since_at < timedelta(minutes=limits.silent_minutes):
        return None
    minutes = int((now - since_at).total_seconds() // 60)
    return Seen({"minutes": minutes, "limit_minutes": limits.silent_minutes}, since_at)


def usual_records(hours: Sequence[int], least: int = USUAL_HOURS) -> int | None:
    """The usual number of records of an answer from the most of each hour, None where they are fewer than
    `least`."""
    return int(median(hours)) if len(hours) >= least else None


def _in_a_row(
    answers: Sequence[Answer],
    shows: Callable[[Answer], Evidence | None],
    needed: int = IN_A_ROW,
    *,
    once: bool = False,
) -> Verdict:
    """What the last answers have in common; with `once` of answers alike only the first counts."""
    last: list[Answer] = []
    for answer in reversed(answers):
        last += [answer] * (1 if once else answer.times)
        if len(last) >= needed:
            break
    else:
        return UNSAID
    found = [shows(answer) for answer in last[:needed]]
    newest = found[0]
    if not any(found):
        return None
    if newest is None or not all(found):
        return UNSAID
    # Since the first of the answers that are remembered which have shown it without a break.
    first = last[0]
    for answer in reversed(answers):
        if not shows(answer):
            break
        first = answer
    return Seen(newest, datetime.fromtimestamp(first.at, UTC))
