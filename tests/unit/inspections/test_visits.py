"""Does a visit become what was seen, once, and by whom it may be seen?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from parking.audit import queries as audit
from parking.inspections import queries, service
from parking.inspections.errors import (
    AlreadyStepped,
    PlanMeetsNoLot,
    PlanRefused,
    SendingReused,
    StepNotAllowed,
    VisitNotFound,
    VisitRefused,
)
from parking.inspections.rules import FindingState, Grade, InspectionKind, PlanRule
from parking.kernel.vocabulary import LotType
from parking.lots.service import put_certificate
from tests.factories.city import DISTRICTS, NOW
from tests.factories.inspections import COLLEAGUE, INSPECTOR, a_filed_lot
from tests.factories.lots import a_lot

SAFETY = InspectionKind.SAFETY
FAILED = {"fire_lane": {"outcome": "failed", "note": "堆物"}, "extinguishers": {"outcome": "passed"}}


def begin(session, lot, **more):
    return service.begin_visit(session, INSPECTOR, SAFETY, lot.id, NOW, **more)


def record(session, visit_id, answers, *, version=1, finish=True, actor=INSPECTOR, now=NOW, **more):
    return service.record_visit(
        session, actor, visit_id, answers, "", version=version, finish=finish, now=now, **more
    )


def test_a_checklist_asks_what_the_profile_asks_of_the_type_of_lot(session, operator):
    temporary = a_filed_lot(session, operator, type=LotType.TEMPORARY)
    visit_id = begin(session, temporary)
    record(session, visit_id, {"fire_lane": {"outcome": "passed"}})
    assert [item["key"] for item in queries.visit(session, visit_id).items] == ["fire_lane"]


def test_every_failed_item_becomes_a_finding_with_its_grade_and_day(session, lot):
    visit_id = begin(session, lot)
    made = record(
        session,
        visit_id,
        {
            "fire_lane": {"outcome": "failed", "note": "堆物"},
            "extinguishers": {"outcome": "failed", "note": "两具过期", "grade": "minor"},
        },
    )
    found = [queries.finding(session, each) for each in made.finding_ids]
    assert [(each.row.text, each.grade) for each in found] == [
        ("堆物", Grade.URGENT),
        ("两具过期", Grade.MINOR),
    ]
    assert found[0].row.number == "试巡〔2026〕00001号" and found[0].item_zh == "消防通道畅通"
    # The bureau owes its order within two workdays: Monday and Tuesday.
    assert {each.row.due_on for each in found} == {date(2026, 11, 24)}
    assert queries.visit(session, visit_id).state == queries.FINISHED
    actions = [entry.action for entry in audit.entries_of(session, "inspection", visit_id)]
    assert actions == ["inspection:begun", "inspection:finished"]


def test_a_visit_may_be_saved_bit_by_bit_and_ends_only_when_all_is_answered(session, lot):
    visit_id = begin(session, lot)
    half = {"fire_lane": {"outcome": "failed", "note": ""}}
    assert record(session, visit_id, half, finish=False).version == 2
    with pytest.raises(VisitRefused) as refused:
        record(session, visit_id, half, version=2)
    assert [problem.field for problem in refused.value.problems] == [
        "item-fire_lane-note",
        "item-extinguishers",
    ]
    assert queries.visit(session, visit_id).state == queries.STARTED


def test_two_who_fill_in_one_checklist_do_not_overwrite_each_other(session, lot):
    visit_id = begin(session, lot)
    record(session, visit_id, FAILED, finish=False)
    with pytest.raises(AlreadyStepped) as told:
        record(session, visit_id, FAILED, finish=False, actor=COLLEAGUE)
    assert (told.value.who, told.value.at) == (str(INSPECTOR), NOW)
    record(session, visit_id, FAILED, version=2)
    with pytest.raises(AlreadyStepped):
        record(session, visit_id, FAILED, version=3, actor=COLLEAGUE)


def test_the_same_form_again_is_answered_as_before_and_a_used_key_serves_nothing_else(session, lot):
    visit_id = begin(session, lot, form_key="begin-key")
    assert begin(session, lot, form_key="begin-key") == visit_id
    first = record(session, visit_id, FAILED, form_key="record-key")
    assert record(session, visit_id, FAILED, form_key="record-key") == first
    assert len(queries.findings(session).rows) == 1
    with pytest.raises(SendingReused):
        begin(session, lot, form_key="record-key")
    # Somebody else's key is no concern of mine.
    other = service.begin_visit(session, COLLEAGUE, SAFETY, lot.id, NOW, form_key="begin-key")
    assert other != visit_id


def test_a_dropped_visit_stays_dropped(session, lot):
    visit_id = begin(session, lot)
    service.drop_visit(session, INSPECTOR, visit_id, "已停用", version=1, now=NOW)
    with pytest.raises(StepNotAllowed):
        record(session, visit_id, FAILED, version=2)
    assert audit.entries_of(session, "inspection", visit_id)[-1].reason == "已停用"


def test_a_visit_in_anothers_district_is_not_there(session, lot):
    visit_id = begin(session, lot)
    for districts, seen in ((), True), ((DISTRICTS[0],), True), ((DISTRICTS[2],), False):
        if seen:
            assert queries.visit(session, visit_id, districts=districts).id == visit_id
        else:
            with pytest.raises(VisitNotFound):
                queries.visit(session, visit_id, districts=districts)
            with pytest.raises(VisitNotFound):
                record(session, visit_id, FAILED, districts=districts)


def test_a_rule_chooses_filed_lots_by_type_district_last_visit_and_score(session, operator, lot):
    dedicated = a_filed_lot(session, operator, type=LotType.DEDICATED, district_code=DISTRICTS[2])
    revoked = a_filed_lot(session, operator)
    put_certificate(session, INSPECTOR, revoked.id, "备-撤", "revoked", date(2029, 1, 1), operator, NOW)
    older = a_lot(session, filing_no="试停备〔2019〕1号")
    a_lot(session)

    def met(rule=PlanRule(), now=NOW, **more):  # noqa: B008 - frozen
        return {card.id for card in service.lots_for(session, SAFETY, rule, now, **more)}

    assert met() == {lot.id, dedicated.id, older.id}
    assert met(PlanRule(lot_types=("dedicated",))) == {dedicated.id}
    assert met(PlanRule(districts=(DISTRICTS[0],))) == {lot.id}
    assert met(districts=(DISTRICTS[2],)) == {dedicated.id}
    record(session, begin(session, lot), FAILED)
    assert met(PlanRule(months_since=3)) == {dedicated.id, older.id}
    assert met(PlanRule(months_since=3), now=NOW + timedelta(days=93)) == {lot.id, dedicated.id, older.id}
    service.reckon_month(session, INSPECTOR, date(2026, 11, 1), NOW + timedelta(hours=1))
    assert met(PlanRule(score_below=80)) == {lot.id}, "25 of 40 after an urgent finding; the others have 40"


def test_a_plan_makes_one_visit_for_each_lot_and_by_hand_only_for_filed_ones(session, operator, lot):
    told = {"kind": SAFETY, "name": "冬季", "due_on": date(2026, 11, 30), "now": NOW}
    other = a_filed_lot(session, operator)
    plan_id = service.make_plan(session, INSPECTOR, rule=PlanRule(), **told)
    assert (queries.plan(session, plan_id).visits, queries.plan(session, plan_id).open) == (2, 2)
    by_hand = service.make_plan(session, INSPECTOR, lot_ids=[other.id], **told)
    assert [each.lot_id for each in queries.visits(session, plan_id=by_hand)] == [other.id]
    with pytest.raises(PlanRefused):
        service.make_plan(session, INSPECTOR, lot_ids=[a_lot(session).id], **told)
    with pytest.raises(PlanMeetsNoLot):
        service.make_plan(session, INSPECTOR, rule=PlanRule(lot_types=("temporary",)), **told)
    with pytest.raises(PlanRefused) as refused:
        service.make_plan(
            session,
            INSPECTOR,
            rule=PlanRule(months_since=0),
            **(told | {"name": "", "due_on": date(2026, 11, 1)}),
        )
    assert [each.field for each in refused.value.problems] == ["name", "due_on", "months_since"]


def test_states_lead_the_list_by_what_is_due_first_page_by_page(session, lot):
    for _ in range(3):
        record(session, begin(session, lot), FAILED)
    first = queries.findings(session, states=[FindingState.FOUND], limit=2)
    second = queries.findings(session, states=[FindingState.FOUND], limit=2, after=first.after)
    numbers = [row.number for row in (*first.rows, *second.rows)]
    assert numbers == sorted(numbers) and len(numbers) == 3 and second.after is None
