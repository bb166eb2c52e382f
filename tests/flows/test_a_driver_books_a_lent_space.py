"""A driver finds a space that residents lend at night, books it, comes back with the code, gives it up."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError

from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lookup.queries import Lookup
from parking.plates.service import PlateKeys
from parking.sharing.errors.bookings import BookingsTooMany
from parking.sharing.queries.windows import WindowView, open_windows
from parking.sharing.rules.bookings import BookingAsk
from parking.sharing.service.booking_desk import BookingDesk
from tests.factories.city import NOW
from tests.factories.devices import SEALER
from tests.factories.lookup import SetClock
from tests.factories.portal import a_portal, a_town
from tests.factories.sharing import an_agreement
from tests.factories.tariffs import a_tariff, hourly

NAME = "东苑小区停车场"
# Now it is ten in the morning of Friday 20 November; the windows are from 18:00 to 07:30.
NIGHT = "at=2026-11-20T19:00&stay=600"
PLATE = "苏F12345"


@dataclass
class Town:
    app: Flask
    lookup: Lookup
    clock: SetClock
    lot_id: str
    windows: list[WindowView]

    def client(self) -> FlaskClient:
        return self.app.test_client()

    def post(self, client: FlaskClient, address: str, form: str = "/bookings", **data: str):
        """What a form answers that was opened before."""
        (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', client.get(form).text))
        return client.post(address, data={"csrf_token": token} | data)

    def book(self, client: FlaskClient, **changed: str):
        told = {
            "window": self.windows[0].id,
            "from": "2026-11-20T19:00",
            "until": "2026-11-21T07:00",
            "plate": PLATE,
            "phone": "",
        }
        return self.post(client, f"/lots/{self.lot_id}/book", **told | changed)

    def left(self) -> int:
        self.lookup.load()
        return self.lookup.windows(self.lot_id)[0][1]


@pytest.fixture
def town(sessions: Sessions) -> Iterator[Town]:
    clock = SetClock(NOW)
    with unit_of_work(sessions) as uow:
        lot_id = a_town(uow.session)["residents"]
        # Nobody told what a casual stay costs there; a shared one is by the agreement's own tariff.
        own = a_tariff(uow.session, [], hourly(100))
        an_agreement(uow.session, lot_id, hours="Mo-Su 18:00-07:30", quota=2, tariff_id=own)
        windows = open_windows(uow.session, [lot_id], NOW, NOW + timedelta(days=2))
    lookup = Lookup(None, sessions, clock)
    lookup.load()
    desk = BookingDesk(sessions, PlateKeys(sessions, SEALER, clock))
    app = a_portal(sessions, lookup, clock, booking_desk=desk)
    return Town(app, lookup, clock, lot_id, windows)


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def row_of(client: FlaskClient, query: str) -> str:
    """The row of the lending lot, in words; nothing where it is not among the answers."""
    rows = re.findall(r'<li class="lot".*?</li>', client.get(f"/?rows=60&{query}").text, re.DOTALL)
    return next((words(row) for row in rows if NAME in row), "")


def test_the_list_offers_the_space_for_a_stay_within_the_window_and_says_when_to_leave(town: Town) -> None:
    client = town.client()
    row = row_of(client, NIGHT)
    assert "错时共享 18:00–次日 07:30" in row
    assert "次日 07:30 前驶离，之后车位归还业主" in row
    assert "按剩余名额计，届时现场空位未知" in row
    assert "预约" in row
    morrow = row_of(client, NIGHT.replace("11-20", "11-21"))
    assert "错时共享 11月21日 周六 18:00–次日 07:30" in morrow
    assert "⚠ 次日 07:30 前驶离" in morrow
    early = row_of(client, "at=2026-11-21T02:00&stay=60")
    assert "⚠ 07:30 前驶离" in early
    assert not row_of(client, "at=2026-11-20T17:59&stay=60")
    assert not row_of(client, "at=2026-11-21T07:00&stay=60")
    assert not row_of(client, "at=2026-11-20T19:00&stay=1440")
    assert row_of(client, NIGHT + "&q=" + NAME)
    assert "¥10 / " in row
    page = words(client.get(f"/lots/{town.lot_id}?{NIGHT}").text)
    assert "¥10 停 " in page
    assert "18:00 起对社会车辆开放。其他时间只供本单位或住户使用。" in page
    assert "您的停车时间在这个时段内" in page
    assert "超过结束时间" in page
    (told,) = (
        each
        for each in client.get(
            "/api/v1/lots/nearby?lat=32.061&lon=120.623&radius=5000&stay=600"
            "&arrive=2026-11-20T19:00:00%2B08:00&limit=100"
        ).get_json()["items"]
        if each["id"] == town.lot_id
    )
    assert (told["shared"]["window_id"], told["shared"]["left"]) == (town.windows[0].id, 2)
    assert told["shared"]["only"] is True
    detail = client.get(f"/api/v1/lots/{town.lot_id}").get_json()
    assert [each["left"] for each in detail["shared"]] == [2] * len(detail["shared"])


def test_a_booking_is_made_kept_by_its_code_and_given_up(town: Town) -> None:
    client = town.client()
    form = client.get(f"/lots/{town.lot_id}/book?window={town.windows[0].id}&{NIGHT}")
    assert form.status_code == 200
    assert 'value="2026-11-20T19:00"' in form.text
    assert 'value="2026-11-21T05:00"' in form.text
    booked = town.book(client)
    assert (booked.status_code, town.left()) == (303, 1)
    page = words(client.get(booked.location).text)
    number = booked.location.rsplit("/", 1)[1]
    (code,) = re.findall(r"预约码 ([0-9A-Z-]+)", page)
    assert "已预约 次日 07:00 前请驶离" in page
    assert number in page
    assert PLATE not in page
    # The same vehicle again, from another browser, which knows nothing of the first booking.
    other = town.client()
    assert town.book(other).status_code == 409
    assert other.get(booked.location).status_code == 303
    wrong = town.post(other, "/bookings", number=number, code="AAAA-AAAA")
    assert wrong.status_code == 422
    assert "预约号或预约码不对" in wrong.text
    assert town.post(other, f"/bookings/{number}/cancel").location.startswith("/bookings?")
    found = town.post(other, "/bookings", number=number, code=code.lower())
    assert town.post(other, f"{found.location}/cancel").status_code == 303
    assert "已取消" in client.get(booked.location).text
    assert town.left() == 2
    town.clock.at = town.windows[0].until_at
    assert town.book(client).status_code == 410


REFUSED = (
    ({"window": "nosuchwindow"}, 410, "这个共享时段已不开放"),
    ({"until": "2026-11-21T19:00"}, 422, "不在这个共享时段之内；一次预约只能在一个时段里"),
    ({"from": "2026-11-20T17:59"}, 422, "不在这个共享时段之内"),
    ({"until": "2026-11-20T18:59"}, 422, "结束时间应晚于开始时间"),
    ({"from": "whenever"}, 422, "不是有效的时间"),
    ({"plate": "苏"}, 422, "车牌号不完整或格式不对"),
    ({"phone": "123"}, 422, "电话号码应为 7 到 15 位数字"),
)


def test_what_cannot_be_booked_is_said_at_its_field_and_takes_no_space(town: Town) -> None:
    client = town.client()
    for changed, status, said in REFUSED:
        answer = town.book(client, **changed)
        assert (answer.status_code, said in answer.text) == (status, True), changed
    assert town.left() == 2
    gone = client.get(f"/lots/{town.lot_id}/book?window=nosuchwindow")
    assert (gone.status_code, client.get("/lots/nosuchlot/book?window=1").status_code) == (404, 404)


def test_an_odd_offset_names_an_instant_and_tells_nothing_of_a_plate(town: Town) -> None:
    client = town.client()
    beyond = {"from": "2026-11-21T13:00+23:00", "until": "2026-11-22T13:00+23:00"}
    before = town.book(client, **beyond)
    assert town.book(client, **{"from": "2026-11-21T10:00+23:00"}).status_code == 303
    after = town.book(client, **beyond)
    assert [before.status_code, after.status_code] == [422, 422]
    assert town.left() == 1


def test_an_ask_counts_though_its_transaction_fails(town: Town, sessions: Sessions) -> None:
    desk = BookingDesk(sessions, PlateKeys(sessions, SEALER, town.clock))
    zone = timezone(timedelta(hours=23))
    # The database refuses such an offset, which no door lets in.
    from_at, until_at = (datetime(2026, 11, 21, hour, tzinfo=zone) for hour in (10, 12))
    odd = BookingAsk(town.windows[0].id, from_at, until_at, PLATE)
    for _ in range(60):
        with pytest.raises(DBAPIError):
            desk.book(odd, "somewhere", NOW)
    with pytest.raises(BookingsTooMany):
        desk.book(odd, "somewhere", NOW)
