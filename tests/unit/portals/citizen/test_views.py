"""What a row says: state before number, unknown before full, as old as its oldest part."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from parking.kernel.vocabulary import Access, Mark, Quality, SpaceClass
from parking.lookup.queries import FeeView, LotView, PlannedStay
from parking.lots.rules import OpenState
from parking.occupancy.rules import PublicCount
from parking.portals._http.i18n import init_i18n
from parking.portals._http.texts import LotState, mark_text
from parking.portals.citizen.forms import Search
from parking.portals.citizen.lot import lot_page
from parking.portals.citizen.views import fee_of, merged, opening_sentence, row_of, state_of, told_of
from parking.tariffs.rules.versions import Price
from tests.factories.lookup import a_card, a_model

ZONE = ZoneInfo("Asia/Shanghai")
# A Friday, 10:00 in the city.
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True, params=["zh"])
def reader(request: pytest.FixtureRequest) -> Iterator[str]:
    """A request of a reader of a language."""
    app = Flask("test")
    init_i18n(app)
    with app.test_request_context(f"/?lang={request.param}"):
        yield request.param


def a_count(free: int | None, capacity: int | None = 100, minutes: float = 1, **told) -> PublicCount:
    return PublicCount(
        space_class=told.get("space_class", SpaceClass.GENERAL),
        capacity=capacity,
        free=free,
        occupied=None if free is None or capacity is None else capacity - free,
        as_of=NOW - timedelta(minutes=minutes),
        quality=told.get("quality", Quality.LIVE),
        marks=told.get("marks", ()),
        source="feed:x",
        drift=told.get("drift", 0),
        is_by_hand=told.get("is_by_hand", False),
    )


def a_view(*counts: PublicCount, opening: OpenState | None = None, **fields) -> LotView:
    return LotView(
        card=a_card("lot", **fields),
        counts=counts,
        accesses=tuple(Access.PUBLIC for _ in counts),
        open=opening or OpenState(True, None),
        free=None,
        now=NOW,
        distance_m=240.0,
    )


@pytest.mark.parametrize(
    ("is_open", "free", "capacity", "state"),
    [
        (True, 86, 290, LotState.FREE),
        (None, 86, 290, LotState.FREE),
        (True, 4, 20, LotState.FREE),
        (True, 3, 20, LotState.FEW),
        (True, 19, 1000, LotState.FEW),
        (True, 20, 1000, LotState.FREE),
        (True, 11, 100, LotState.FREE),
        (True, 10, 100, LotState.FEW),
        (True, 0, 100, LotState.FULL),
        (True, None, 100, LotState.UNKNOWN),
        (False, 86, 290, LotState.CLOSED),
        (False, None, None, LotState.CLOSED),
        (True, 5, None, LotState.FREE),
    ],
)
def test_a_state_is_closed_first_and_unknown_before_full(is_open, free, capacity, state) -> None:
    assert state_of(is_open, free, capacity) is state


def test_two_classes_together_are_as_old_and_as_doubtful_as_the_worse() -> None:
    mechanical = SpaceClass.MECHANICAL
    told = merged(
        [
            a_count(5, minutes=1),
            a_count(7, minutes=6, quality=Quality.AGEING, marks=(Mark.DRIFT,), space_class=mechanical),
        ]
    )
    assert (told.free, told.capacity, told.quality) == (12, 200, Quality.AGEING)
    assert told.as_of == NOW - timedelta(minutes=6)


def test_full_beside_unknown_is_unknown_and_free_beside_unknown_is_free() -> None:
    unknown = a_count(None, quality=Quality.UNKNOWN, space_class=SpaceClass.MECHANICAL)
    assert merged([a_count(0), unknown]).free is None
    assert merged([a_count(4), unknown]).free == 4


def test_a_chosen_class_is_told_alone() -> None:
    view = a_view(a_count(50), a_count(2, 10, space_class=SpaceClass.CHARGING))
    assert told_of(view, SpaceClass.CHARGING).free == 2
    assert told_of(view, None).free == 50


def test_a_row_tells_where_until_when_how_high_and_how_old() -> None:
    until = OpenState(True, NOW + timedelta(hours=12))
    row = row_of(a_view(a_count(40), opening=until, max_height_cm=210), 1, ZONE)
    assert row.walk == ("步行约 4 分钟", "240 米")
    assert row.facts == ("开到 22:00", "限高 2.1 米")
    assert row.fee == "费用未知"
    assert (row.age, row.age_s, row.source) == ("1 分钟前", 60, "停车场上报")


def test_a_number_that_is_withheld_shows_neither_number_nor_source() -> None:
    row = row_of(a_view(a_count(None, quality=Quality.UNKNOWN, minutes=40)), 1, ZONE)
    assert (row.state, row.free, row.source) == (LotState.UNKNOWN, None, None)
    assert row.age == "数据中断 40 分钟"


def test_a_number_set_by_hand_says_so() -> None:
    by_hand = a_count(40, marks=(Mark.HAND_SET,), is_by_hand=True)
    assert row_of(a_view(by_hand), 1, ZONE).source == "人工填报"
    assert mark_text(Mark.HAND_SET, by_hand) == "人工填报"


def test_a_number_that_gates_count_on_from_a_person_s_is_told_by_the_lot() -> None:
    counted = a_count(40, marks=(Mark.HAND_SET,))
    assert row_of(a_view(counted), 1, ZONE).source == "停车场上报"
    assert mark_text(Mark.HAND_SET, counted) == "从人工填报的数起，按进出计数"


def test_a_lot_that_closes_within_the_hour_warns() -> None:
    soon = OpenState(True, NOW + timedelta(minutes=45))
    assert row_of(a_view(a_count(40), opening=soon), 1, ZONE).warning == "10:45 关闭，请留意"
    later = OpenState(True, NOW + timedelta(minutes=75))
    assert row_of(a_view(a_count(40), opening=later), 1, ZONE).warning is None


def test_the_age_alone_changes_no_content() -> None:
    young, old = (row_of(a_view(a_count(40, minutes=minutes)), 1, ZONE) for minutes in (1, 3))
    assert young.content == old.content
    assert row_of(a_view(a_count(41)), 1, ZONE).content != young.content


@pytest.mark.parametrize(
    ("opening", "said"),
    [
        (OpenState(None, None), "开放时间未知"),
        (OpenState(True, None), "24 小时开放"),
        (OpenState(False, None), "暂不开放"),
        (OpenState(True, datetime(2026, 11, 20, 16, 0, tzinfo=UTC)), "开到 24:00"),
        (OpenState(True, datetime(2026, 11, 20, 23, 30, tzinfo=UTC)), "开到次日 07:30"),
        (OpenState(True, datetime(2026, 11, 22, 23, 30, tzinfo=UTC)), "开到周一 07:30"),
        (OpenState(False, datetime(2026, 11, 20, 10, 0, tzinfo=UTC)), "18:00 开放"),
        (OpenState(False, datetime(2026, 11, 20, 23, 0, tzinfo=UTC)), "次日 07:00 开放"),
        (OpenState(False, datetime(2026, 11, 20, 16, 0, tzinfo=UTC)), "次日 00:00 开放"),
    ],
)
def test_hours_are_said_as_people_say_them(opening: OpenState, said: str) -> None:
    assert opening_sentence(opening, NOW, ZONE) == said


@pytest.mark.parametrize("reader", ["en"], indirect=True)
def test_an_english_reader_gets_english_words(reader: str) -> None:
    until = OpenState(True, datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    row = row_of(a_view(a_count(40), opening=until, max_height_cm=350), 1, ZONE)
    assert row.facts == ("Open until 07:30 next day", "Height limit 3.5 m")
    assert row.fee == "Fee unknown"
    assert row.name_lang == "zh-CN"


@pytest.mark.parametrize(("drift", "said"), [(6, "多 6 个"), (-7, "少 7 个")])
def test_a_drift_is_told_with_its_number(drift: int, said: str) -> None:
    count = a_count(9, quality=Quality.SUSPECT, marks=(Mark.DRIFT,), drift=drift)
    [line] = lot_page(a_view(count), a_model([], []), (), Search()).classes
    assert said in line.note


def test_a_fee_is_told_with_its_stay_and_unknown_is_never_nothing() -> None:
    stay = PlannedStay(NOW, 90)
    assert fee_of(FeeView(Price.PRICED, 950), stay) == "¥9.50 / 1 小时 30 分钟"
    assert fee_of(FeeView(Price.PRICED, 0), stay) == "停 1 小时 30 分钟 免费"
    assert fee_of(FeeView(Price.FREE, 0), stay) == "免费"
    assert fee_of(FeeView(Price.UNKNOWN), stay) == fee_of(None, stay) == "费用未知"


def test_a_lot_that_closes_before_one_leaves_warns() -> None:
    closes = OpenState(True, NOW + timedelta(hours=13))
    view = a_view(a_count(40), opening=closes)
    assert row_of(view, 1, ZONE, stay=PlannedStay(NOW, 780)).warning is None
    assert row_of(view, 1, ZONE, stay=PlannedStay(NOW, 781)).warning == "23:00 关闭，请在此之前驶离"
    morning = a_view(a_count(40), opening=OpenState(True, NOW + timedelta(hours=21)))
    assert row_of(morning, 1, ZONE, stay=PlannedStay(NOW, 1440)).warning == "次日 07:00 关闭，请在此之前驶离"


def test_days_are_told_beside_the_arrival_of_a_stay_on_another_day() -> None:
    arrives = NOW + timedelta(days=1)
    closes = OpenState(True, arrives + timedelta(hours=1))
    row = row_of(a_view(a_count(40)), 1, ZONE, opening=closes, stay=PlannedStay(arrives, 720))
    assert row.facts[0] == "开到 11:00"
    assert row.warning == "11:00 关闭，请在此之前驶离"
