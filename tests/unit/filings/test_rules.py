"""The table of steps, the questions and the checklist: what follows from data alone."""

from __future__ import annotations

from datetime import date

import pytest

from parking.city.rules import Calendar, CityView, SpecialDay
from parking.filings.errors import StepNotAllowed, StepRefused
from parking.filings.rules import (
    FINAL,
    OPEN,
    TRANSITIONS,
    CertificateState,
    FieldType,
    FilingKind,
    FilingState,
    Item,
    Step,
    certificate_standing,
    certificate_until,
    checklist,
    due,
    group_for,
    groups_for,
    next_state,
    progress,
    read_answers,
    steps_from,
    told_items,
)
from parking.kernel.geo import Box, from_wgs84
from parking.kernel.vocabulary import Datum, LotKind
from tests.factories.filings import DOCUMENTS, REASONS, answers

CITY = CityView(
    name_zh="试城市",
    name_en="Test City",
    code="320999",
    time_zone="Asia/Shanghai",
    boxes=(Box("市域", 31.9, 120.4, 32.2, 120.9),),
    districts=(),
    settings={"documents": DOCUMENTS, "reasons": REASONS},
)


def read(group_key: str, standing: dict | None = None, **raw: str):
    group = group_for(FilingKind.REGISTRATION, group_key)
    values, problems = read_answers(group, raw, CITY, standing or {})
    told = {key: value for key, value in values.items() if value is not None}
    return told, {problem.field: problem.code for problem in problems}


def test_every_state_is_reached_and_final_ones_are_left_by_nobody():
    reached = {leads_to for leads_to, _ in TRANSITIONS.values()}
    assert reached == set(FilingState)
    assert {origin for origin, _ in TRANSITIONS} - {None} == OPEN
    for state in FINAL:
        for kind in ("member", "officer", "system"):
            assert steps_from(state, kind) == ()
        for step in Step:
            with pytest.raises(StepRefused):
                next_state(state, step, "officer")


def test_no_step_belongs_to_both_sides_of_the_counter():
    for (_, step), (_, allowed) in TRANSITIONS.items():
        assert len(allowed) == 1, step
    with pytest.raises(StepNotAllowed):
        next_state(FilingState.ACCEPTED, Step.APPROVED, "member")
    with pytest.raises(StepNotAllowed):
        next_state(FilingState.ACCEPTED, Step.APPROVED, "cli")


def test_due_days_are_working_days_with_make_up_days():
    # A Saturday that is worked, and a Monday that is a holiday.
    worked = SpecialDay(date(2026, 11, 21), True, "调休", "make-up")
    off = SpecialDay(date(2026, 11, 23), False, "假日", "holiday")
    calendar = Calendar.of([worked, off], [2026])
    friday = date(2026, 11, 20)
    assert due(FilingState.SUBMITTED, friday, CITY, calendar).on == date(2026, 11, 24)
    assert due(FilingState.SUBMITTED, friday, CITY, Calendar()).on == date(2026, 11, 24)
    assert due(FilingState.ACCEPTED, friday, CITY, calendar).on == date(2026, 11, 27)
    assert due(FilingState.APPROVED, friday, CITY, calendar) is None


def test_a_certificate_holds_until_the_day_before_its_anniversary():
    assert certificate_until(date(2028, 2, 29), CITY) == date(2031, 3, 1)
    until_on = date(2029, 11, 20)
    days = {
        date(2029, 9, 20): CertificateState.VALID,
        date(2029, 9, 21): CertificateState.EXPIRING,
        date(2029, 11, 19): CertificateState.EXPIRING,
        date(2029, 11, 20): CertificateState.EXPIRED,
    }
    for on, state in days.items():
        assert certificate_standing(CertificateState.VALID, until_on, CITY, on) is state
        assert certificate_standing(CertificateState.REVOKED, until_on, CITY, on) is CertificateState.REVOKED


def test_every_field_has_a_label_and_every_choice_of_the_register_is_offered():
    for kind in FilingKind:
        keys = [each.key for group in groups_for(kind) for each in group.fields]
        assert len(keys) == len(set(keys))
        assert [group.key for group in groups_for(kind)][-2:] == ["papers", "declaration"]
    whole = [each for group in groups_for(FilingKind.REGISTRATION) for each in group.fields]
    assert all(each.label and (each.type is not FieldType.CHOICE or each.choices) for each in whole)
    on_street = {group.key for group in groups_for(FilingKind.REGISTRATION, LotKind.ON_STREET)}
    assert "building" not in on_street


def test_what_is_posted_is_read_by_its_type():
    told, problems = read("spaces", spaces_general=" 120 ", access="public", spaces_reason="新建")
    assert (told, problems) == (
        {"spaces_general": 120, "access": "public", "spaces_reason": "new_build"},
        {},
    )
    told, problems = read(
        "hours_and_fees", opening_hours="Mo-Fr 08:00-20:00", charges_fee="yes", fee_text="a\nb"
    )
    assert told["charges_fee"] is True and told["fee_text"] == "a\nb" and not problems
    # What is not asked is emptied, so that no old answer stays behind a new one.
    told, _ = read("hours_and_fees", charges_fee="no", fee_text="每小时 5 元")
    assert told == {"charges_fee": False}


@pytest.mark.parametrize(
    ("group", "raw", "code"),
    [
        ("spaces", {"spaces_general": "-5"}, "not_a_number"),
        ("spaces", {"spaces_general": "=1+1"}, "not_a_number"),
        ("spaces", {"spaces_general": "9" * 5000}, "too_large"),
        ("spaces", {"access": "everybody"}, "unknown_choice"),
        ("place", {"name": "a\nb"}, "control_character"),
        ("place", {"name": "a\u202eb"}, "hidden_character"),
        ("place", {"name": "长" * 121}, "too_long"),
        ("place", {"district_code": "999"}, "unknown_district"),
        ("place", {"position_lat": "x", "position_lon": "120.6"}, "not_degrees"),
        ("place", {"position_lat": "nan", "position_lon": "120.6"}, "not_degrees"),
        ("place", {"position_lat": "120.6", "position_lon": "32.06"}, "swapped"),
        ("place", {"position_lat": "31.0", "position_lon": "121.0"}, "outside_city"),
        ("hours_and_fees", {"opening_hours": "随时"}, "unreadable"),
        ("hours_and_fees", {"opening_hours": "Mo-Fr 08:00-18:00; Feb 31 off"}, "unreadable"),
        ("hours_and_fees", {"charges_fee": "maybe"}, "not_yes_or_no"),
        ("safety", {"safety_phone": "打电话"}, "not_a_phone"),
        ("owner", {"operator_is_owner": "no", "contract_until_on": "2026-02-30"}, "not_a_date"),
        ("owner", {"operator_is_owner": "no", "contract_until_on": "0206-11-21"}, "date_out_of_range"),
    ],
)
def test_what_cannot_be_read_has_its_own_reason(group, raw, code):
    assert list(read(group, **raw)[1].values()) == [code]


def test_a_place_keeps_the_datum_in_which_it_was_given():
    lat, lon = from_wgs84(32.06, 120.62, Datum.GCJ02)
    told, problems = read("place", position_lat=str(lat), position_lon=str(lon), position_datum="gcj02")
    assert told["position"] == {"lat": lat, "lon": lon, "datum": "gcj02"} and not problems


def test_the_checklist_asks_by_kind_by_type_and_by_what_was_answered():
    def asked(kind=FilingKind.REGISTRATION, **changed):
        return [need.key for need in checklist(CITY, kind, answers(**changed))]

    assert asked() == ["site_right"]
    assert asked(underground=True, mechanical=True) == ["site_right", "fire", "special_equipment"]
    assert asked(charges_fee=True) == ["site_right", "price_notice"]
    assert asked(charges_fee=True, type="dedicated") == ["site_right"]
    # A road section has no building, whatever was answered of one before.
    street = answers(underground=True) | {"kind": "on_street"}
    assert [need.key for need in checklist(CITY, FilingKind.REGISTRATION, street)] == ["site_right"]
    assert asked(operator_is_owner=False) == ["site_right", "contract"]
    assert asked(FilingKind.RENEWAL, mechanical=True) == ["special_equipment"]


def test_the_task_list_says_what_is_done_begun_and_empty():
    told = {"name": "a", **{key: answers()[key] for key in ("has_billing_system",)}}
    found = progress(CITY, FilingKind.REGISTRATION, told, frozenset())
    assert found == {
        "place": "begun",
        "spaces": "empty",
        "hours_and_fees": "empty",
        "owner": "empty",
        "building": "empty",
        "billing": "done",
        "safety": "empty",
        "papers": "empty",
    }
    whole = progress(CITY, FilingKind.REGISTRATION, answers(), {"site_right"})
    assert set(whole.values()) == {"done"}


def test_an_officer_adds_words_to_a_template():
    items = [Item("papers.site_right", "unreadable", "第 2 页"), Item("", "no_such", "")]
    assert told_items(items, "correct", CITY, FilingKind.REGISTRATION, answers()) == [
        {
            "about": "papers.site_right",
            "label": "材料site_right",
            "text_zh": "材料看不清；第 2 页",
            "text_en": "Unreadable; 第 2 页",
        }
    ]
