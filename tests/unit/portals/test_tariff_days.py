"""A day's fees are the same numbers in the table and in the chart, and a sign tells only its own street."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from parking.city.rules import Calendar
from parking.portals._http.papers import Words
from parking.portals._http.price_signs import PriceSign, Rule
from parking.portals.bureau.tariff_days import fee_chart, fee_rows
from parking.portals.bureau.tariff_templates import document_of
from parking.tariffs.rules.curve import rises
from parking.tariffs.rules.document import read
from parking.tariffs.rules.quotes import Stay, quote
from parking.tariffs.rules.tariff import VehicleClass
from parking.tariffs.rules.zones import in_zone

ZONE = "Asia/Shanghai"
ENTERED = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo(ZONE))


def test_rows_hold_every_minute_once_with_the_fees_of_both() -> None:
    new, old = (
        rises(read(document_of(key, ZONE)), ENTERED, 24, VehicleClass.SMALL, Calendar())
        for key in ("road", "hourly")
    )
    rows = fee_rows(new, old, 1440)
    assert [row.first for row in rows[1:]] == [row.last + 1 for row in rows[:-1]]
    assert (rows[0].first, rows[-1].last) == (0, 1440)
    by_minute = {minute: row for row in rows for minute in range(row.first, row.last + 1)}
    assert [(by_minute[at].fen, by_minute[at].present_fen) for at in (30, 31, 61, 91)] == [
        (0, 0),
        (300, 300),
        (400, 600),
        (500, 600),
    ]
    assert by_minute[61].change_fen == -200


def test_a_chart_draws_what_the_rows_say() -> None:
    rows = fee_rows([(0, 0), (31, 300), (61, 600)], None, 120)
    chart = fee_chart(rows, 120)
    heights = [float(found) for found in re.findall(r"(?:,|V)([\d.]+)H", chart.drawn)]
    zero, top = chart.y_ticks[0], chart.y_ticks[-1]
    assert (zero.text, top.text) == ("0", "6")
    assert heights == [zero.place, pytest.approx((zero.place + top.place) / 2), top.place]
    assert chart.present == "" and fee_chart(fee_rows([(0, 0)], None, 120), 120).drawn


def test_a_street_is_told_its_own_prices_and_they_stay_the_same() -> None:
    plan = document_of("hourly", ZONE)["plans"]["标准"]
    rules = read(
        {
            "time_zone": ZONE,
            "choices": [
                {"plan": "one", "zones": ["人民路", "建设路"]},
                {"plan": "large", "vehicles": ["large"]},
                {"plan": "rest"},
            ],
            "plans": {
                "one": plan,
                "large": plan | {"most_fen": 5000},
                "rest": {"schedules": document_of("visit", ZONE)["plans"]["标准"]["schedules"]},
            },
        }
    )
    assert [plan.name for plan in in_zone(rules, "人民路").plans] == ["one"]
    assert [plan.name for plan in in_zone(rules, None).plans] == ["large", "rest"]
    for zone in ("人民路", None):
        for vehicle in (VehicleClass.SMALL, VehicleClass.LARGE):
            stay = Stay(ENTERED, ENTERED.replace(hour=13), vehicle, zone=zone)
            assert quote(in_zone(rules, zone), stay, Calendar()) == quote(rules, stay, Calendar())


def test_a_sign_of_more_words_has_smaller_letters() -> None:
    sizes = [
        PriceSign(
            Words("某停车场"),
            (Rule(Words("每小时 3 元", "3 yuan for each hour"), False),) * lines,
            (),
            Words(""),
            "",
            None,
        ).letters
        for lines in (5, 15, 25, 60)
    ]
    assert sizes[0] == 31 and sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 4
