"""Is a contradiction told with its place, and does the sign say what decides the fee?"""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from parking.city.rules import Calendar
from parking.kernel.vocabulary import PlateColour, StayKind
from parking.tariffs.rules import words
from parking.tariffs.rules.document import read, write
from parking.tariffs.rules.errors import (
    CouponUnknown,
    StayEndsBeforeItBegins,
    StayTooLong,
    TariffInvalid,
)
from parking.tariffs.rules.quotes import Coupon, Stay, quote
from parking.tariffs.rules.sign import describe
from parking.tariffs.rules.tariff import CouponKind, Exemption, VehicleClass, vehicle_of
from tests.unit.tariffs import documents as doc

NOON = datetime(2026, 10, 14, 4, tzinfo=UTC)
PLAN = "plans.timed"
SCHEDULE = f"{PLAN}.schedules[0]"
BAND = f"{SCHEDULE}.bands[0]"
FULL = {
    "time_zone": "Europe/Berlin",
    "seconds": True,
    "grace_minutes": 15,
    "monthly_fen": 12000,
    "exempt": ["military", "hearse"],
    "choices": [
        {"plan": "b", "vehicles": ["large"], "zones": ["1"], "stays": ["monthly", "shared"]},
        {"plan": "a"},
    ],
    "plans": {
        "a": {
            "cycle": {"kind": "entry", "hours": 12},
            "free": {"minutes": 20, "inclusive": False, "per": "stay"},
            "crossing": "carry",
            "most_fen": 9000,
            "schedules": [
                {
                    "days": ["holiday", "weekend"],
                    "weekdays": [5],
                    "dates": [
                        {"from": "12-30", "until": "01-02"},
                        {"from": "2026-05-01", "until": "2026-05-05"},
                    ],
                    "cap_fen": 900,
                    "bands": [{"from": "00:00", "until": "24:00", "cap_fen": 900, "steps": [{"fen": 700}]}],
                },
                {"bands": [{"from": "06:00", "until": "06:00"}]},
            ],
        },
        "b": {
            "cycle": {"kind": "day", "from": "08:00"},
            "free": {"minutes": 20, "counted_back": False},
            "schedules": [doc.road({"fen": 5, "unit_minutes": 10, "until_minutes": 30}, {"fen": 0})],
        },
    },
}


def with_(place: str, value: Any) -> dict[str, Any]:
    """The timed tariff of the worked examples, with one place changed (None: taken out)."""
    document = deepcopy(doc.SUZHOU_ROAD)
    *path, last = place.replace("[", ".").replace("]", "").split(".")
    table: Any = document
    for key in path:
        table = table[int(key) if isinstance(table, list) else key]
    if value is None:
        del table[last]
    else:
        table[int(last) if isinstance(table, list) else last] = value
    return document


STEPS = f"{BAND}.steps"
BROKEN = [
    ("time_zone", "Asia/Nowhere", "time_zone", "no_zone"),
    ("time_zone", None, "time_zone", "missing"),
    ("time_zone", "localtime", "time_zone", "no_zone"),
    (
        "choices",
        [{"plan": "timed", "zones": ["一类", "二\0类"]}, {"plan": "timed"}],
        "choices[0].zones[1]",
        "unstorable",
    ),
    ("plan", {}, "plan", "unknown_key"),
    ("plans", {}, "plans", "empty"),
    ("plans", None, "plans", "missing"),
    ("plans", [], "plans", "wrong_type"),
    (PLAN, 7, PLAN, "wrong_type"),
    ("plans", {f"{number}": {} for number in range(101)}, "plans", "too_many"),
    (f"{SCHEDULE}.bands", [{}] * 501, f"{SCHEDULE}.bands", "too_many"),
    ("seconds", 1, "seconds", "wrong_type"),
    ("grace_minutes", 1441, "grace_minutes", "out_of_range"),
    ("grace_minutes", 2.5, "grace_minutes", "wrong_type"),
    ("grace_minutes", True, "grace_minutes", "wrong_type"),
    ("exempt", ["army"], "exempt[0]", "not_a_choice"),
    ("exempt", ["police", "police"], "exempt[1]", "twice"),
    ("choices", [], "choices", "missing"),
    ("choices", [{"plan": "other"}], "choices[0].plan", "no_such_plan"),
    ("choices", [{"plan": "timed"}, {"plan": "timed"}], "choices[0]", "hides_the_rest"),
    ("choices", [{"plan": "timed", "zones": ["1"]}], "choices[0]", "leaves_some_out"),
    ("choices", [{"plan": "timed", "zones": [""]}], "choices[0].zones[0]", "empty"),
    (
        "choices",
        [{"plan": "timed", "zones": ["1", "1"]}, {"plan": "timed"}],
        "choices[0].zones[1]",
        "twice",
    ),
    (f"{PLAN}.cycle", {"kind": "day", "hours": 24}, f"{PLAN}.cycle.hours", "has_no_meaning"),
    (f"{PLAN}.cycle", {"from": "08:00"}, f"{PLAN}.cycle.kind", "missing"),
    (f"{PLAN}.cycle.from", "8:00", f"{PLAN}.cycle.from", "no_time"),
    (f"{PLAN}.free.minutes", 0, f"{PLAN}.free.minutes", "out_of_range"),
    (f"{PLAN}.free.minutes", 1440, f"{PLAN}.free.minutes", "never_reached"),
    (
        f"{PLAN}.free",
        {"minutes": 1, "counted_back": False, "inclusive": False},
        f"{PLAN}.free.inclusive",
        "has_no_meaning",
    ),
    (f"{PLAN}.crossing", "jump", f"{PLAN}.crossing", "not_a_choice"),
    (f"{PLAN}.most_fen", 799, f"{PLAN}.most_fen", "cap_below_unit"),
    (f"{PLAN}.schedules", [], f"{PLAN}.schedules", "empty"),
    (f"{PLAN}.schedules", "all", f"{PLAN}.schedules", "wrong_type"),
    (f"{SCHEDULE}.days", ["workday"], SCHEDULE, "leaves_some_out"),
    (f"{SCHEDULE}.weekdays", [0], f"{SCHEDULE}.weekdays[0]", "out_of_range"),
    (f"{SCHEDULE}.dates", [{"from": "02-30", "until": "03-01"}], f"{SCHEDULE}.dates[0].from", "no_date"),
    (
        f"{SCHEDULE}.dates",
        [{"from": "2026-03-02", "until": "2026-03-01"}],
        f"{SCHEDULE}.dates[0].until",
        "ends_before_it_begins",
    ),
    (
        f"{SCHEDULE}.dates",
        [{"from": "2026-03-02", "until": "03-01"}],
        f"{SCHEDULE}.dates[0].until",
        "mixed_dates",
    ),
    (
        f"{SCHEDULE}.dates",
        [{"from": "2026-03-02", "until": "9999-12-31"}],
        f"{SCHEDULE}.dates[0].until",
        "far_date",
    ),
    (f"{SCHEDULE}.cap_fen", 799, f"{SCHEDULE}.cap_fen", "cap_below_unit"),
    (f"{SCHEDULE}.bands", [], f"{SCHEDULE}.bands", "empty"),
    (f"{BAND}.until", "20:01", f"{BAND}.until", "overlap"),
    (f"{BAND}.until", "19:59", f"{BAND}.until", "gap"),
    (f"{SCHEDULE}.bands[1].until", "07:59", f"{SCHEDULE}.bands[1].until", "gap"),
    (f"{SCHEDULE}.bands[1].from", "08:00", f"{BAND}.until", "overlap"),
    (f"{SCHEDULE}.bands[1].cap_fen", 1, f"{SCHEDULE}.bands[1].cap_fen", "has_no_meaning"),
    (f"{BAND}.cap_fen", 799, f"{BAND}.cap_fen", "cap_below_unit"),
    (f"{BAND}.cap_fen", 5001, f"{BAND}.cap_fen", "cap_above_longer_cap"),
    (f"{STEPS}[0].fen", 8.0, f"{STEPS}[0].fen", "wrong_type"),
    (f"{STEPS}[0].fen", None, f"{STEPS}[0].fen", "missing"),
    (f"{STEPS}[0].until_minutes", None, f"{STEPS}[0].until_minutes", "never_ends"),
    (f"{STEPS}[0].unit_minutes", 45, f"{STEPS}[0].unit_minutes", "not_whole_units"),
    (f"{STEPS}[1].until_minutes", 120, f"{STEPS}[1].until_minutes", "nothing_follows"),
    (f"{STEPS}[0].until_minutes", 1440, f"{STEPS}[1]", "never_reached"),
    (
        STEPS,
        [{"fen": 1, "until_minutes": 9}, {"fen": 1, "until_minutes": 9}, {"fen": 1}],
        f"{STEPS}[1].until_minutes",
        "not_later",
    ),
]


@pytest.mark.parametrize(("changed", "value", "place", "code"), BROKEN)
def test_a_contradiction_is_told_with_its_place_and_a_reason(changed, value, place, code):
    with pytest.raises(TariffInvalid) as refused:
        read(with_(changed, value))
    told = [(problem.field, problem.code) for problem in refused.value.problems]
    assert told == [(place, code)]
    assert all(problem.text % problem.params for problem in refused.value.problems)


def test_every_reason_is_met_by_a_broken_document():
    assert {each[3] for each in BROKEN} == set(words.PROBLEMS)


def test_all_problems_are_told_at_once():
    document = with_(f"{BAND}.until", "19:00") | {"grace_minutes": -1}
    with pytest.raises(TariffInvalid) as refused:
        read(document)
    assert [each.field for each in refused.value.problems] == ["grace_minutes", f"{BAND}.until"]


def test_a_document_with_everything_reads_back_as_it_was():
    assert write(read(FULL)) == FULL


@pytest.mark.parametrize("document", [doc.SUZHOU_ROAD, doc.SUZHOU_VISIT, doc.SUIZHOU, doc.LIANYING, FULL])
def test_a_sign_says_every_price_and_every_cap(document):
    told = describe(read(document))
    amounts = {value for each in told for key, value in each.params.items() if key.endswith("_fen")}

    def prices(node: Any) -> set[int]:
        if isinstance(node, dict):
            own = {value for key, value in node.items() if key == "fen" or key.endswith("_fen")}
            return own.union(*map(prices, node.values()))
        return set().union(*map(prices, node)) if isinstance(node, list) else set()

    assert amounts == prices(document) - {0}
    assert all(each.text % each.params for each in told)


def read_out(document: dict[str, Any]) -> list[str]:
    """The sentences, a heading after #."""
    return ["# " * each.is_heading + each.text % each.params for each in describe(read(document))]


def test_a_sign_reads_in_the_order_of_the_day():
    assert read_out(doc.SUZHOU_ROAD) == [
        "# 所有车辆",
        "30 分钟以内（含）免费，超过的从第一分钟起收费",
        "每日（从 08:00 起）有一次免费时间",
        "08:00–20:00：计费第 1 至 60 分钟，共 800",
        "08:00–20:00：计费满 60 分钟后，每 30 分钟 300",
        "20:00–08:00：免费",
        "每日（从 08:00 起）最高 5000",
        "不足一个计费单位的，按一个计费单位收费",
        "停车跨日的，每日 08:00 起重新计算",
        "停车时间计到分钟，秒不计",
    ]


def test_a_sign_for_many_says_once_what_holds_for_all_of_them():
    assert read_out(FULL) == [
        *("# 路段：1", "# 大型车", "# 月租停车", "# 错时共享停车"),
        "前 20 分钟免费，之后开始收费",
        "每日（从 08:00 起）有一次免费时间",
        "08:00–20:00：计费第 1 至 30 分钟，每 10 分钟 5",
        "08:00–20:00：计费满 30 分钟后，不再收费",
        "20:00–08:00：免费",
        "不足一个计费单位的，按一个计费单位收费",
        "停车跨日的，每日 08:00 起重新计算",
        "# 其他情况",
        "不满 20 分钟免费，满 20 分钟的从第一分钟起收费",
        "免费时间每次停车只有一次",
        *("# 法定节假日", "# 周末", "# 每星期五", "# 每年 12-30 至 01-02", "# 2026-05-01 至 2026-05-05"),
        "每次 700",
        "全天最高 900",
        "从进场起每 12 小时最高 900",
        "# 其他日期",
        "全天免费",
        "# 所有日期",
        "停车超过 12 小时的，从进场起每 12 小时重新计算",
        "一次停车总共最高 9000",
        "# 所有车辆",
        "军车免费",
        "殡葬车免费",
        "月租停车每月 12000",
        "付费后请在 15 分钟内离场，超过的继续计费",
        "停车时间精确到秒",
    ]
    zones = read_out(doc.SUIZHOU)
    assert [each for each in zones if each[0] == "#"] == [
        *("# 路段：1", "# 路段：2", "# 其他路段", "# 所有车辆")
    ]
    assert zones[-3:] == [
        "不足一个计费单位的，按一个计费单位收费",
        "停车超过 24 小时的，从进场起每 24 小时重新计算",
        "停车时间计到分钟，秒不计",
    ]
    green = read_out(doc.WITH_NEW_ENERGY)
    assert [each for each in green if each[0] == "#"] == ["# 新能源小型车", "# 其他车辆", "# 所有车辆"]
    lot = read_out(doc.LIANYING)
    assert lot[0] == "# 所有车辆" and lot[-2:] == [
        "付费后请在 4 分钟内离场，超过的继续计费",
        "停车时间精确到秒",
    ]
    assert {"06:00–20:00 最高 2600", "跨时段的，已开始的计费单位按原时段价格计完"} < set(lot)


def test_a_sign_tells_every_kind_of_step():
    steps = [
        {"fen": 100, "until_minutes": 60},
        {"fen": 200, "unit_minutes": 30, "until_minutes": 120},
        {"fen": 300, "unit_minutes": 60, "until_minutes": 180},
        {"fen": 400},
    ]
    assert read_out(doc.document(a={"schedules": [doc.all_day(*steps, cap_fen=700)]})) == [
        "# 所有车辆",
        "计费第 1 至 60 分钟，共 100",
        "计费第 61 至 120 分钟，每 30 分钟 200",
        "计费第 121 至 180 分钟，共 300",
        "计费满 180 分钟后，再收一次 400",
        "一次停车最高 700",
        "不足一个计费单位的，按一个计费单位收费",
        "停车时间计到分钟，秒不计",
    ]
    assert "每 15 分钟 50" in read_out(
        doc.document(a={"schedules": [doc.all_day({"fen": 50, "unit_minutes": 15})]})
    )


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
    rules = read(FULL | {"time_zone": "Asia/Shanghai"})
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
