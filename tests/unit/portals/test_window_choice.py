"""Which of an evening's windows is to be taken back can be told before it is chosen."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Flask

from parking.kernel.vocabulary import SpaceClass
from parking.portals._http.i18n import init_i18n
from parking.portals._http.window_choice import window_choices
from parking.sharing.queries.windows import WindowView
from parking.sharing.rules.windows import WindowState
from tests.factories.city import NOW


def test_windows_of_one_evening_are_told_apart_by_their_spaces() -> None:
    app = Flask("test")
    init_i18n(app)
    until_at = NOW + timedelta(hours=9)
    windows = [
        WindowView(name, "a", "lot", space_class, NOW, until_at, quota, 0, WindowState.OPEN, None, None)
        for name, space_class, quota in (("w1", SpaceClass.GENERAL, 80), ("w2", SpaceClass.CHARGING, 6))
    ]
    with app.test_request_context("/?lang=zh"):
        assert window_choices(windows, NOW, ZoneInfo("Asia/Shanghai")) == [
            ("w1", "今天 10:00–19:00，普通车位 80 个"),
            ("w2", "今天 10:00–19:00，充电车位 6 个"),
        ]
