"""Does the curve of a day pass through the quotes?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from parking.city.rules import Calendar
from parking.kernel.vocabulary import StayKind
from parking.tariffs.rules.curve import curve, rises
from parking.tariffs.rules.document import read
from parking.tariffs.rules.quotes import Stay, quote
from parking.tariffs.rules.tariff import VehicleClass
from tests.unit.tariffs import documents as doc

NINE = datetime(2026, 10, 14, 1, tzinfo=UTC)
SMALL, GREEN = VehicleClass.SMALL, VehicleClass.NEW_ENERGY


def test_a_days_rises_are_the_rows_of_its_price_list():
    rules = read(doc.FOURPYUN)
    hours = [(0, 0), (1, 400), (61, 500), (121, 600), (181, 700), (241, 800), (301, 900), (361, 1000)]
    assert rises(rules, NINE, 14, SMALL, Calendar()) == hours
    assert rises(rules, NINE, 15, SMALL, Calendar()) == hours
    assert rises(rules, NINE, 1, SMALL, Calendar()) == hours[:2]
    assert rises(read(doc.SUIZHOU), NINE, 2, SMALL, Calendar(), zone="1") == [(0, 0), (31, 300), (61, 500)]
    monthly = rises(read(doc.WITH_NEW_ENERGY), NINE, 24, SMALL, Calendar(), kind=StayKind.MONTHLY)
    assert monthly == [(0, 0)]


@pytest.mark.parametrize("seconds", [True, False])
@pytest.mark.parametrize("begins", [NINE, NINE + timedelta(seconds=20)])
def test_a_curve_passes_through_the_quotes(seconds, begins):
    rules = read(doc.LIANYING | {"seconds": seconds})
    points = curve(rules, begins, 30, SMALL, Calendar(), 7)
    assert [minute for minute, _ in points] == list(range(0, 1801, 7))
    for minute, fee in points:
        stay = Stay(begins, begins + timedelta(minutes=minute))
        assert quote(rules, stay, Calendar()).fee_fen == fee
    assert points[-1] == (1799, 3100 + 6 * 200)


def test_two_rises_in_one_minute_are_one_row():
    by_the_second = {**doc.jicui("restart_unit"), "seconds": True}
    del by_the_second["plans"]["small"]["free"]
    evening = datetime(2026, 10, 14, 10, 59, 50, tzinfo=UTC)
    assert rises(read(by_the_second), evening, 1, SMALL, Calendar()) == [(0, 0), (1, 150)]


def test_a_curve_is_of_the_vehicle_and_zone_asked_for():
    last = curve(read(doc.WITH_NEW_ENERGY), NINE, 3, GREEN, Calendar())[-1]
    assert last == (180, 0)
    assert curve(read(doc.SUIZHOU), NINE, 9, SMALL, Calendar(), zone="2")[-1] == (540, 1000)
    assert len(curve(read(doc.SUIZHOU), NINE, 1, SMALL, Calendar(), 1)) == 61
    with pytest.raises(ValueError, match="a minute apart"):
        curve(read(doc.SUIZHOU), NINE, 9, SMALL, Calendar(), 0)
    for hours in (0, 366 * 24 + 1):
        with pytest.raises(ValueError, match="366"):
            curve(read(doc.SUIZHOU), NINE, hours, SMALL, Calendar())
