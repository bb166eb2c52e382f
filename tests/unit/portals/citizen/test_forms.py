"""What is read from an address: values strictly, names tolerantly, everything wrong at once."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from parking.kernel.vocabulary import Access, SpaceClass
from parking.lookup.queries import PlannedStay
from parking.lookup.rules import Sort
from parking.portals.citizen.forms import FIELD_NAMES, read_search
from parking.tariffs.rules.tariff import VehicleClass

ZONE = "Asia/Shanghai"


def test_an_empty_form_is_the_usual_search() -> None:
    search = read_search({"q": " ", "class": "", "min_free": "", "height": "", "at": ""}, ZONE)
    assert (search.text, search.point, search.filters, search.problems) == ("", None, 0, ())


def test_a_full_form_is_read_in_the_citys_time_and_in_centimetres() -> None:
    search = read_search(
        {
            "q": "  人民  医院 ",
            "lat": "32.06",
            "lon": "120.62",
            "class": "charging",
            "min_free": "5",
            "open": "1",
            "at": "2026-11-21T18:30",
            "height": "2.05",
            "access": "staff",
            "sort": "free",
            "stay": "90",
            "vehicle": "new_energy",
            "max_fee": "5",
        },
        ZONE,
    )
    assert search.text == "人民 医院"
    assert search.point == (32.06, 120.62)
    assert (search.space_class, search.access, search.sort) == (SpaceClass.CHARGING, Access.STAFF, Sort.FREE)
    assert search.at == datetime(2026, 11, 21, 10, 30, tzinfo=UTC)
    assert (search.height_cm, search.min_free, search.filters) == (205, 5, 7)
    assert search.planned(datetime(2026, 1, 1, tzinfo=UTC)) == PlannedStay(
        search.at, 90, VehicleClass.NEW_ENERGY
    )
    assert search.max_fee_fen == 500


def test_everything_that_is_wrong_is_told_at_once() -> None:
    search = read_search({"lat": "480", "lon": "x", "height": "-1", "class": "?", "at": "soon"}, ZONE)
    assert {each.field for each in search.problems} == {"lat", "lon", "height", "class", "at"}


@given(st.dictionaries(st.sampled_from([*FIELD_NAMES, "open", "utm_source"]), st.text(max_size=80)))
def test_no_address_makes_it_stumble(args: dict[str, str]) -> None:
    search = read_search(args, ZONE)
    assert {each.field for each in search.problems} <= set(FIELD_NAMES)
    assert 1 <= search.rows <= 100
    assert 1 <= search.radius_m <= 20_000
    assert 1 <= search.stay_minutes <= 44_640
