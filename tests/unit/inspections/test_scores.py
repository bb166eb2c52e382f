"""Is a month's score the sum of its criteria, from rows that it names, the same whenever it is reckoned?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.audit import queries as audit
from parking.city.service import set_fact
from parking.complaints.rules import ComplaintKind
from parking.complaints.rules.scores import Weights
from parking.complaints.rules.scores import score as complaint_score
from parking.inspections import queries, service
from parking.inspections.rules import FindingTold, Grade, MinutesTold, MonthFacts, OrderTold, reckon
from parking.inspections.rules.plans import months_before
from parking.kernel.actors import CLI
from parking.occupancy.models import LevelDay
from tests.factories.city import NOW
from tests.factories.inspections import CRITERIA, INSPECTOR, a_finding

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
MONTH_END = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
SPAN = (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), MONTH_END)


def minutes(fresh, of=1000):
    return MinutesTold(*SPAN, fresh, of)


def test_nobody_gains_or_loses_by_what_was_not_measured():
    score = reckon(
        [*CRITERIA, {"key": "x", "name_zh": "x", "name_en": "x", "points": 50, "rule": "x"}], MonthFacts()
    )
    assert (score.points, score.out_of, score.percent) == (40, 40, 100)
    assert [line.left_out for line in score.lines] == ["not_connected", None, "nothing_due", "rule_unknown"]
    assert reckon([], MonthFacts()).percent is None


def test_the_service_level_earns_by_proportion_between_two_bounds():
    def earned(fresh):
        return reckon(CRITERIA[:1], MonthFacts(minutes(fresh))).points

    assert [earned(each) for each in (1000, 980, 890, 800, 0)] == [40, 40, 20, 0, 0]


@given(
    fresh=st.integers(0, 1000),
    grades=st.lists(st.sampled_from(Grade), max_size=9),
    late=st.lists(st.booleans(), max_size=5),
)
def test_a_score_lies_between_nothing_and_everything_and_never_rises_with_a_finding(fresh, grades, late):
    findings = tuple(FindingTold(str(n), str(n), grade) for n, grade in enumerate(grades))
    orders = tuple(
        OrderTold(str(n), str(n), NOVEMBER, None if is_late else NOVEMBER) for n, is_late in enumerate(late)
    )
    score = reckon(CRITERIA, MonthFacts(minutes(fresh), findings, orders))
    assert 0 <= score.points <= score.out_of and 0 <= score.percent <= 100
    worse = (*findings, FindingTold("n", "n", Grade.MINOR))
    assert reckon(CRITERIA, MonthFacts(minutes(fresh), worse, orders)).points <= score.points


@pytest.mark.parametrize(
    ("on", "months", "before"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 12, 31), 60, date(2021, 12, 31)),
    ],
)
def test_months_are_counted_by_the_calendar(on, months, before):
    assert months_before(on, months) == before


def tell_day(session, lot, on, fresh, due):
    told = {"due": due, "fresh": fresh, "suspect": 0, "unknown": due - fresh, "written_at": NOW}
    session.add(LevelDay(lot_id=lot.id, space_class="general", on=on, **told))
    session.flush()


def test_a_month_is_reckoned_from_minutes_findings_and_answers_of_the_city_s_own_month(session, lot):
    for on, fresh in ((date(2026, 10, 31), 0), (NOVEMBER, 1440), (date(2026, 11, 30), 1123), (DECEMBER, 0)):
        tell_day(session, lot, on, fresh, due=1440)
    found = a_finding(session, lot.id, grade=Grade.SERIOUS)
    withdrawn = a_finding(session, lot.id)
    service.withdraw(session, INSPECTOR, withdrawn, text="重复", version=1, now=NOW)
    service.order_to_put_right(session, INSPECTOR, {found: 1}, NOW)
    assert service.reckon_month(session, CLI, NOVEMBER, MONTH_END + timedelta(hours=1)) == 1
    score = queries.score(session, lot.id, NOVEMBER)
    assert [(line["key"], line["points"]) for line in score.lines] == [
        ("live", 20),
        ("findings", 35),
        ("in_time", 0),
    ]
    assert (score.points, score.out_of, score.percent) == (55, 100, 55)
    assert score.lines[0]["evidence"]["due"] == 2880
    assert [row["id"] for row in score.lines[1]["evidence"]["rows"]] == [found]
    assert score.lines[2]["evidence"]["rows"][0]["answered_on"] is None


def test_reckoned_again_a_month_stays_unless_its_facts_changed_and_then_keeps_both(session, lot):
    over = MONTH_END + timedelta(days=2)
    assert service.reckon_month(session, CLI, NOVEMBER, over) == 1
    assert service.reckon_month(session, CLI, NOVEMBER, over + timedelta(days=1)) == 0
    a_finding(session, lot.id)
    assert service.reckon_month(session, CLI, NOVEMBER, over + timedelta(days=2)) == 1
    score = queries.score(session, lot.id, NOVEMBER)
    assert (score.revision, score.percent) == (2, 95.0)
    told = [
        entry for entry in audit.entries_of(session, "lot", lot.id) if entry.action == "lot_score:revised"
    ]
    assert [entry.details["before"] for entry in told] == [100]


def test_confirmed_complaints_cost_what_the_city_says_and_nothing_where_nobody_tells(session, lot):
    asks = [
        *CRITERIA,
        {"key": "told", "name_zh": "反映", "name_en": "Told", "points": 10, "rule": "complaints"},
    ]
    set_fact(session, CLI, "score_criteria", asks, date(2026, 1, 1), NOW)
    weights = Weights({ComplaintKind.FEE_WRONG: 5, ComplaintKind.BLOCKED: 2}, 8)
    cost = complaint_score(lot.id, {ComplaintKind.FEE_WRONG: 1, ComplaintKind.BLOCKED: 2}, weights)
    for complained, points in ((None, None), (lambda *_: [], 10), (lambda *_: [cost], 2)):
        service.reckon_month(session, CLI, NOVEMBER, MONTH_END, complained=complained)
        line = queries.score(session, lot.id, NOVEMBER).lines[-1]
        assert (line["left_out"], line["points"]) == (
            ("rule_unknown", 0) if points is None else (None, points)
        )
    assert line["evidence"]["rows"] == [
        {"kind": "fee_wrong", "confirmed": 1, "minus": 5},
        {"kind": "blocked", "confirmed": 2, "minus": 4},
    ]


def test_a_month_that_still_runs_is_reckoned_in_place_and_by_its_own_criteria(session, lot):
    service.reckon_month(session, CLI, NOVEMBER, NOW)
    service.reckon_month(session, CLI, NOVEMBER, NOW + timedelta(days=1))
    assert queries.score(session, lot.id, NOVEMBER).revision == 1
    # December's criteria are not November's.
    set_fact(session, CLI, "score_criteria", CRITERIA[:1], date(2026, 12, 1), NOW)
    service.reckon_month(session, CLI, NOVEMBER, MONTH_END + timedelta(hours=1))
    assert len(queries.score(session, lot.id, NOVEMBER).lines) == 3
    assert service.months_to_reckon(session, NOW) == [date(2026, 10, 1), NOVEMBER]
