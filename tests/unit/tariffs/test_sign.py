"""Does the sign say what decides the fee, in the order in which people ask?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from parking.tariffs.rules.document import read
from parking.tariffs.rules.quotes import Stay, quote
from parking.tariffs.rules.sign import describe
from tests.unit.tariffs import documents as doc
from tests.unit.tariffs.strategies import CALENDAR


@pytest.mark.parametrize("document", [doc.SUZHOU_ROAD, doc.SUZHOU_VISIT, doc.SUIZHOU, doc.LIANYING, doc.FULL])
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
    assert read_out(doc.FULL) == [
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
        "从进场起每 12 小时最高 900",
        "# 其他日期",
        "全天免费",
        "# 所有日期",
        "停车超过 12 小时的，从进场起每 12 小时重新计算",
        "计费周期跨日的，最高收费按周期开始那一天的标准",
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
    assert {
        "06:00–20:00 最高 2600",
        "跨时段的，已开始的计费单位按原时段价格计完",
        "重新计算时，时段最高收费也重新计算",
    } < set(lot)


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


def at(day: int, hour: float) -> datetime:
    """Shanghai's time around the National Day of 2026."""
    return datetime(2026, 9, day, tzinfo=ZoneInfo(doc.ZONE)) + timedelta(hours=hour)


STATION = [
    doc.all_day(
        {"fen": 250, "until_minutes": 120}, {"fen": 50, "unit_minutes": 60}, days=["holiday"], cap_fen=1000
    ),
    doc.all_day({"fen": 500, "until_minutes": 120}, {"fen": 100, "unit_minutes": 60}, cap_fen=2000),
]


@pytest.mark.parametrize(
    ("crossing", "fen", "said"),
    [
        ("restart_unit", 750, "按新日期的价格另起计费单位"),
        ("carry", 500, "按原日期的价格计完"),
        ("restart_steps", 750, "按新日期的价格从头计费"),
    ],
)
def test_a_sign_says_what_midnight_does_between_days_of_other_prices(crossing, fen, said):
    plan = {"cycle": doc.HOURLY_24, "crossing": crossing, "schedules": STATION}
    told = read_out(doc.document(p=plan))
    assert any(said in each for each in told)
    assert "计费周期跨日的，最高收费按周期开始那一天的标准" in told
    assert not any("跨时段" in each for each in told)
    rules = read(doc.document(p=plan))
    # 50 minutes before the holiday begins and 50 in it; then a whole day, most of it a holiday.
    assert quote(rules, Stay(at(30, 23 + 1 / 6), at(30, 24 + 5 / 6)), CALENDAR).fee_fen == fen
    assert quote(rules, Stay(at(30, 1), at(30, 25)), CALENDAR).fee_fen == 2000
    # Where each day is reckoned by itself nothing goes over midnight.
    daily = read_out(doc.document(p=plan | {"cycle": {"kind": "day"}}))
    assert not any("00:00 进入" in each or "跨日的，最高" in each for each in daily)
    assert not any("00:00 进入" in each for each in read_out(doc.SUIZHOU))


def test_a_sign_of_a_night_that_a_cycle_parts_tells_both_of_its_caps():
    night = {"from": "22:00", "until": "06:00", "cap_fen": 300, "steps": [{"fen": 100, "unit_minutes": 60}]}
    bands = [night, {"from": "06:00", "until": "22:00"}]

    def told(**cycle: Any) -> list[str]:
        return read_out(doc.document(p={"cycle": cycle, "schedules": [{"bands": bands}]}))

    assert "22:00–06:00：00:00 之前、之后各最高 300" in told(kind="day")
    for edge in ("22:00", "06:00", "12:00"):
        assert "22:00–06:00 最高 300" in told(**{"kind": "day", "from": edge})
    assert "重新计算时，时段最高收费也重新计算" in told(kind="entry")
    rules = read(doc.document(p={"cycle": {"kind": "day"}, "schedules": [{"bands": bands}]}))
    assert quote(rules, Stay(at(1, 22), at(2, 6)), CALENDAR).fee_fen == 500


def test_a_sign_calls_free_what_costs_nothing():
    first = {"fen": 0, "unit_minutes": 30, "until_minutes": 60}
    told = read_out(doc.document(a={"schedules": [doc.all_day(first, {"fen": 200, "unit_minutes": 60})]}))
    assert told[1:3] == ["计费第 1 至 60 分钟，免费", "计费满 60 分钟后，每 60 分钟 200"]
    assert read_out(doc.document(a={"schedules": [doc.all_day({"fen": 0})]}))[1] == "全天免费"
