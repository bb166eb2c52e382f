"""Claims about how the attempts of an hour are counted, and what is kept of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from parking.boundary.feeds import CountRecord, LotCandidate, Parsed, ProblemKind, RecordProblem
from parking.guidance import queries, service
from parking.guidance.models import Pull, PullTally
from parking.guidance.queries.health import open_anomalies, source_health, successes
from parking.guidance.rules.health.tallies import ANSWERS_KEPT, Answer, Told, as_json, counted, from_json
from parking.guidance.rules.pulls import Answered, Failed, NotModified, PullKind
from parking.guidance.service.judging import judge_sources
from parking.kernel.vocabulary import SpaceClass
from tests.factories.city import NOW, a_city
from tests.factories.sources import a_source

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def source_id(session):
    a_city(session)
    return a_source(session, name="east", live_url="https://gate.example/live")


def record(session, source_id, outcome, at, kind=PullKind.LIVE):
    due = service.claim_one(session, "me", at, source_id, kind)
    return service.record_pull(session, due, outcome, at)


def an_answer(*told, **more):
    counts = [CountRecord(lot, SpaceClass.GENERAL, at, free=free) for lot, at, free in told]
    return Answered(Parsed(counts=tuple(counts), **more))


def test_an_hour_that_is_over_becomes_a_row_and_every_attempt_counts_once(session, source_id):
    broken = RecordProblem("#3", ProblemKind.BAD_VALUE)
    good = an_answer(("a", NOW, 5), problems=(broken,), unlisted={ProblemKind.BAD_VALUE: 7})
    record(session, source_id, good, NOW)
    record(session, source_id, Failed("timed_out"), NOW + MINUTE)
    record(session, source_id, NotModified(), NOW + HOUR)
    [row] = session.scalars(select(PullTally))
    # The feed's lot is not linked: read, and yet nothing could be used.
    assert (row.attempts, row.successes, row.records, row.problems) == (2, 0, 0, 9)
    assert row.problem_kinds == {"bad_value": 8, "unknown_lot": 1}
    [pull] = source_health(session, "east", NOW + HOUR).pulls
    assert (pull.day.attempts, pull.day.successes, pull.day.rate) == (3, 1, 1 / 3)
    assert pull.day.problem_kinds == row.problem_kinds
    assert pull.age_s(NOW + HOUR + MINUTE) == 60
    assert successes(session, NOW - HOUR)[source_id].attempts == 3
    assert successes(session, NOW + HOUR)[source_id].attempts == 1


def test_a_pull_that_only_changes_its_lane_is_no_attempt(session, source_id):
    record(session, source_id, Failed("timed_out", timed_out=True), NOW)
    assert session.get(Pull, (source_id, "live")).tally is None


def test_counts_from_the_future_leave_the_newest_instant_alone(session, source_id):
    late = an_answer(("a", NOW - MINUTE, 5), ("b", NOW + HOUR, 5))
    record(session, source_id, late, NOW)
    [answer] = from_json(session.get(Pull, (source_id, "live")).tally).answers
    assert (answer.newest, answer.ahead_s) == (int((NOW - MINUTE).timestamp()), 3600)


def test_answers_alike_are_one_and_only_the_last_ones_are_remembered():
    course = None
    for minute in range(5):
        course, _ = counted(course, Told(True, Answer(at=minute, newest=9, records=4)), NOW)
    assert course.answers == (Answer(at=0, newest=9, records=4, times=5),)
    for minute in range(30):
        course, over = counted(course, Told(True, Answer(at=minute, newest=minute, records=minute)), NOW)
    assert len(course.answers) == ANSWERS_KEPT
    assert (course.tally.attempts, course.tally.least_records, course.tally.most_records) == (35, 0, 29)
    assert from_json(as_json(course)) == course
    assert over is None


def test_a_register_file_that_shrinks_is_odd_at_its_first_such_answer_and_nothing_is_deleted(session):
    a_city(session)
    source_id = a_source(session, name="town", static_url="https://town.example/lots")

    def a_day_later(day, outcome):
        if isinstance(outcome, int):
            lots = tuple(LotCandidate(f"L{n}", "lot") for n in range(outcome))
            outcome = Answered(Parsed(candidates=lots))
        now = NOW + timedelta(days=day)
        record(session, source_id, outcome, now, PullKind.STATIC)
        judged = judge_sources(session, now)
        return (
            judged.opened,
            judged.closed,
            [(view.kind, dict(view.evidence)) for view in open_anomalies(session)],
        )

    # Three answers tell what is usual, those among them that say that nothing was modified.
    for day, outcome in enumerate((10, NotModified(), NotModified(), Failed("bad_status"))):
        assert a_day_later(day, outcome) == (0, 0, [])
    seen = {"records": 4, "usual": 10, "limit_percent": 20}
    assert a_day_later(4, 4) == (1, 0, [("lots_vanished", seen)])
    assert a_day_later(5, Failed("bad_status"))[:2] == (0, 0)
    assert a_day_later(6, 0) == (0, 0, [("lots_vanished", seen | {"records": 0})])
    assert len(queries.candidates(session, source_id)) == 10
    assert a_day_later(7, 9) == (0, 1, [])
