"""Claims about what follows from an answer: state, lane, silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from parking.boundary.feeds import LotRecord, Parsed, ProblemKind, RecordProblem
from parking.guidance.rules.pulls import (
    QUICK_ANSWERS_NEEDED,
    DuePull,
    Failed,
    Lane,
    PullKind,
    PullState,
    Reason,
    after,
    failure_of,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
DUE = DuePull(
    source_id="s1",
    source="east gate",
    kind=PullKind.LIVE,
    adapter="plain",
    url="http://127.0.0.1/live",
    lane=Lane.FAST,
    interval_s=60,
    due_at=NOW,
    holder="me",
    state=PullState.PROVISIONED,
    failures=0,
    quick_answers=0,
    silent_since_at=None,
    etag=None,
    last_modified=None,
    time_zone="Asia/Shanghai",
    crs="wgs84",
    allowed_networks=(),
    adopts_lots=False,
)
BROKEN = Failed("not_json", "line 1")
HANGS = Failed("timed_out", "answering", elapsed_s=2.0, timed_out=True)


def carried_on(due: DuePull, change) -> DuePull:
    names = ("state", "lane", "due_at", "failures", "quick_answers", "silent_since_at")
    return replace(due, **{name: getattr(change, name) for name in names})


def test_the_first_good_answer_makes_a_source_active():
    change = after(DUE, None, 0.1, NOW)
    assert (change.state, change.succeeded, change.failures) == (PullState.ACTIVE, True, 0)
    assert not change.went_silent
    assert not change.came_back


def test_silence_is_news_once_and_so_is_the_return():
    news = []
    due = DUE
    for failure in (None, BROKEN, BROKEN, BROKEN, None, None):
        change = after(due, failure, 0.1, NOW)
        news.append((change.went_silent, change.came_back))
        due = carried_on(due, change)
    no_news = (False, False)
    assert news == [no_news, (True, False), no_news, no_news, (False, True), no_news]


def test_a_silent_source_remembers_since_when():
    first = after(DUE, BROKEN, 0.1, NOW)
    second = after(carried_on(DUE, first), BROKEN, 0.1, NOW + timedelta(minutes=1))
    assert second.silent_since_at == NOW
    assert second.state is PullState.FAILED
    assert (second.reason, second.detail) == ("not_json", "line 1")


def test_a_source_too_slow_for_the_fast_lane_is_asked_again_at_once_in_the_slow_one():
    change = after(DUE, HANGS, 2.0, NOW)
    assert change.moved
    assert (change.lane, change.due_at, change.failures) == (Lane.SLOW, NOW, 0)
    assert change.state is DUE.state
    assert not change.went_silent
    assert Lane.SLOW.budget_s > Lane.FAST.budget_s


def test_a_source_that_hangs_in_the_slow_lane_too_has_failed():
    change = after(replace(DUE, lane=Lane.SLOW), HANGS, 10.0, NOW)
    assert (change.state, change.lane, change.failures) == (PullState.FAILED, Lane.SLOW, 1)
    assert change.due_at > NOW


def test_quick_answers_in_a_row_lead_back_to_the_fast_lane():
    due = replace(DUE, lane=Lane.SLOW)
    lanes = []
    for elapsed_s in (0.1, 0.1, 5.0, *[0.1] * QUICK_ANSWERS_NEEDED):
        due = carried_on(due, after(due, None, elapsed_s, NOW))
        lanes.append(due.lane)
    assert lanes == [Lane.SLOW] * 5 + [Lane.FAST]


def test_an_answer_with_nothing_in_it_is_a_failure_that_says_so():
    assert failure_of(Parsed(), 0, ()) == Failed(Reason.EMPTY)


def test_an_answer_of_which_nothing_can_be_used_tells_the_commonest_reasons():
    problems = [RecordProblem("a", ProblemKind.UNKNOWN_LOT)] * 3 + [RecordProblem("b", ProblemKind.NEGATIVE)]
    failure = failure_of(Parsed(unlisted={ProblemKind.UNKNOWN_LOT: 2}), 0, problems)
    assert failure is not None
    assert (failure.reason, failure.detail) == (Reason.NOTHING_USABLE, "unknown_lot x 5, negative x 1")


@pytest.mark.parametrize("problems", [(), (RecordProblem("a", ProblemKind.NEGATIVE),)])
def test_one_bad_record_does_not_fail_an_answer(problems):
    assert failure_of(Parsed(lots=(LotRecord("a", "A", 1.0, 2.0),)), 1, problems) is None
