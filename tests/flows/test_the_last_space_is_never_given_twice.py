"""Sixteen clients want the spaces of one window at once, over real HTTP: each is given once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import requests
from sqlalchemy import func, select
from werkzeug.serving import make_server

from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.plates.service import PlateKeys
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.citizen import bookings_api
from parking.sharing.errors.bookings import NoSpaceGiven
from parking.sharing.models import Booking, Pass, PassSeries, Window
from parking.sharing.queries.passes import allow_list
from parking.sharing.rules.bookings import BookingAsk
from parking.sharing.service import bookings
from parking.sharing.service.booking_desk import BookingDesk
from tests.factories.bookings import a_window, miscounted
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER
from tests.factories.lookup import SetClock

CLIENTS, QUOTA = 16, 5
HOUR = timedelta(hours=1)


@pytest.fixture
def address(sessions: Sessions) -> Iterator[str]:
    with unit_of_work(sessions) as uow:
        a_city(uow.session, sharing={"hourly_per_network": 10_000})
    clock = SetClock(NOW)
    services = PortalServices(
        sessions=sessions,
        clock=clock,
        lookup=None,  # type: ignore[arg-type]
        booking_desk=BookingDesk(sessions, PlateKeys(sessions, SEALER, clock)),
    )
    server = make_server(
        "127.0.0.1", 0, create_app(services, interfaces=(bookings_api.blueprint,)), threaded=True
    )
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1/bookings"
    server.shutdown()
    thread.join()
    server.server_close()


def asked(window_id: str, number: int, **other: Any) -> dict[str, Any]:
    told = {
        "window": window_id,
        "from": (NOW + HOUR).isoformat(),
        "until": (NOW + 3 * HOUR).isoformat(),
        "plate": f"苏F{10_000 + number}",
    }
    return told | other


def at_once(calls: list[Any]) -> list[Any]:
    """What each of these is answered when all begin together."""
    start = Barrier(len(calls))

    def call(each: Any) -> requests.Response:
        start.wait(10)
        return each()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


def test_the_last_space_is_never_given_twice(address: str, sessions: Sessions) -> None:
    with unit_of_work(sessions) as uow:
        window_id = a_window(uow.session, quota=QUOTA).id
    answers = at_once(
        [
            lambda number=number: requests.post(address, json=asked(window_id, number), timeout=20)
            for number in range(CLIENTS)
        ]
    )
    assert Counter(each.status_code for each in answers) == {201: QUOTA, 409: CLIENTS - QUOTA}
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"no_space_given"}
    booked = [each.json() for each in answers if each.status_code == 201]
    with sessions() as session:
        window = session.get_one(Window, window_id)
        assert (window.taken, not miscounted(session)) == (QUOTA, True)
        assert len(allow_list(session, window.lot_id, 0, 100, NOW).entries) == QUOTA
    # Each given up by several at once, and taken again by as many as there is room for.
    given_up = at_once(
        [
            lambda told=told: requests.delete(
                f"{address}/{told['id']}", headers={"Booking-Code": told["code"]}, timeout=20
            )
            for told in (*booked, *booked, *booked)
        ]
    )
    assert {(each.status_code, each.json()["state"]) for each in given_up} == {(200, "cancelled")}
    with sessions() as session:
        assert session.get_one(Window, window_id).taken == 0


def test_one_vehicle_gets_one_booking_however_many_ask_for_it_at_once(
    address: str, sessions: Sessions
) -> None:
    with unit_of_work(sessions) as uow:
        windows = [a_window(uow.session, quota=9).id for _ in range(4)]
    answers = at_once(
        [
            lambda number=number: requests.post(address, json=asked(windows[number % 4], 7), timeout=20)
            for number in range(CLIENTS)
        ]
    )
    assert Counter(each.status_code for each in answers) == {201: 1, 409: CLIENTS - 1}
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Booking)) == 1
        assert not miscounted(session)


def test_desks_of_two_processes_share_the_spaces_of_windows_while_drivers_cancel(
    sessions: Sessions,
) -> None:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        first = a_window(uow.session, quota=QUOTA)
        windows = [first.id, a_window(uow.session, first.lot_id, quota=QUOTA).id]
    keys = PlateKeys(sessions, SEALER, SetClock(NOW))
    desks = [BookingDesk(sessions, keys) for _ in range(2)]

    def driver(number: int) -> str:
        """Ask at one window and then at the other, of either desk; every fourth cancels and asks again."""
        answers = []
        for turn in range(4):
            window_id = windows[(number + turn) % 2]
            ask = BookingAsk(window_id, NOW + HOUR, NOW + 3 * HOUR, f"苏F{10_000 + number // 2}")
            try:
                booked = desks[number % 2].book(ask, f"network {number}", NOW)
            except NoSpaceGiven:
                answers.append("none")
                continue
            answers.append("booked")
            if number % 4 == 0 and turn < 3:
                with unit_of_work(sessions) as uow:
                    bookings.cancel(uow.session, booked.id, booked.code, f"network {number}", NOW)
                answers.append("cancelled")
        return " ".join(answers)

    told = at_once([lambda number=number: driver(number) for number in range(2 * CLIENTS)])
    kept = sum(each.count("booked") - each.count("cancelled") for each in told)
    with sessions() as session:
        taken = [session.get_one(Window, each).taken for each in windows]
        standing = select(func.count(), func.count(Booking.plate_hash.distinct())).where(Booking.is_counted)
        assert session.execute(standing).one() == (kept, kept)
        assert (sum(taken), max(taken) <= QUOTA, miscounted(session)) == (kept, True, [])
        numbers = session.scalars(select(Pass.seq).where(Pass.lot_id == first.lot_id)).all()
        assert len(numbers) == len(set(numbers)) == sum(each.count("booked") for each in told)
        changes = session.get_one(PassSeries, first.lot_id).last
        assert changes == sum(each.count("booked") + each.count("cancelled") for each in told)


def test_what_is_wrong_is_named_and_a_code_is_asked_for_each_time(address: str, sessions: Sessions) -> None:
    with unit_of_work(sessions) as uow:
        window_id = a_window(uow.session).id

    def fields(**other: Any) -> list[tuple[str, str]]:
        answer = requests.post(address, json=asked(window_id, 1, **other), timeout=20)
        assert answer.status_code == 422 and "苏F1" not in answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"
        return [(each["field"], each["code"]) for each in answer.json()["errors"]]

    assert fields(until=(NOW + 20 * HOUR).isoformat()) == [("until", "outside_window")]
    assert fields(plate="不是车牌") == [("plate", "plate_odd")]
    assert fields(**{"from": "2026-11-20T11:00:00"}) == [("from", "not_an_instant")]
    assert fields(colour="blue") == [("colour", "unknown_parameter")]
    (no_object,) = requests.post(address, json=[1], timeout=20).json()["errors"]
    assert (no_object["code"], no_object["msg_zh"]) == ("not_an_object", "请求正文应是一个 JSON 对象")
    (no_json,) = requests.post(address, "{", headers={"Content-Type": "application/json"}, timeout=20).json()[
        "errors"
    ]
    assert (no_json["code"], no_json["msg_zh"]) == ("not_json", "请求正文不是有效的 JSON")
    gone = requests.post(address, json=asked("nosuchwindow", 1), timeout=20)
    assert (gone.status_code, gone.json()["code"]) == (410, "window_closed")
    told = requests.post(address, json=asked(window_id, 1), timeout=20).json()
    where = f"{address}/{told['id']}"
    seen = requests.get(where, headers={"Booking-Code": told["code"]}, timeout=20)
    assert (seen.status_code, seen.json()["plate"]) == (200, "苏F·1**01")
    assert "code" not in seen.json() and seen.headers["Cache-Control"] == "no-store"
    wrong = [requests.get(where, headers={"Booking-Code": "K7M4-9QXT"}, timeout=20) for _ in range(11)]
    assert [each.status_code for each in wrong] == [404] * 10 + [429]
    # As the sentence says: in minutes, not at once.
    assert int(wrong[-1].headers["Retry-After"]) >= 60
    assert requests.get(where, headers={"Booking-Code": told["code"]}, timeout=20).status_code == 429
    assert requests.get(where, timeout=20).status_code == 422
