"""Are hours said as people say them?"""

from __future__ import annotations

import pytest

from parking.lots.rules.hours_words import describe


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("24/7", "24 小时", "24 hours"),
        ("Mo-Su 00:00-24:00", "24 小时", "24 hours"),
        ("07:00-22:00", "每天 07:00–22:00", "Daily 07:00–22:00"),
        ("Mo-Su,PH 07:00-22:00", "每天 07:00–22:00", "Daily 07:00–22:00"),
        ("Mo-Fr 18:00-07:30", "周一至周五 18:00–次日 07:30", "Mon–Fri 18:00–07:30 next day"),
        ("Mo-Fr 22:00-26:00", "周一至周五 22:00–次日 02:00", "Mon–Fri 22:00–02:00 next day"),
        (
            "Mo-Fr 07:00-11:30,13:00-18:00; Sa,Su,PH off",
            "周一至周五 07:00–11:30、13:00–18:00；周六、周日、节假日不开放",
            "Mon–Fri 07:00–11:30, 13:00–18:00; closed on Sat, Sun, public holidays",
        ),
        (
            "PH off; 07:00-22:00",
            "节假日不开放；每天 07:00–22:00",
            "Closed on public holidays; Daily 07:00–22:00",
        ),
        ("Sa,Su", "周六、周日 全天", "Sat, Sun all day"),
        ("Fr-Mo 08:00-20:00", "周五至周一 08:00–20:00", "Fri–Mon 08:00–20:00"),
        ("24/7; Su 02:00-06:00 off", "24 小时；周日 02:00–06:00 不开放", "24 hours; Sun closed 02:00–06:00"),
        ("07:00-22:00; SH off", "每天 07:00–22:00", "Daily 07:00–22:00"),
        ("off", "不开放", "Closed"),
        ('"凭预约"', "凭预约", "凭预约"),
    ],
)
def test_simple_hours_have_words(text, zh, en):
    assert describe(text, "zh") == zh
    assert describe(text, "zh_Hans_CN") == zh
    assert describe(text, "en") == en


@pytest.mark.parametrize(
    "text", ["sunrise-sunset", "Mo[1] 08:00-12:00", "Jul-Aug 07:00-23:00", "week 1-10 08:00-10:00", "白天"]
)
def test_what_has_no_simple_words_is_told_as_it_was_written(text):
    assert describe(text, "zh") == text
    assert describe(text, "en") == text
