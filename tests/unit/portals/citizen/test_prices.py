"""What the page of a lot says of its price: examples that one can park for, and bays that take a car."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from parking.kernel.vocabulary import SpaceClass
from parking.lookup.queries import PlannedStay
from parking.lots.rules import HoursReader
from parking.portals._http import formats
from parking.portals._http.i18n import init_i18n
from parking.portals._http.price_signs import bays
from parking.portals.citizen.prices import PricePart, price_part
from tests.factories.lookup import a_book, a_card, a_model, hourly

# A Friday, 10:00 in the city.
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def reader() -> Iterator[None]:
    app = Flask("test")
    init_i18n(app)
    with app.test_request_context("/?lang=zh"):
        yield


def told(hours: str, minutes: int = 120, free: int = 15) -> PricePart:
    document = hourly(300, free)
    reader: HoursReader = a_model([]).hours
    planned = PlannedStay(NOW, minutes)
    zone = formats.zone_of("Asia/Shanghai")
    return price_part(
        a_book({"lot": document}), "lot", planned, NOW, zone, lambda at: reader.state(hours, at)
    )


def examples(part: PricePart) -> dict[str, str]:
    return {each.stay: each.fee for each in part.examples}


def test_a_stay_within_the_free_minutes_is_among_the_examples() -> None:
    found = examples(told("24/7"))
    assert (found["15 分钟"], found["30 分钟"], found["1 小时"]) == ("免费", "¥3", "¥3")


def test_nobody_is_offered_a_fee_for_a_lot_that_is_closed() -> None:
    shut = told("Mo-Su 18:00-22:00")
    assert shut.is_shut
    assert shut.closed == "这个时间不开放，18:00 开放"
    assert shut.examples_from == "18:00"
    assert examples(shut) == {
        "15 分钟": "免费",
        "30 分钟": "¥3",
        "1 小时": "¥3",
        "2 小时": "¥6",
        "4 小时": "¥12",
        "24 小时": "22:00 起不开放",
        "过夜（20:00 到次日 08:00）": "22:00 起不开放",
    }
    late = told("Mo-Su 08:00-11:00")
    assert not late.is_shut
    assert late.closed == "11:00 起不开放，请在此之前离场"
    assert examples(late)["过夜（20:00 到次日 08:00）"] == "不开放"
    assert told("off").closed == "这里暂不开放"
    assert not told("off").examples


def test_a_sign_counts_no_racks_among_the_bays() -> None:
    spaces = {SpaceClass.GENERAL: 30, SpaceClass.BUS: 2, SpaceClass.BICYCLE: 200, SpaceClass.E_BIKE: 50}
    assert bays(a_card("lot", spaces=spaces)) == 32
