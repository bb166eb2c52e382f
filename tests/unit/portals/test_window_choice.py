"""Windows are told in words that tell them apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from parking.kernel.vocabulary import SpaceClass
from parking.portals._http.i18n import init_i18n
from parking.portals._http.sharing_texts import span_in_words
from parking.portals._http.window_choice import window_choices
from parking.sharing.queries.windows import WindowView
from parking.sharing.rules.windows import WindowState
from tests.factories.city import NOW

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def app() -> Flask:
    app = Flask("test")
    init_i18n(app)
    return app


def a_window(name: str, space_class: SpaceClass, quota: int, hours: float = 9) -> WindowView:
    until_at = NOW + timedelta(hours=hours)
    return WindowView(name, "a", "lot", space_class, NOW, until_at, quota, 0, WindowState.OPEN, None, None)


def test_windows_of_one_evening_are_told_apart_by_their_spaces(app: Flask) -> None:
    windows = [a_window("w1", SpaceClass.GENERAL, 80), a_window("w2", SpaceClass.CHARGING, 6)]
    with app.test_request_context("/?lang=zh"):
        assert window_choices(windows, 0, NOW, ZONE) == [
            ("w1", "今天 10:00–19:00，普通车位 80 个"),
            ("w2", "今天 10:00–19:00，充电车位 6 个"),
        ]


def test_only_what_may_still_be_withdrawn_is_offered(app: Flask) -> None:
    in_time = a_window("w1", SpaceClass.GENERAL, 80)
    closing = replace(in_time, id="w2", state=WindowState.CLOSING)
    late = replace(in_time, id="w3", from_at=NOW - timedelta(seconds=1))
    before = NOW - timedelta(hours=24)
    with app.test_request_context("/?lang=zh"):
        offered = window_choices([in_time, closing, late], 1440, before, ZONE)
    assert [window_id for window_id, _ in offered] == ["w1"]


def test_the_day_of_an_end_stands_before_its_hour_in_both_languages(app: Flask) -> None:
    weekend, eve = a_window("w", SpaceClass.GENERAL, 80, hours=62), NOW - timedelta(days=1)
    for lang, said in (("zh", "11月20日 周五 10:00–11月22日 24:00"), ("en", "Fri 20 Nov 10:00–22 Nov 24:00")):
        with app.test_request_context(f"/?lang={lang}"):
            assert span_in_words(weekend, eve, ZONE) == said
