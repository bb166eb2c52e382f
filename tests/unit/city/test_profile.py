"""Does the profile become dated rows, and does it contradict itself unnoticed?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from parking.audit import queries as audit
from parking.city import queries, service
from parking.city.errors import ProfileMissing, ProfileRefused
from parking.city.models import CityBox, CityFact, District
from parking.city.rules import CityView, DistrictView, read_profile
from parking.kernel.actors import CLI
from parking.kernel.geo import Box
from tests.factories.city import NOW, SINCE, a_city, a_profile

TODAY = date(2026, 11, 20)
NEXT_DAY = NOW + timedelta(days=1)


def rows(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


def test_before_a_profile_there_is_no_city(session):
    with pytest.raises(ProfileMissing):
        queries.city_view(session, TODAY)
    with pytest.raises(ProfileMissing):
        queries.today(session, NOW)


def test_a_profile_is_what_the_city_is(session):
    view = a_city(session)
    assert (view.name_zh, view.name_en, view.code) == ("试城市", "Test City", "320999")
    assert view.boxes == (Box("市域", 31.9, 120.4, 32.2, 120.9),)
    assert [district.name_zh for district in view.districts] == ["城东街道", "城西街道", "河口镇"]
    assert view.landmarks[0].name_en == "People's Hospital"
    assert view.settings == {"limits.ageing_after_s": 300, "limits.unknown_after_s": 900}
    assert view.has_district("320999101") and not view.has_district("320999102")


def test_a_second_load_changes_nothing(session):
    a_city(session)
    before = [rows(session, table) for table in (CityFact, District, CityBox)], audit.last_hash(session)
    assert service.load_profile(session, CLI, a_profile(), NEXT_DAY).changed == []
    assert (
        [rows(session, table) for table in (CityFact, District, CityBox)],
        audit.last_hash(session),
    ) == before


def test_a_changed_value_holds_from_its_day_and_the_old_one_until_then(session):
    a_city(session)
    changed = a_profile()
    changed["limits"]["ageing_after_s"] = 240
    del changed["limits"]["unknown_after_s"]
    changed["districts"][0]["name_zh"] = "新城街道"
    del changed["districts"][2]
    changed["bounds"][0]["north"] = 32.3
    load = service.load_profile(session, CLI, changed, NOW)
    assert len(load.changed) == 5
    old = queries.city_view(session, TODAY - timedelta(days=1))
    new = queries.city_view(session, TODAY)
    assert old.settings == {"limits.ageing_after_s": 300, "limits.unknown_after_s": 900}
    assert new.settings == {"limits.ageing_after_s": 240}
    assert [district.name_zh for district in old.districts] == ["城东街道", "城西街道", "河口镇"]
    assert [district.name_zh for district in new.districts] == ["新城街道", "城西街道"]
    assert (old.boxes[0].north, new.boxes[0].north) == (32.2, 32.3)
    told = audit.entries_of(session, "city_fact", "limits.ageing_after_s")
    assert told[-1].details == {"before": 300, "after": 240}


def test_two_changes_on_one_day_leave_the_last(session):
    a_city(session)
    for north in (32.3, 32.4):
        profile = a_profile()
        profile["bounds"][0]["north"] = north
        service.load_profile(session, CLI, profile, NOW)
    assert queries.city_view(session, TODAY).boxes[0].north == 32.4
    assert rows(session, CityBox) == 2


def test_a_part_that_a_file_leaves_out_stays(session):
    a_city(session)
    only_city = {"city": a_profile()["city"]}
    assert service.load_profile(session, CLI, only_city, NEXT_DAY).changed == []
    assert len(queries.city_view(session, TODAY).districts) == 3


def test_a_single_fact_can_be_set_from_a_day_on(session):
    a_city(session)
    assert service.set_fact(session, CLI, "limits.ageing_after_s", 120, TODAY, NOW) is True
    assert service.set_fact(session, CLI, "limits.ageing_after_s", 120, TODAY, NOW) is False
    assert queries.city_view(session, TODAY).told("limits.ageing_after_s") == 120
    assert queries.city_view(session, SINCE).told("limits.ageing_after_s") == 300


def test_the_citys_date_is_that_of_its_zone(session):
    view = a_city(session)
    late = NOW.replace(hour=17)
    assert queries.today(session, late) == view.today(late) == date(2026, 11, 21)


def test_everything_wrong_with_a_profile_is_told_at_once(session):
    profile = a_profile()
    profile["city"]["code"] = "32"
    profile["city"]["time_zone"] = "Asia/Nowhere"
    profile["bounds"][0] |= {"south": 33.0, "east": 200.0}
    profile["districts"][1] |= {"code": profile["districts"][0]["code"], "lat": "north"}
    profile["districts"][2]["outline"] = [[[120.0, 32.0], [120.1, 32.0], [120.1, 32.1], [120.0, 32.2]]]
    profile["landmarks"] = [{"id": "x"}]
    profile["suburbs"] = []
    with pytest.raises(ProfileRefused) as refused:
        service.load_profile(session, CLI, profile, NOW)
    assert {problem.field for problem in refused.value.problems} == {
        "suburbs",
        "city.code",
        "city.time_zone",
        "bounds[1].east",
        "bounds[1]",
        "districts[2].lat",
        "districts[3].outline",
        "districts.code",
        "landmarks[1].name_zh",
        "landmarks[1].name_en",
        "landmarks[1].lat",
        "landmarks[1].lon",
    }
    assert rows(session, CityFact) == 0


@pytest.mark.parametrize("profile", [{}, {"city": []}, {"city": {}, "bounds": {}}, {"city": {}, "limits": 1}])
def test_what_is_no_profile_is_refused(profile):
    with pytest.raises(ProfileRefused):
        read_profile(profile)


def test_a_circle_touches_the_city_or_does_not():
    city = CityView(
        "", "", "", "UTC", (Box("a", 31.9, 120.4, 32.2, 120.9), Box("b", 33.0, 120.4, 33.1, 120.5))
    )
    assert city.contains(32.0, 120.5) and city.contains(33.05, 120.45) and city.contains(31.9, 120.4)
    assert not city.contains(32.5, 120.5) and not city.contains(120.5, 32.0)
    assert not city.touches(32.21, 120.5, 1_000)
    assert city.touches(32.21, 120.5, 1_200)
    assert city.touches(32.0, 120.5, 0)


def test_a_profile_says_what_is_asked_of_operators_as_dated_rows(session):
    asked = {"key": "licence", "name_zh": "营业执照", "name_en": "Business licence", "lot_types": []}
    more = {"filings": {"accept_days": 3}, "documents": [asked]}
    service.load_profile(session, CLI, a_profile() | more, NOW, since=SINCE)
    view = queries.city_view(session, SINCE)
    assert view.told("filings.accept_days", 2) == 3 and view.told("filings.decide_days", 5) == 5
    assert view.told("documents") == [asked]


def test_a_list_with_a_key_twice_or_a_name_missing_is_refused():
    twice = [{"key": "a", "name_zh": "甲", "name_en": "A"}, {"key": "a", "name_zh": "乙"}]
    with pytest.raises(ProfileRefused) as refused:
        read_profile(a_profile() | {"documents": twice})
    assert [(each.field, each.code) for each in refused.value.problems] == [
        ("documents[2].name_en", "missing"),
        ("documents.key", "repeated"),
    ]


def test_a_point_lies_in_one_district_by_its_outline():
    square = [[[120.0, 32.0], [120.2, 32.0], [120.2, 32.2], [120.0, 32.2], [120.0, 32.0]]]
    hole = [[[120.05, 32.05], [120.1, 32.05], [120.1, 32.1], [120.05, 32.1], [120.05, 32.05]]]
    drawn = DistrictView("320999001", "甲镇", "A", 32.1, 120.1, square + hole)
    plain = DistrictView("320999002", "乙镇", "B", 32.1, 120.3)
    city = CityView("城", "City", "320999", "Asia/Shanghai", (), (drawn, plain))
    assert city.district_at(32.15, 120.15) == drawn == city.district("320999001")
    assert city.district_at(32.07, 120.07) is None, "in the hole"
    assert city.district_at(32.1, 120.3) is None, "nobody drew that outline"
