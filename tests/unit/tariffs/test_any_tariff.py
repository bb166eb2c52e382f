"""Does every tariff that can be read keep its promises, to the minute?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from hypothesis import assume, given
from hypothesis import strategies as st

from parking.tariffs.rules.document import read, write
from parking.tariffs.rules.machine import Machine
from parking.tariffs.rules.quotes import Coupon, Stay, machine_of, quote
from parking.tariffs.rules.tariff import CouponKind, CycleKind, FreePer, TariffRules
from tests.unit.tariffs.slow import fees
from tests.unit.tariffs.strategies import CALENDAR, entries, examples, tariffs

LONGEST = 2 * 1440 + 300
some = examples(15)


def curve(rules: TariffRules, entered: datetime, minutes: int) -> list[int]:
    return list(islice(fees(rules.plans[0], rules.time_zone, entered, CALENDAR), minutes + 1))


def quoted(rules: TariffRules, entered: datetime, minutes: int, **how):
    return quote(rules, Stay(entered, entered + timedelta(minutes=minutes), **how), CALENDAR)


@some
@given(tariffs(), entries())
def test_next_change_walked_to_the_end_gives_the_quote_at_every_minute(rules, entered):
    assert read(write(rules)) == rules
    slow = curve(rules, entered, LONGEST)
    assert slow == sorted(slow)
    minute = 0
    while True:
        found = quoted(rules, entered, minute)
        assert found.fee_fen == slow[minute] == sum(line.fen for line in found.lines)
        if found.next_change_at is None:
            assert slow[-1] == found.fee_fen
            return
        after = (found.next_change_at - entered) // timedelta(minutes=1)
        assert after > minute and found.next_fee_fen > found.fee_fen
        assert set(slow[minute:after]) == {found.fee_fen}
        if after > LONGEST:
            return
        assert found.next_fee_fen == slow[after]
        minute = after


@some
@given(tariffs(), entries(), st.integers(0, LONGEST))
def test_a_fee_at_any_minute_is_that_of_the_minutes_counted_out(rules, entered, minutes):
    found = quoted(rules, entered, minutes)
    assert found.fee_fen == curve(rules, entered, minutes)[-1] == sum(line.fen for line in found.lines)


@some
@given(tariffs(), entries(), st.lists(st.integers(0, 366 * 1440), min_size=2, max_size=2))
def test_a_fee_never_falls_when_the_stay_gets_longer(rules, entered, stays):
    shorter, longer = (quoted(rules, entered, minutes) for minutes in sorted(stays))
    assert shorter.fee_fen <= longer.fee_fen == sum(line.fen for line in longer.lines)


def cycles_of(machine: Machine, entered: datetime, minutes: int) -> list[int]:
    """When the cycles begin, the first with the stay."""
    at, ends = int(entered.timestamp()), int(entered.timestamp()) + minutes * 60
    begins = []
    while at < ends:
        begins.append(at)
        at = machine.cycle_end(at, machine.local.day_of(at))
    return begins


@some
@given(tariffs(), entries(), st.integers(1, 20 * 1440))
def test_a_fee_never_exceeds_its_caps(rules, entered, minutes):
    plan = rules.plans[0]
    fee = quoted(rules, entered, minutes).fee_fen
    if plan.most_fen is not None:
        assert fee <= plan.most_fen
    caps = [each.cap_fen for each in plan.schedules]
    if None not in caps:
        assert fee <= max(caps) * len(cycles_of(machine_of(rules, "p", CALENDAR), entered, minutes))


@some
@given(tariffs(), entries(), st.integers(1, 20 * 1440), st.data())
def test_splitting_at_a_cycles_edge_changes_nothing(rules, entered, minutes, data):
    plan = rules.plans[0]
    assume(plan.cycle.kind is not CycleKind.STAY and (not plan.free or plan.free.per is FreePer.CYCLE))
    rules = replace(rules, plans=(replace(plan, most_fen=None),))
    begins = cycles_of(machine_of(rules, "p", CALENDAR), entered, minutes)
    split_at = datetime.fromtimestamp(data.draw(st.sampled_from(begins)), UTC)
    until_at = entered + timedelta(minutes=minutes)
    parts = [quote(rules, Stay(*part), CALENDAR) for part in ((entered, split_at), (split_at, until_at))]
    assert quoted(rules, entered, minutes).fee_fen == sum(part.fee_fen for part in parts)


coupons = st.one_of(
    st.builds(Coupon, st.just(CouponKind.AMOUNT), st.integers(0, 2000)),
    st.builds(Coupon, st.just(CouponKind.MINUTES), st.integers(0, 300)),
    st.builds(Coupon, st.just(CouponKind.PER_CENT), st.integers(0, 100)),
    st.just(Coupon(CouponKind.FREE)),
)


@some
@given(tariffs(), entries(), st.integers(0, 2000), st.lists(coupons, min_size=1, max_size=3))
def test_coupons_never_make_a_fee_rise_nor_fall_below_nothing(rules, entered, minutes, given_coupons):
    plain = quoted(rules, entered, minutes)
    off = quoted(rules, entered, minutes, coupons=tuple(given_coupons))
    assert 0 <= off.fee_fen <= plain.fee_fen
    assert off.fee_fen == sum(line.fen for line in off.lines)
    if off.next_change_at:
        after = (off.next_change_at - entered) // timedelta(minutes=1)
        later = quoted(rules, entered, after, coupons=tuple(given_coupons))
        just_before = quoted(rules, entered, after - 1, coupons=tuple(given_coupons))
        assert off.fee_fen == just_before.fee_fen < later.fee_fen == off.next_fee_fen


@some
@given(tariffs(), entries(), st.integers(0, 600), st.integers(0, 60))
def test_the_fee_stands_still_while_grace_lasts_after_payment(rules, entered, minutes, grace):
    rules = replace(rules, grace_minutes=grace)
    paid = {"paid_at": entered + timedelta(minutes=minutes)}
    settled = quoted(rules, entered, minutes, **paid)
    last = quoted(rules, entered, minutes + grace, **paid)
    after = quoted(rules, entered, minutes + grace + 1, **paid)
    assert settled.fee_fen == last.fee_fen == quoted(rules, entered, minutes).fee_fen
    assert after.fee_fen == quoted(rules, entered, minutes + grace + 1).fee_fen
    if last.next_change_at:
        changed = (last.next_change_at - entered) // timedelta(minutes=1)
        assert changed > minutes + grace
        assert quoted(rules, entered, changed, **paid).fee_fen == last.next_fee_fen > last.fee_fen
