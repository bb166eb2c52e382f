"""Does the sign say what decides the fee, in the order in which people ask?"""

from __future__ import annotations

from typing import Any

import pytest

from parking.tariffs.rules.document import read
from parking.tariffs.rules.sign import describe
from tests.unit.tariffs import documents as doc


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
