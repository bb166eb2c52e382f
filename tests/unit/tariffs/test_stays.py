"""Which stays have a price, and what do vehicle, kind, exemption and coupons do to it?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parking.city.rules import Calendar
from parking.kernel.vocabulary import PlateColour, StayKind
from parking.tariffs.rules import words
from parking.tariffs.rules.document import read
from parking.tariffs.rules.errors import (
    CouponUnknown,
    StayEndsBeforeItBegins,
    StayTooLong,
)
from parking.tariffs.rules.quotes import Coupon, Stay, quote
from parking.tariffs.rules.tariff import CouponKind, Exemption, TariffRules, VehicleClass, vehicle_of
from parking.tariffs.rules.versions import InForce, quote_across
from tests.unit.tariffs import documents as doc
from tests.unit.tariffs.strategies import CALENDAR

NOON = datetime(2026, 10, 14, 4, tzinfo=UTC)


def priced(rules, minutes: int, **how):
    return quote(rules, Stay(NOON, NOON + timedelta(minutes=minutes), **how), Calendar())


def test_a_stay_without_a_price_is_refused_with_the_reason():
    rules = read(doc.FOURPYUN)
    with pytest.raises(StayEndsBeforeItBegins):
        priced(rules, -1)
    assert priced(rules, 366 * 1440).next_change_at is None
    with pytest.raises(StayTooLong, match="366"):
        priced(rules, 366 * 1440 + 1)
    with pytest.raises(CouponUnknown):
        priced(rules, 10, coupons=(Coupon(CouponKind.TARIFF, plan="none"),))
    with pytest.raises(ValueError, match="zone"):
        quote(rules, Stay(NOON.replace(tzinfo=None), NOON), Calendar())
    with pytest.raises(ValueError, match="zone"):
        priced(rules, 10, paid_at=NOON.replace(tzinfo=None))
    for refused in ((CouponKind.AMOUNT, -1), (CouponKind.PER_CENT, 101)):
        with pytest.raises(ValueError, match="between nothing and all"):
            Coupon(*refused)


def test_who_stays_decides_the_plan():
    rules = read(doc.FULL | {"time_zone": "Asia/Shanghai"})
    assert priced(rules, 60, kind=StayKind.MONTHLY).lines[0].text == words.MONTHLY
    assert priced(rules, 60, exemption=Exemption.HEARSE).lines[0].text == words.EXEMPT
    assert priced(rules, 60, exemption=Exemption.POLICE).lines[0].text == words.NOTHING
    large = {"vehicle": VehicleClass.LARGE, "zone": "1"}
    assert priced(rules, 60, **large, kind=StayKind.SHARED).fee_fen == 15
    assert priced(rules, 60, **large, kind=StayKind.MONTHLY).fee_fen == 15
    assert priced(rules, 60, **large).fee_fen == 0
    assert priced(rules, 60, coupons=(Coupon(CouponKind.TARIFF, plan="b"),)).fee_fen == 15
    assert vehicle_of(PlateColour.YELLOW) is VehicleClass.LARGE
    assert vehicle_of(PlateColour.BLUE, is_motorcycle=True) is VehicleClass.MOTORCYCLE
    assert vehicle_of(PlateColour.UNKNOWN) is VehicleClass.SMALL


def test_coupons_come_off_in_one_order():
    rules = read(doc.FOURPYUN)
    off = priced(
        rules,
        240,
        coupons=(
            Coupon(CouponKind.AMOUNT, 100),
            Coupon(CouponKind.PER_CENT, 33),
            Coupon(CouponKind.MINUTES, 60),
        ),
    )
    # 180 minutes cost 600; a third of it is 198; then 100.
    assert [line.fen for line in off.lines] == [400, 200, 0, -198, -100]
    assert off.fee_fen == 302
    assert priced(rules, 240, coupons=(Coupon(CouponKind.FREE),)).fee_fen == 0


def test_a_fee_that_rests_on_a_year_without_a_calendar_says_so():
    """Nobody told which days of 2027 are holidays: the fee of any of them may be another one."""
    holiday, rest = doc.all_day({"fen": 250}, days=["holiday"]), doc.all_day({"fen": 500})
    rules = read(doc.document(p={"cycle": {"kind": "day"}, "schedules": [holiday, rest]}))
    midnight = datetime(2026, 12, 31, 16, tzinfo=UTC)

    def notes(told: TariffRules, hours: int, **how: Any) -> list[int | str]:
        found = quote(
            told, Stay(midnight - timedelta(hours=2), midnight + timedelta(hours=hours), **how), CALENDAR
        )
        assert found.fee_fen == sum(line.fen for line in found.lines)
        return [line.params["year"] for line in found.lines if line.text == words.DAYS_UNKNOWN]

    assert [notes(rules, 0), notes(rules, 1), notes(rules, 365 * 24)] == [[], [2027], [2027]]
    assert notes(rules, 1, kind=StayKind.MONTHLY) == []
    assert notes(read(doc.document(p={"schedules": [rest]})), 1) == []
    weekly = doc.document(p={"schedules": [rest | {"weekdays": [5]}, rest]})
    assert notes(read(weekly), 1) == []
    versions = [InForce(midnight - timedelta(days=day), rules) for day in (9, -1)]
    across = quote_across(versions, Stay(midnight, midnight + timedelta(days=2)), CALENDAR)
    assert [line.params for line in across.lines if line.text == words.DAYS_UNKNOWN] == [{"year": 2027}]
