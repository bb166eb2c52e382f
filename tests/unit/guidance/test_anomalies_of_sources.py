"""Claims about what is odd about a source as a whole: three answers in a row show it, three end it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from parking.guidance.rules.health import sources as rules
from parking.guidance.rules.health.counters import UNSAID
from parking.guidance.rules.health.judging import Open, changes
from parking.guidance.rules.health.kinds import AnomalyKind, Seen, Subject
from parking.guidance.rules.health.limits import Limits
from parking.guidance.rules.health.tallies import Answer, PullCourse, Tally, Told, counted
from tests.factories.city import NOW

LIMITS = Limits()
START = int(NOW.timestamp())


def course_of(*answers, usual=None):
    course = PullCourse(Tally(NOW), usual_records=usual)
    for answer in answers:
        course, _ = counted(course, Told(True, answer), NOW)
    return course


def minutes(*lags_and_more, every=60, **told):
    """Answers a minute apart; the newest count of each is so many seconds old."""
    return [
        Answer(at=START + every * n, newest=START + every * n - lag, records=10, **told)
        for n, lag in enumerate(lags_and_more)
    ]


def test_a_clock_that_runs_an_hour_late_is_behind_and_a_standing_one_is_not():
    late = rules.clock_behind(course_of(*minutes(3600, 3600, 3600, 3600)).answers, LIMITS)
    assert late.evidence["behind_s"] == 3600
    standing = [Answer(at=START + 60 * n, newest=START - 9000, records=10) for n in range(9)]
    assert rules.clock_behind(course_of(*standing).answers, LIMITS) is UNSAID
    assert rules.clock_behind(course_of(*minutes(30, 30, 30, 30)).answers, LIMITS) is None


def test_a_source_that_tells_every_quarter_is_not_behind_though_it_is_asked_each_minute():
    answers = []
    for minute in range(120):
        told = START + minute // 15 * 900
        answers.append(Answer(at=START + minute * 60, newest=told, records=10))
    assert rules.clock_behind(course_of(*answers).answers, LIMITS) is None
    behind = [Answer(each.at, each.newest - 7200, 10) for each in answers]
    assert rules.clock_behind(course_of(*behind).answers, LIMITS).evidence["behind_s"] == 7200


@pytest.mark.parametrize(
    ("future", "ahead_s", "odd"), [(2, 3600, False), (3, 3600, True), (3, 0, True), (3, 110, False)]
)
def test_a_fifth_of_the_records_from_the_future_is_the_sources_clock(future, ahead_s, odd):
    answers = [
        Answer(at=START + n, newest=START, records=10, future=future, ahead_s=ahead_s) for n in range(3)
    ]
    assert isinstance(rules.clock_ahead(answers, LIMITS), Seen) is odd


def test_records_vanish_only_against_what_is_usual_and_for_three_answers():
    def told(*numbers, usual=100):
        answers = [Answer(at=START + n, newest=START + n, records=number) for n, number in enumerate(numbers)]
        return rules.records_vanished(course_of(*answers, usual=usual), LIMITS)

    assert told(80, 80, 80).evidence == {"records": 80, "usual": 100, "limit_percent": 20}
    assert told(81, 81, 81) is None
    assert told(100, 60, 60) is UNSAID
    assert told(60, 60, 100) is UNSAID
    assert told(60, 60, 60, usual=None) is None
    assert told(3, 3, 3, usual=4) is None


def test_ids_repeated_are_odd_from_a_share_of_the_records_on():
    assert rules.ids_repeated(minutes(1, 1, 1, repeated=1), LIMITS).evidence["repeated"] == 1
    of_all = rules.ids_repeated(minutes(1, 1, 1, repeated=2, told=15), LIMITS).evidence
    assert (of_all["repeated"], of_all["records"]) == (2, 15)
    many = [Answer(at=START + n, newest=START, records=100, repeated=1) for n in range(3)]
    assert rules.ids_repeated(many, LIMITS) is None


def test_the_usual_number_is_the_median_of_a_weeks_hours():
    assert rules.usual_records([10] * 23) is None
    assert rules.usual_records([10] * 100 + [3] * 68) == 10


def test_silence_is_told_after_its_minutes():
    assert rules.silent(NOW, NOW + timedelta(minutes=14, seconds=59), LIMITS) is None
    assert rules.silent(NOW, NOW + timedelta(minutes=15), LIMITS).evidence["minutes"] == 15
    assert rules.silent(None, NOW, LIMITS) is None


def test_what_is_unsaid_stands_and_what_flickers_closes_after_some_calm():
    frozen = Subject(AnomalyKind.FROZEN, "east", "lot", "general")
    above = Subject(AnomalyKind.ABOVE_CAPACITY, "east", "lot", "general")
    since = datetime(2026, 1, 1, tzinfo=UTC)
    standing = {frozen: Open("f", since, {}), above: Open("a", since, {})}
    early, late = since + timedelta(minutes=29), since + timedelta(minutes=30)

    def closed(verdicts, now):
        return changes(standing, verdicts, LIMITS, now).closed

    assert closed({frozen: UNSAID, above: None}, early) == frozenset()
    assert closed({frozen: None, above: None}, early) == {"f"}
    assert closed({}, late) == {"f", "a"}
    seen = changes(standing, {frozen: Seen({"hours": 7}, since)}, LIMITS, early)
    assert (dict(seen.opened), dict(seen.seen)) == ({}, {"f": Seen({"hours": 7}, since)})
