"""Where exactly does a stay across a tariff's change cost more, and by which version?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parking.city.rules import Calendar
from parking.kernel.vocabulary import StayKind
from parking.tariffs.rules import words
from parking.tariffs.rules.curve import curve, rises
from parking.tariffs.rules.document import read
from parking.tariffs.rules.errors import StayTooLong, TariffUnknown
from parking.tariffs.rules.quotes import LONGEST_DAYS, Coupon, Quote, Stay
from parking.tariffs.rules.tariff import CouponKind, Exemption, TariffRules, VehicleClass
from parking.tariffs.rules.versions import InForce, in_force, quote_across
from tests.unit.tariffs.documents import FROM_EIGHT, HOURLY_24, all_day, document
from tests.unit.tariffs.strategies import CALENDAR

SMALL = VehicleClass.SMALL

EVER = datetime(2000, 1, 1, tzinfo=UTC)
# Midnight of 1 December in the city.
CHANGE = datetime(2026, 11, 30, 16, tzinfo=UTC)
DAY = 1440
NOON = -720
LONGEST = LONGEST_DAYS * DAY


def hourly(fen: int, cap: int, cycle: dict[str, Any] | None = HOURLY_24, **more: Any) -> TariffRules:
    plan = {"schedules": [all_day({"fen": fen, "unit_minutes": 60}, cap_fen=cap)]}
    return read(document(p=plan | ({"cycle": cycle} if cycle else {})) | more)


def two(before: TariffRules | None, after: TariffRules | None, minutes: int = 0) -> list[InForce]:
    return [InForce(EVER, before), InForce(CHANGE + timedelta(minutes=minutes), after)]


DEARER = two(hourly(300, 2000), hourly(500, 3000))
BY_SECOND = two(hourly(300, 2000, seconds=True), hourly(500, 3000, seconds=True))
BY_DAY = two(hourly(300, 2000, FROM_EIGHT), hourly(500, 3000, FROM_EIGHT))
AT_EIGHT = two(hourly(300, 2000, FROM_EIGHT), hourly(500, 3000, FROM_EIGHT), 8 * 60)
ONE_VISIT = two(hourly(300, 2000, None), hourly(500, 3000))
FREE_FIRST = two(read(document(p={"cycle": HOURLY_24, "schedules": [all_day()]})), hourly(500, 3000))
FREE_THEN = two(hourly(300, 2000), read(document(p={"cycle": HOURLY_24, "schedules": [all_day()]})))
THIRD = [*FREE_THEN, InForce(CHANGE + timedelta(days=3), hourly(700, 7000))]
LONGER = two(hourly(300, 2000), hourly(500, 3000, {"kind": "entry", "hours": 36}))
LONGER.append(InForce(CHANGE + timedelta(hours=38), hourly(700, 7000)))
HALF_FREE = document(
    p={
        "cycle": HOURLY_24,
        "free": {"minutes": 30},
        "schedules": [all_day({"fen": 500, "unit_minutes": 60})],
    }
)
FREE_HALF = two(hourly(300, 2000), read(HALF_FREE))
MONTHLY = [{"plan": "p", "stays": ["monthly"]}, {"plan": "p"}]
MONTHLY_PAID = two(hourly(300, 2000), hourly(500, 3000, choices=MONTHLY))
EXEMPT = two(hourly(300, 2000, exempt=["police"]), hourly(500, 3000, exempt=["fire"]))
GRACED = two(hourly(300, 2000, grace_minutes=20), hourly(500, 3000, grace_minutes=5))
POLICE = {"exemption": Exemption.POLICE}
OF_MONTH = {"kind": StayKind.MONTHLY}


def coupons(*given: tuple[CouponKind, int]) -> dict[str, Any]:
    return {"coupons": tuple(Coupon(kind, value) for kind, value in given)}


AMOUNT, MINUTES, PART = CouponKind.AMOUNT, CouponKind.MINUTES, CouponKind.PER_CENT


def quoted(
    versions: list[InForce], begins: float, minutes: float, paid: int | None = None, **how: Any
) -> Quote:
    entered = CHANGE + timedelta(minutes=begins)
    if paid is not None:
        how["paid_at"] = entered + timedelta(minutes=paid)
    found = quote_across(versions, Stay(entered, entered + timedelta(minutes=minutes), **how), Calendar())
    assert found.fee_fen == sum(line.fen for line in found.lines)
    return found


@pytest.mark.parametrize(
    ("versions", "begins", "minutes", "how", "fee"),
    [
        (DEARER, NOON, 0, {}, (0, 1, 300)),
        (DEARER, NOON, 400, {}, (2000, DAY + 1, 2500)),
        (DEARER, NOON, DAY, {}, (2000, DAY + 1, 2500)),
        (DEARER, NOON, DAY + 1, {}, (2500, DAY + 61, 3000)),
        (DEARER, NOON, 3 * DAY, {}, (8000, 3 * DAY + 1, 8500)),
        (DEARER, NOON + 0.5, DAY + 0.5, {}, (2500, DAY + 60.5, 3000)),
        (DEARER, 0, 60, {}, (500, 61, 1000)),
        (DEARER, -1, 60, {}, (300, 61, 600)),
        (DEARER, -DAY, DAY, {}, (2000, DAY + 1, 2500)),
        (DEARER, -2 * DAY, 2 * DAY - 60, {}, (4000, 2 * DAY + 1, 4500)),
        (DEARER, -2 * DAY + 60, 2 * DAY, {}, (4000, 2 * DAY + 1, 4500)),
        (BY_SECOND, NOON, DAY, {}, (2000, DAY + 1 / 60, 2500)),
        (BY_DAY, NOON, 20 * 60, {}, (2000, 20 * 60 + 1, 2500)),
        (BY_DAY, NOON, 20 * 60 + 1, {}, (2500, 20 * 60 + 61, 3000)),
        (AT_EIGHT, NOON, 20 * 60, {}, (2000, 20 * 60 + 1, 2500)),
        (AT_EIGHT, 7 * 60, 61, {}, (800, 121, 1300)),
        (ONE_VISIT, NOON, DAY, {}, (2000, None, None)),
        (FREE_FIRST, NOON, 60, {}, (0, DAY + 1, 500)),
        (FREE_THEN, NOON, 60, {}, (300, 61, 600)),
        (FREE_THEN, NOON, DAY, {}, (2000, None, None)),
        (THIRD, NOON, DAY, {}, (2000, 4 * DAY + 1, 2700)),
        (LONGER, NOON, 3601, {}, (5700, 3661, 6400)),
        (FREE_HALF, NOON, DAY, {}, (2000, DAY + 31, 2500)),
        ([*FREE_HALF, THIRD[-1]], NOON, DAY, {}, (2000, DAY + 31, 2500)),
        (MONTHLY_PAID, -60, 30, OF_MONTH, (0, 61, 500)),
        (MONTHLY_PAID, -60, 180, OF_MONTH, (1000, 181, 1500)),
        (EXEMPT, -60, 180, POLICE, (1000, 181, 1500)),
        (EXEMPT, -60, 180, {}, (900, 181, 1200)),
        (DEARER, NOON, 1500, coupons((MINUTES, 60)), (2000, 1501, 2500)),
        (DEARER, NOON, 30, coupons((MINUTES, 40), (MINUTES, 20)), (0, 61, 300)),
        (DEARER, NOON, 1500, coupons((AMOUNT, 2200)), (300, 1501, 800)),
        (DEARER, NOON, 1500, coupons((AMOUNT, 2100), (AMOUNT, 200)), (200, 1501, 700)),
        (DEARER, NOON, 1500, coupons((PART, 50), (AMOUNT, 1100)), (150, 1501, 400)),
        (DEARER, NOON, 1500, coupons((PART, 50)), (1250, 1501, 1500)),
        (DEARER, NOON, 1500, coupons((CouponKind.FREE, 0)), (0, None, None)),
        (DEARER, NOON, 60, coupons((AMOUNT, 2000)), (0, DAY + 1, 500)),
        (GRACED, NOON, 1445, {"paid": DAY}, (2000, 1446, 2500)),
        (GRACED, NOON, 1446, {"paid": DAY}, (2500, 1501, 3000)),
        (GRACED, NOON, 1500, {"paid": 1498}, (2500, 1504, 3000)),
        (GRACED, NOON, 1503, {"paid": 1498}, (2500, 1504, 3000)),
        (GRACED, NOON, 1504, {"paid": 1498}, (3000, 1561, 3500)),
        (GRACED, NOON, 1460, {"paid": 1450}, (2500, 1501, 3000)),
        (GRACED, NOON, 1443, {"paid": 1438}, (2000, 1444, 2500)),
        (GRACED, NOON, 1452, {"paid": 1450}, (2500, 1501, 3000)),
        (GRACED, NOON, 55, {"paid": 55}, (300, 61, 600)),
        (GRACED, NOON, 70, {"paid": 55}, (300, 76, 600)),
        (GRACED, NOON, 5, {"paid": 0}, (0, 21, 300)),
        (GRACED, NOON, 5, {"paid": -1}, (300, 61, 600)),
    ],
)
def test_a_fee_across_a_change_rises_where_the_cycle_says(versions, begins, minutes, how, fee):
    found = quoted(versions, begins, minutes, **how)
    entered = CHANGE + timedelta(minutes=begins)
    after = found.next_change_at and (found.next_change_at - entered).total_seconds() / 60
    assert (found.fee_fen, after, found.next_fee_fen) == fee


def test_a_stay_of_366_days_may_cross_a_change_and_a_longer_one_not():
    assert quoted(DEARER, NOON, LONGEST).fee_fen == 2000 + 365 * 3000
    assert quoted(DEARER, NOON, LONGEST).next_change_at is None
    with pytest.raises(StayTooLong, match="366"):
        quoted(DEARER, NOON, LONGEST + 1)
    late = two(hourly(300, 300, None), hourly(500, 3000), LONGEST)
    assert quoted(late, NOON, LONGEST).fee_fen == 300


def test_minutes_given_across_a_change_are_told_after_the_lines_of_both_versions():
    lines = quoted(DEARER, NOON, 1561, **coupons((MINUTES, 60))).lines
    assert [(line.text, line.fen) for line in lines] == [
        (words.UNITS, 7200),
        (words.CYCLE_CAP, -5200),
        (words.NEW_VERSION, 0),
        (words.UNITS, 1000),
        (words.COUPON_MINUTES, 0),
    ]
    assert lines[-1] == (words.COUPON_MINUTES, 0, {"minutes": 60})


def test_before_the_first_version_there_is_no_price():
    assert in_force(DEARER, EVER - timedelta(seconds=1)) is None
    assert in_force(DEARER, EVER) is DEARER[0]
    assert in_force(DEARER, CHANGE) is DEARER[1]
    with pytest.raises(TariffUnknown):
        quote_across(DEARER[1:], Stay(CHANGE - timedelta(minutes=1), CHANGE), Calendar())
    assert quote_across(DEARER[1:], Stay(CHANGE, CHANGE), Calendar()).fee_fen == 0


def test_the_calendar_counts_whatever_the_number_of_versions():
    holiday = all_day({"fen": 900}, days=["holiday"])
    rules = read(document(p={"schedules": [holiday, all_day({"fen": 100})]}))
    national_day = datetime(2026, 9, 30, 18, tzinfo=UTC)
    stay = Stay(national_day, national_day + timedelta(hours=1))
    for versions in ([InForce(EVER, rules)], two(rules, rules)):
        assert quote_across(versions, stay, CALENDAR).fee_fen == 900
    assert rises(rules, national_day, 1, SMALL, CALENDAR) == [(0, 0), (1, 900)]
    assert curve(rules, national_day, 1, SMALL, CALENDAR, 60) == [(0, 0), (60, 900)]
