"""Where exactly does a fee begin, rise and end? To the minute, or the second where seconds count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parking.city.rules import Calendar
from parking.tariffs.rules import words
from parking.tariffs.rules.document import read
from parking.tariffs.rules.quotes import LONGEST_DAYS, Coupon, Quote, Stay, quote
from parking.tariffs.rules.tariff import CouponKind
from tests.unit.tariffs import documents as doc

# A Wednesday, 8 in the morning in the city.
EIGHT = datetime(2026, 10, 14, tzinfo=UTC)
HOUR = {"fen": 100, "unit_minutes": 60}
# Years without a special day, which is known.
PLAIN = Calendar(years=frozenset({2025, 2026, 2027}))
LONGEST = LONGEST_DAYS * 1440


def lot(*schedules: dict[str, Any], seconds: bool = False, grace: int = 0, **plan: Any) -> dict[str, Any]:
    document = doc.document(p={**plan, "schedules": list(schedules) or [doc.all_day(HOUR)]})
    return document | {"seconds": seconds, "grace_minutes": grace}


def quoted(document: dict[str, Any], minutes: float, begins: float = 0, **how: Any) -> Quote:
    """A stay from so many minutes after 8 in the morning on."""
    entered = EIGHT + timedelta(minutes=begins)
    return quote(read(document), Stay(entered, entered + timedelta(minutes=minutes), **how), PLAIN)


def rise(found: Quote, begins: float = 0) -> tuple[int, float | None, int | None]:
    """The fee, after how many minutes it is higher, and what it is then."""
    assert type(found.fee_fen) is int and type(found.next_fee_fen) in (int, type(None))
    if found.next_change_at is None:
        return found.fee_fen, None, found.next_fee_fen
    entered = EIGHT + timedelta(minutes=begins)
    return found.fee_fen, (found.next_change_at - entered).total_seconds() / 60, found.next_fee_fen


FREE = {"minutes": 30}
BY_HOUR = doc.road(HOUR)
EVENING = 11.5 * 60
BY_DAY = lot(BY_HOUR, cycle=doc.FROM_EIGHT, free=FREE)
MINUTELY = doc.all_day({"fen": 10, "unit_minutes": 1})
LATE = doc.all_day({"fen": 0, "until_minutes": 60}, HOUR)


def once(*schedules: dict[str, Any]) -> dict[str, Any]:
    return lot(*schedules, cycle=doc.HOURLY_24, free=FREE | {"per": "stay"})


ONCE_A_STAY = once()
FRIDAY = 2 * 1440
CALENDAR_DAY = {"kind": "day", "from": "00:00"}
WEEK = doc.all_day(days=["weekend"]), doc.all_day(HOUR, cap_fen=250)


def taken_off(minutes: int) -> dict[str, Any]:
    return lot(cycle=doc.HOURLY_24, free={"minutes": minutes, "counted_back": False, "per": "stay"})


def bands(*told: tuple[str, str, list[dict[str, int]]]) -> dict[str, Any]:
    return {"bands": [{"from": begins, "until": ends, "steps": steps} for begins, ends, steps in told]}


STEPPED = bands(
    ("08:00", "20:00", [{"fen": 300, "until_minutes": 60}, HOUR]),
    ("20:00", "08:00", [{"fen": 200, "until_minutes": 60}, {"fen": 50, "unit_minutes": 60}]),
)
AGAIN = lot(STEPPED, crossing="restart_steps")
HALVES = bands(("08:00", "20:00", [HOUR]), ("20:00", "08:00", [{"fen": 50, "unit_minutes": 30}]))
GAPPED = bands(("08:00", "12:00", [HOUR]), ("12:00", "14:00", []), ("14:00", "08:00", [HOUR]))


@pytest.mark.parametrize(
    ("document", "begins", "minutes", "fee"),
    [
        pytest.param(lot(), 0, 0, (0, 1, 100), id="the first minute begins a unit"),
        pytest.param(lot(), 0, 60, (100, 61, 200), id="a unit's last minute"),
        pytest.param(lot(), 0, 61, (200, 121, 300), id="a unit begins"),
        pytest.param(lot(seconds=True), 0, 60, (100, 60 + 1 / 60, 200), id="a unit's last second"),
        pytest.param(lot(seconds=True), 0, 60 + 1 / 60, (200, 120 + 1 / 60, 300), id="a second begins it"),
        pytest.param(lot(free=FREE), 0, 30, (0, 31, 100), id="free minutes included"),
        pytest.param(lot(free=FREE | {"inclusive": False}), 0, 29, (0, 30, 100), id="and not"),
        pytest.param(lot(free=FREE | {"inclusive": False}), 0, 30, (100, 61, 200), id="counted back"),
        pytest.param(lot(free=FREE | {"counted_back": False}), 0, 30, (0, 31, 100), id="taken off"),
        pytest.param(lot(free=FREE | {"counted_back": False}), 0, 90, (100, 91, 200), id="units after them"),
        pytest.param(lot(BY_HOUR, free=FREE), EVENING, 60, (0, 751, 200), id="used up at the night's edge"),
        pytest.param(lot(BY_HOUR, free=FREE), EVENING + 10, 30, (0, 751, 200), id="on after the night"),
        pytest.param(lot(BY_HOUR, free=FREE), EVENING + 10, 750, (0, 751, 200), id="to their last minute"),
        pytest.param(lot(BY_HOUR, free=FREE), EVENING + 10, 751, (200, 801, 300), id="all paid at once"),
        pytest.param(ONCE_A_STAY, 0, 30, (0, 31, 100), id="a stay's free minutes, to the last"),
        pytest.param(once(MINUTELY), 0, 30, (0, 31, 310), id="all of a stay's minutes paid at once"),
        pytest.param(once(doc.all_day({"fen": 1})), 0, 30, (0, 31, 1), id="a single fen"),
        pytest.param(once(LATE), 0, 30, (0, 61, 100), id="a first step for nothing after them"),
        pytest.param(lot(*WEEK, cycle=CALENDAR_DAY), FRIDAY, 600, (250, 3841, 350), id="a free weekend"),
        pytest.param(ONCE_A_STAY, 0, 1440, (2400, 1441, 2500), id="no more of them"),
        pytest.param(taken_off(60), 0, 3 * 1440, (7100, 3 * 1440 + 1, 7200), id="taken off once"),
        pytest.param(taken_off(1500), 0, 3 * 1440, (4700, 3 * 1440 + 1, 4800), id="longer than a cycle"),
        pytest.param(taken_off(1500), 0, 60, (0, 1501, 100), id="and all of the first free"),
        pytest.param(BY_DAY, EVENING + 10, 10, (0, 771, 100), id="free minutes anew with the service day"),
        pytest.param(BY_DAY, EVENING, 30, (0, 781, 100), id="all of a day's, and all of the next's"),
        pytest.param(BY_DAY, EVENING - 1, 31, (100, 782, 200), id="one more"),
        pytest.param(lot(MINUTELY, free=FREE), 0, 10, (0, 31, 310), id="units of a minute, counted back"),
        pytest.param(lot(LATE, free=FREE), 0, 10, (0, 61, 100), id="a first step for nothing"),
        pytest.param(lot(LATE, free=FREE), 0, 40, (0, 61, 100), id="in the first step for nothing"),
        pytest.param(lot(STEPPED), 600, 0, (0, 1, 300), id="a first step"),
        pytest.param(lot(STEPPED), 600, 60, (300, 61, 400), id="its last minute"),
        pytest.param(lot(STEPPED), 600, 120, (400, 121, 450), id="the night goes on with the second step"),
        pytest.param(lot(STEPPED), 690, 30, (300, 31, 500), id="what is left of a step counts as one unit"),
        pytest.param(lot(STEPPED), 690, 31, (500, 61, 550), id="in the night's own first step"),
        pytest.param(AGAIN, 600, 120, (400, 121, 600), id="the night's steps begin anew"),
        pytest.param(AGAIN, 600, 181, (650, 241, 700), id="and go on"),
        pytest.param(AGAIN, 600, 840, (1150, 841, 1450), id="and the next day's"),
        pytest.param(lot(STEPPED, crossing="carry"), 690, 60, (300, 61, 350), id="carried to the step's end"),
        pytest.param(lot(HALVES, crossing="carry"), 705, 60, (100, 61, 150), id="a unit carried over"),
        pytest.param(lot(HALVES), 705, 15, (100, 16, 150), id="a unit cut"),
        pytest.param(lot(GAPPED, crossing="carry"), 225, 135, (100, 136, 200), id="not over a free time"),
    ],
)
def test_a_fee_rises_where_the_sign_says(document, begins, minutes, fee):
    assert rise(quoted(document, minutes, begins), begins) == fee


def test_what_costs_nothing_more_has_no_next_change():
    once = lot(doc.all_day({"fen": 700}))
    assert rise(quoted(once, 0)) == (0, 1, 700)
    assert rise(quoted(once, 1)) == (700, None, None)
    assert rise(quoted(lot(doc.all_day({"fen": 0})), 5)) == (0, None, None)
    assert rise(quoted(lot(doc.all_day()), 5)) == (0, None, None)
    capped = lot(doc.all_day(HOUR, cap_fen=250))
    assert rise(quoted(capped, 100)) == (200, 121, 250)
    assert rise(quoted(capped, 121)) == (250, None, None)
    most = lot(most_fen=250, cycle=doc.HOURLY_24)
    assert rise(quoted(most, 100)) == (200, 121, 250)
    assert rise(quoted(most, 121)) == (250, None, None)
    assert rise(quoted(lot(most_fen=200), 61)) == (200, None, None)


def test_a_stay_of_366_days_is_the_longest_and_nothing_changes_after_it():
    assert rise(quoted(lot(), LONGEST)) == (LONGEST // 60 * 100, None, None)
    assert rise(quoted(lot(), LONGEST - 61))[1:] == (LONGEST - 59, LONGEST // 60 * 100)
    late = lot(cycle={"kind": "entry", "hours": 24}, free={"minutes": 1439})
    assert rise(quoted(late, LONGEST - 1440))[1:] == (LONGEST, 2400 * 366)


def test_the_last_cycle_is_told_in_detail_also_where_it_ends_with_the_stay():
    two = quoted(lot(cycle=doc.HOURLY_24), 2 * 1440)
    assert [(line.text, line.fen) for line in two.lines] == [(words.UNITS, 2400)] * 2
    three = quoted(lot(cycle=doc.HOURLY_24), 3 * 1440)
    assert [(line.text, line.fen) for line in three.lines] == [
        (words.UNITS, 2400),
        (words.WHOLE, 2400),
        (words.UNITS, 2400),
    ]
    assert three.lines[1].params == {"count": 1, "cycle_fen": 2400}
    assert quoted(lot(free=FREE), 30).lines == ((words.WITHIN_FREE, 0, {"minutes": 30}),)
    assert quoted(lot(), 0).lines == ((words.NOTHING, 0, {}),)


def test_a_day_on_which_the_clock_is_changed_costs_its_own_hours():
    by_day = lot(cycle=CALENDAR_DAY) | {"time_zone": "Europe/Berlin"}
    spring, autumn = datetime(2026, 3, 26, 23, tzinfo=UTC), datetime(2026, 10, 22, 22, tzinfo=UTC)
    for entered, hours in ((spring, 95), (autumn, 97)):
        stay = Stay(entered, entered + timedelta(hours=hours))
        found = quote(read(by_day), stay, Calendar())
        assert [line.fen for line in found.lines] == [2400, 2400, (hours - 72) * 100, 2400]


def test_a_cycle_of_two_days_costs_what_both_say():
    cheap = doc.all_day({"fen": 10, "unit_minutes": 60}, days=["weekend"])
    found = quoted(lot(cheap, doc.all_day(HOUR), cycle=doc.HOURLY_24), 6 * 1440, 240)
    assert [(line.fen, line.params.get("count")) for line in found.lines] == [
        (2400, None),
        (2400, 1),
        (1320, 1),
        (240, 1),
        (1320, 1),
        (2400, None),
    ]


def test_bands_are_told_by_their_hours_and_a_night_as_one():
    night = {"from": "20:00", "until": "08:00", "steps": [{"fen": 50, "unit_minutes": 60}], "cap_fen": 300}
    day = {"from": "08:00", "until": "20:00", "steps": [HOUR]}
    found = quoted(lot({"bands": [day, night]}), 24 * 60, 10 * 60)
    assert [(line.text, line.fen, dict(line.params)) for line in found.lines] == [
        (words.UNITS, 200, {"from": "08:00", "until": "20:00", "minutes": 60, "unit_fen": 100, "units": 2}),
        (words.UNITS, 600, {"from": "20:00", "until": "08:00", "minutes": 60, "unit_fen": 50, "units": 12}),
        (words.BAND_CAP, -300, {"from": "20:00", "until": "08:00", "cap_fen": 300}),
        (words.UNITS, 1000, {"from": "08:00", "until": "20:00", "minutes": 60, "unit_fen": 100, "units": 10}),
    ]


def test_each_kind_of_unit_is_told_in_its_own_words():
    found = quoted(lot(STEPPED), 14 * 60, 600)
    day, night = {"from": "08:00", "until": "20:00"}, {"from": "20:00", "until": "08:00"}
    hour = {"minutes": 60, "unit_fen": 100}
    assert [(line.text, line.fen, dict(line.params)) for line in found.lines] == [
        (words.FLAT_UNTIL, 300, {**day, "minutes": 60, "flat_fen": 300, "units": 1}),
        (words.UNITS, 100, {**day, **hour, "units": 1}),
        (words.UNITS, 600, {**night, "minutes": 60, "unit_fen": 50, "units": 12}),
    ]
    whole_day = {"from": "00:00", "until": "24:00"}
    flat = quoted(lot(doc.all_day({"fen": 700})), 90)
    assert flat.lines == ((words.FLAT, 700, {**whole_day, "flat_fen": 700, "units": 1}),)


def test_a_night_has_one_cap_and_the_next_night_another():
    night = {"from": "20:00", "until": "08:00", "steps": [HOUR], "cap_fen": 300}
    by_night = lot({"bands": [night, {"from": "08:00", "until": "20:00"}]})
    assert rise(quoted(by_night, 24 * 60, 10 * 60), 10 * 60) == (300, 26 * 60 + 1, 400)
    assert rise(quoted(by_night, 26 * 60 + 1, 10 * 60), 10 * 60) == (400, 27 * 60 + 1, 500)


COUPONS = [
    (Coupon(CouponKind.AMOUNT, 150), (150, 181, 250), (words.COUPON_AMOUNT, -150, {"amount_fen": 150})),
    (Coupon(CouponKind.PER_CENT, 50), (150, 181, 200), (words.COUPON_PER_CENT, -150, {"per_cent": 50})),
    (Coupon(CouponKind.PER_CENT, 100), (0, None, None), (words.COUPON_PER_CENT, -300, {"per_cent": 100})),
    (Coupon(CouponKind.MINUTES, 20), (300, 201, 400), (words.COUPON_MINUTES, 0, {"minutes": 20})),
    (Coupon(CouponKind.MINUTES, 500), (0, 501, 100), (words.COUPON_MINUTES, 0, {"minutes": 500})),
    (Coupon(CouponKind.FREE), (0, None, None), (words.COUPON_FREE, -300, {})),
    (Coupon(CouponKind.AMOUNT, 900), (0, 541, 100), (words.COUPON_AMOUNT, -300, {"amount_fen": 900})),
    (Coupon(CouponKind.TARIFF, plan="p"), (300, 181, 400), (words.COUPON_TARIFF, 0, {})),
]


@pytest.mark.parametrize(("coupon", "fee", "line"), COUPONS)
def test_a_coupon_takes_off_what_it_says_and_is_told(coupon, fee, line):
    found = quoted(lot(), 180, coupons=(coupon,))
    assert rise(found) == fee
    assert found.lines[-1] == line
    assert sum(each.fen for each in found.lines) == found.fee_fen


def test_coupons_of_one_kind_follow_each_other():
    of = [(CouponKind.AMOUNT, 100), (CouponKind.AMOUNT, 250)]
    found = quoted(lot(), 180, coupons=tuple(Coupon(*each) for each in of))
    assert [line.fen for line in found.lines] == [300, -100, -200]
    of = [(CouponKind.PER_CENT, 50), (CouponKind.PER_CENT, 50), (CouponKind.FREE, 0)]
    found = quoted(lot(), 180, coupons=tuple(Coupon(*each) for each in of))
    assert [line.fen for line in found.lines] == [300, -150, -75, -75]


def test_the_grace_ends_to_the_minute_and_what_is_due_then_is_told():
    paid = {"paid_at": EIGHT + timedelta(minutes=55)}
    graced = lot(grace=10)
    assert rise(quoted(graced, 55, **paid)) == (100, 61, 200)
    assert rise(quoted(graced, 56, **paid)) == (100, 66, 200)
    assert rise(quoted(graced, 65, **paid)) == (100, 66, 200)
    assert rise(quoted(graced, 66, **paid)) == (200, 121, 300)
    # Nothing more is due when the grace is over: the next change is that of the tariff.
    early = {"paid_at": EIGHT + timedelta(minutes=10)}
    assert rise(quoted(graced, 15, **early)) == (100, 61, 200)
    # Paid before the stay, or after its end: no grace.
    assert rise(quoted(graced, 5, paid_at=EIGHT - timedelta(minutes=1))) == (100, 61, 200)
    assert rise(quoted(lot(grace=10, seconds=True), 65, **paid)) == (100, 65 + 1 / 60, 200)
    assert rise(quoted(graced, 5, paid_at=EIGHT)) == (0, 11, 100)


def test_the_whole_of_a_free_stay_is_told_as_free_only_where_something_is_charged():
    per_stay = lot(BY_HOUR, cycle=doc.FROM_EIGHT, free=FREE | {"per": "stay"})
    assert quoted(per_stay, 60, EVENING).lines == ((words.WITHIN_FREE, 0, {"minutes": 30}),)
    assert quoted(per_stay, 60, EVENING + 40).lines == ((words.NOTHING, 0, {}),)
    assert rise(quoted(per_stay, 60, EVENING), EVENING) == (0, 751, 200)
    assert rise(quoted(per_stay, 60, EVENING + 10), EVENING + 10) == (0, 751, 200)
    taken_off = lot(cycle=doc.HOURLY_24, free=FREE | {"counted_back": False, "per": "stay"})
    assert rise(quoted(taken_off, 24 * 60)) == (2400, 24 * 60 + 1, 2500)
    assert quoted(taken_off, 20).lines == ((words.DEDUCTED, 0, {"minutes": 30}),)
