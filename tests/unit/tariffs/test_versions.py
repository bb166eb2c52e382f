"""A cycle goes by the version in force when it begins: no cap is paid twice, and a fee never falls."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parking.tariffs.queries import TariffBook
from parking.tariffs.rules import words
from parking.tariffs.rules.document import read
from parking.tariffs.rules.errors import StayEndsBeforeItBegins, StayTooLong, TariffUnknown
from parking.tariffs.rules.quotes import Coupon, Stay, quote
from parking.tariffs.rules.tariff import CouponKind, FreePer, TariffRules
from parking.tariffs.rules.versions import InForce, Price, in_force, price_of, quote_across
from tests.unit.tariffs.documents import FROM_EIGHT, HOURLY_24, SUIZHOU, all_day, document, road
from tests.unit.tariffs.strategies import CALENDAR, entries, examples, tariffs

EVER = datetime(2000, 1, 1, tzinfo=UTC)
# Midnight of 1 December in the city.
CHANGE = datetime(2026, 11, 30, 16, tzinfo=UTC)
STEP = {"unit_minutes": 60}


def hourly(fen: int, cap: int, **more: Any) -> TariffRules:
    plan = {"cycle": HOURLY_24, "schedules": [all_day({"fen": fen, **STEP}, cap_fen=cap)]}
    return read(document(p=plan) | more)


def by_day(fen: int, cap: int) -> TariffRules:
    schedules = [road({"fen": fen, **STEP}, cap_fen=cap)]
    return read(document(p={"cycle": FROM_EIGHT, "free": {"minutes": 30}, "schedules": schedules}))


def changing(before: TariffRules | None, after: TariffRules | None, at: datetime = CHANGE) -> list[InForce]:
    return [InForce(EVER, before), InForce(at, after)]


def fee(versions: list[InForce], entered: datetime, minutes: float, **more: Any) -> int:
    stay = Stay(entered, entered + timedelta(minutes=minutes), **more)
    found = quote_across(versions, stay, CALENDAR)
    assert found.fee_fen == sum(line.fen for line in found.lines)
    return found.fee_fen


def test_24_hours_from_entry_are_paid_by_the_version_at_entry() -> None:
    versions = changing(hourly(300, 2000), hourly(500, 3000))
    noon_before = CHANGE - timedelta(hours=12)
    assert fee(versions, noon_before, 60) == 300
    assert fee(versions, noon_before, 24 * 60) == 2000
    assert fee(versions, noon_before, 25 * 60) == 2500
    assert fee(versions, noon_before, 49 * 60) == 2000 + 3000 + 500
    assert fee(versions, CHANGE, 60) == 500
    assert fee(versions, CHANGE - timedelta(minutes=1), 60) == 300


def test_a_service_day_that_began_is_paid_by_the_version_it_began_under() -> None:
    versions = changing(by_day(300, 2000), by_day(400, 9000))
    evening = CHANGE - timedelta(hours=5)
    # 19 to 20 in the evening, 8 to 10 in the morning.
    assert fee(versions, evening, 15 * 60) == 300 + 800
    # From a night that is free: its cycle is the day before's.
    assert fee(versions, CHANGE - timedelta(hours=1), 11 * 60) == 800


def test_a_visit_paid_once_stays_one_visit() -> None:
    visit = read(document(p={"schedules": [all_day({"fen": 700})]}))
    dearer = read(document(p={"schedules": [all_day({"fen": 900})]}))
    assert fee(changing(visit, dearer), CHANGE - timedelta(days=3), 6 * 24 * 60) == 700


def test_a_line_tells_since_when_the_new_version_counts() -> None:
    stay = Stay(CHANGE - timedelta(hours=12), CHANGE + timedelta(hours=13))
    found = quote_across(changing(hourly(300, 2000), hourly(500, 3000)), stay, CALENDAR)
    told = [line for line in found.lines if line.text == words.NEW_VERSION]
    assert [(line.fen, line.params) for line in told] == [(0, {"since": "2026-12-01 12:00"})]
    assert (found.next_change_at, found.next_fee_fen) == (CHANGE + timedelta(hours=13, minutes=1), 3000)


def test_the_next_change_is_seen_beyond_the_versions_change() -> None:
    versions = changing(hourly(300, 300), hourly(500, 3000))
    entered = CHANGE - timedelta(hours=1)
    found = quote_across(versions, Stay(entered, entered + timedelta(hours=2)), CALENDAR)
    assert found.fee_fen == 300
    assert (found.next_change_at, found.next_fee_fen) == (entered + timedelta(hours=24, minutes=1), 800)


def test_a_stay_across_a_change_can_be_told_by_the_present_version_alone() -> None:
    book = TariffBook.made_of(CALENDAR, {"lot": changing(by_day(100, 800), by_day(500, 9000))})
    # 16 hours, of which the last few are those of the new version's first day.
    stay = Stay(CHANGE - timedelta(hours=5), CHANGE + timedelta(hours=11))
    both, alone = book.quote("lot", stay), book.quote("lot", stay, by_present=True)
    assert alone.quote.fee_fen == fee([InForce(EVER, by_day(100, 800))], stay.entered_at, 960)
    assert (
        alone.quote.fee_fen
        < both.quote.fee_fen
        == fee(changing(by_day(100, 800), by_day(500, 9000)), stay.entered_at, 960)
    )


def test_a_lot_that_loses_its_tariff_goes_on_for_those_inside_and_is_unknown_to_others() -> None:
    versions = changing(hourly(300, 2000), None)
    assert fee(versions, CHANGE - timedelta(hours=1), 180) == 900
    with pytest.raises(TariffUnknown):
        fee(versions, CHANGE, 60)
    with pytest.raises(TariffUnknown):
        fee(changing(None, hourly(300, 2000)), CHANGE - timedelta(hours=1), 180)


def test_the_lots_zone_counts_whatever_the_stay_says() -> None:
    rules = read(SUIZHOU)
    versions = [InForce(EVER, rules, zone="1"), InForce(CHANGE, rules, zone="2")]
    assert fee(versions, CHANGE - timedelta(days=9), 120, zone="3") == 500
    assert fee(versions, CHANGE, 120, zone="1") == 400


def test_a_version_replaced_within_one_cycle_never_comes_to_bear() -> None:
    versions = changing(hourly(300, 2000), hourly(9999, 99_999))
    versions.append(InForce(CHANGE + timedelta(hours=6), hourly(100, 1000)))
    assert fee(versions, CHANGE - timedelta(hours=12), 26 * 60) == 2200


def test_a_coupon_is_spent_once_and_minutes_are_taken_from_the_end() -> None:
    versions = changing(hourly(300, 2000), hourly(500, 3000))
    entered = CHANGE - timedelta(hours=12)
    amount = (Coupon(CouponKind.AMOUNT, 2200),)
    assert fee(versions, entered, 25 * 60, coupons=amount) == 300
    assert fee(versions, entered, 20 * 60, coupons=amount) == 0
    minutes = (Coupon(CouponKind.MINUTES, 60),)
    assert fee(versions, entered, 25 * 60, coupons=minutes) == 2000
    found = quote_across(versions, Stay(entered, entered + timedelta(hours=8), coupons=amount), CALENDAR)
    # 20 yuan of the coupon are gone by then, and 2 are left.
    assert (found.next_change_at, found.next_fee_fen) == (entered + timedelta(hours=24, minutes=1), 300)


def test_the_grace_after_payment_bridges_the_change() -> None:
    # What is in force at payment tells it, though the stay is priced by the version before.
    versions = changing(hourly(300, 2000, grace_minutes=5), hourly(500, 3000, grace_minutes=20))
    entered, edge = CHANGE - timedelta(hours=12), CHANGE + timedelta(hours=12)
    paid = {"paid_at": edge - timedelta(minutes=5)}
    assert fee(versions, entered, 24 * 60 + 15, **paid) == 2000
    assert fee(versions, entered, 24 * 60 + 16, **paid) == 2500
    found = quote_across(versions, Stay(entered, edge + timedelta(minutes=15), **paid), CALENDAR)
    assert (found.next_change_at, found.next_fee_fen) == (edge + timedelta(minutes=16), 2500)


def test_no_stay_across_a_change_is_silently_free() -> None:
    versions = changing(hourly(300, 2000), hourly(500, 3000))
    with pytest.raises(StayTooLong):
        fee(versions, CHANGE - timedelta(days=200), 400 * 24 * 60)
    with pytest.raises(StayEndsBeforeItBegins):
        fee(versions, CHANGE, -1)


def test_free_priced_and_unknown_are_three_things() -> None:
    free = read(document(p={"schedules": [all_day()]}))
    lots = {
        "free": [InForce(EVER, free)],
        "soon": changing(None, free),
        "paid": [InForce(EVER, hourly(1, 9))],
    }
    book = TariffBook.made_of(CALENDAR, lots)
    before = CHANGE - timedelta(hours=1)
    assert [book.price(each, before) for each in ("free", "soon", "paid", "none")] == [
        Price.FREE,
        Price.UNKNOWN,
        Price.PRICED,
        Price.UNKNOWN,
    ]
    assert price_of(None) is Price.UNKNOWN
    # Of the plans that its zone is come to: what others pay there is nobody's price here.
    plans = {"free": {"schedules": [all_day()]}, "dear": {"schedules": [all_day({"fen": 500})]}}
    choices = [{"plan": "dear", "zones": ["1"]}, {"plan": "free"}]
    zoned = read(document(**plans, unused=plans["dear"]) | {"choices": choices})
    assert [price_of(zoned, zone) for zone in ("1", "2", None)] == [Price.PRICED, Price.FREE, Price.FREE]
    streets = {zone: [InForce(EVER, zoned, zone)] for zone in ("1", "2")}
    of_streets = TariffBook.made_of(CALENDAR, streets)
    assert [of_streets.price(zone, CHANGE) for zone in ("1", "2")] == [Price.PRICED, Price.FREE]
    stay = Stay(before, CHANGE)
    assert book.quote("soon", stay).quote is None
    told = book.quote("free", stay)
    assert told.price is Price.FREE and told.quote is not None and told.quote.fee_fen == 0
    assert in_force(lots["soon"], CHANGE) == lots["soon"][1]
    assert book.of("soon", before) is None and book.of("soon", CHANGE) is not None


some = examples(25)
stays = st.integers(0, 5 * 1440)
changes = st.integers(-3 * 1440, 6 * 1440)


@some
@given(tariffs(), entries(), stays, changes)
def test_a_version_replaced_by_an_equal_one_changes_no_fee(rules, entered, minutes, change) -> None:
    plan = rules.plans[0]
    # What is meant once for a whole stay begins anew under a new version.
    assume(plan.most_fen is None and (plan.free is None or plan.free.per is not FreePer.STAY))
    stay = Stay(entered, entered + timedelta(minutes=minutes))
    alone = quote(rules, stay, CALENDAR)
    versions = changing(rules, replace(rules), entered + timedelta(minutes=change))
    across = quote_across(versions, stay, CALENDAR)
    assert (across.fee_fen, across.next_change_at, across.next_fee_fen) == (
        alone.fee_fen,
        alone.next_change_at,
        alone.next_fee_fen,
    )


@some
@given(tariffs(), tariffs(), entries(), stays, changes, st.integers(0, 1440))
def test_a_fee_never_falls_across_a_change_and_its_next_change_is_true(
    before, after, entered, minutes, change, more
) -> None:
    versions = changing(before, after, entered + timedelta(minutes=change))
    found = quote_across(versions, Stay(entered, entered + timedelta(minutes=minutes)), CALENDAR)
    then = entered + timedelta(minutes=minutes + more)
    assert found.fee_fen <= fee(versions, entered, minutes + more)
    if found.next_change_at is None or then < found.next_change_at:
        assert fee(versions, entered, minutes + more) == found.fee_fen
    if found.next_change_at is not None:
        lasts = (found.next_change_at - entered).total_seconds() / 60
        assert fee(versions, entered, lasts) == found.next_fee_fen
