"""Are orders, hand-overs and closings taken as the bureau's rules say?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from parking.city.service import set_fact
from parking.inspections import queries, service
from parking.inspections.errors import (
    FindingNotFound,
    FindingRefused,
    NotOneLot,
    OrderNotFound,
    StepNotAllowed,
)
from parking.inspections.rules import FindingState, FindingStep, Grade
from parking.kernel.actors import CLI
from tests.factories.accounts import register
from tests.factories.city import DISTRICTS, NOW
from tests.factories.inspections import CLERK, INSPECTOR, TODAY, a_filed_lot, a_finding, a_photo


def order(session, *ids, **more):
    versions = {each: queries.finding(session, each).version for each in ids}
    return service.order_to_put_right(session, INSPECTOR, versions, NOW, **more)


def test_one_order_names_all_findings_of_a_lot_with_the_days_of_their_grades(session, lot):
    minor = a_finding(session, lot.id)
    urgent = a_finding(session, lot.id, grade=Grade.URGENT, text="通道堵塞")
    told = queries.order(session, order(session, minor, urgent, note="速办"))
    assert told.number == "试改〔2026〕0001号"
    lines = [(line["text"], line["due_on"]) for line in told.content["lines"]]
    # Ten workdays from Friday the 20th, and one.
    assert lines == [("标线不清", "2026-12-04"), ("通道堵塞", "2026-11-23")]
    assert (told.content["lot_name"], told.content["note"]) == (lot.name, "速办")


def test_an_order_goes_to_one_lot_and_never_to_the_road(session, operator, lot):
    here, there = a_finding(session, lot.id), a_finding(session, a_filed_lot(session, operator).id)
    for ids in ([here, there], [a_finding(session)]):
        with pytest.raises(NotOneLot):
            order(session, *ids)


def test_a_day_that_an_officer_sets_is_a_workday_to_come(session, lot):
    found = a_finding(session, lot.id)
    for day in (TODAY - timedelta(days=1), date(2026, 11, 22)):
        with pytest.raises(FindingRefused):
            order(session, found, due_on=day)
    order(session, found, due_on=date(2026, 11, 25))
    assert queries.finding(session, found).row.due_on == date(2026, 11, 25)


def test_an_operator_sees_its_own_ordered_findings_and_nothing_else(session, operator, lot):
    stranger = register(session, 2).organisation_id
    found = a_finding(session, lot.id)
    with pytest.raises(FindingNotFound):
        queries.finding(session, found, organisation_id=operator)
    order_id = order(session, found)
    assert queries.finding(session, found, organisation_id=operator).row.id == found
    with pytest.raises(FindingNotFound):
        service.answer_order(session, CLERK, found, stranger, "整改", 2, NOW)
    with pytest.raises(FindingNotFound):
        service.add_evidence(session, CLERK, found, stranger, a_photo(), NOW)
    with pytest.raises(OrderNotFound):
        queries.order(session, order_id, organisation_id=stranger)


def test_the_same_photo_again_is_one_photo(session, lot):
    found = a_finding(session, lot.id)
    assert service.add_photo(session, INSPECTOR, found, a_photo(), NOW) == service.add_photo(
        session, INSPECTOR, found, a_photo(), NOW
    )
    seen = queries.finding(session, found)
    assert len(seen.papers) == 1 and len(seen.steps) == 2


def test_a_city_may_let_closing_be_a_decision_of_its_own(session, lot):
    set_fact(session, CLI, "inspections.recheck_closes", False, TODAY, NOW)
    found = a_finding(session, lot.id)
    service.recheck(session, INSPECTOR, found, passed=True, text="", version=1, now=NOW)
    assert queries.finding(session, found).state is FindingState.RECHECKED
    service.close(session, INSPECTOR, found, version=2, now=NOW)
    assert queries.finding(session, found).row.closed_at == NOW


def test_what_is_sent_back_has_a_new_day_and_tells_what_is_missing(session, operator, lot):
    found = a_finding(session, lot.id, grade=Grade.URGENT)
    order(session, found)
    service.answer_order(session, CLERK, found, operator, "已清理", 2, NOW)
    later = NOW + timedelta(days=3)
    with pytest.raises(FindingRefused):
        service.recheck(session, INSPECTOR, found, passed=False, text=" ", version=3, now=later)
    service.recheck(session, INSPECTOR, found, passed=False, text="仍有杂物", version=3, now=later)
    seen = queries.finding(session, found)
    assert (seen.state, seen.row.due_on) == (FindingState.ORDERED, date(2026, 11, 24))
    assert seen.steps[-1].text == "仍有杂物"


def test_a_road_point_belongs_to_a_district_and_its_times_keep_their_order(session, city):
    with pytest.raises(FindingRefused) as refused:
        a_finding(session, district_code=None, found_at=NOW - timedelta(days=40), text=" ")
    assert {each.field for each in refused.value.problems} == {"district_code", "found_at", "text"}
    found = a_finding(session, found_at=NOW - timedelta(hours=1))
    with pytest.raises(FindingRefused):
        service.hand_over(
            session,
            INSPECTOR,
            found,
            to="交警",
            version=1,
            now=NOW,
            handed_over_at=NOW - timedelta(hours=2),
        )
    service.hand_over(session, INSPECTOR, found, to="交警", version=1, now=NOW)
    with pytest.raises(StepNotAllowed):
        service.recheck(session, INSPECTOR, found, passed=True, text="", version=2, now=NOW)
    with pytest.raises(FindingNotFound):
        queries.finding(session, found, districts=[DISTRICTS[2]])
    assert FindingStep.HANDED_OVER in [step.step for step in queries.finding(session, found).steps]
