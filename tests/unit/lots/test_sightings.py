"""What is known of devices at any moment: by a snapshot, by who was seen, and by who fell silent?"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots import queries, service
from parking.lots.queries import GateBooks, gate_books
from parking.lots.rules import DeviceKind
from parking.lots.service import Sighting, Sightings
from parking.lots.service.sightings import MOST_UNKNOWN
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER, a_client, a_device, gate_book
from tests.factories.lookup import SetClock

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_a_snapshot_is_read_again_within_two_seconds_and_outlives_a_short_fault(sessions, monkeypatch):
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        device, other = a_device(uow.session), a_device(uow.session, signing_secret="first")
        service.set_signing_secret(uow.session, CLI, other.id, "second", sealer=SEALER, overlap=HOUR, now=NOW)
    asked, now_s = [], [100.0]

    def counted() -> Session:
        asked.append(now_s[0])
        if fails:
            raise OperationalError("select", {}, Exception())
        return sessions()

    fails = False
    monkeypatch.setattr(gate_books, "monotonic", lambda: now_s[0])
    clock = SetClock()
    clock.at = NOW
    books = GateBooks(counted, SEALER, clock)
    first = books.now()
    now_s[0] += 0.9
    assert books.now() is first and len(asked) == 1
    now_s[0] += 0.2
    # Nothing has changed: the same book, known anew.
    assert books.now() is first and len(asked) == 2
    with unit_of_work(sessions) as uow:
        service.disable_device(uow.session, CLI, device.id, NOW)
    assert books.now().device("vzenith", device.secret) is not None
    fails = True
    now_s[0] += 1.5
    assert books.now() is first
    now_s[0] += 0.6
    with pytest.raises(OperationalError):
        books.now()
    fails = False
    assert books.now().device("vzenith", device.secret) is None
    assert books.now().device_by_id(other.id).secrets == ("second", "first")
    # Nobody wrote anything: time alone ends an old secret.
    clock.at = NOW + HOUR
    now_s[0] += 2
    assert books.now().device_by_id(other.id).secrets == ("second",)


def test_sightings_are_written_at_once_and_then_once_a_minute(sessions: Sessions, monkeypatch) -> None:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        device = a_device(uow.session)
        client = a_client(uow.session)
        key = gate_book(uow.session).client(client.id).keys[0].id
    seen = Sightings(sessions)
    seen.device(Sighting(device.id, NOW, skew_s=3))
    seen.device(Sighting(device.id, NOW + HOUR, event_at=NOW + HOUR))
    seen.key(key, NOW)
    for number in range(20):
        seen.unknown("vzenith", f"stranger {number}\x00", "203.0.113.9", NOW)

    def view():
        with sessions() as session:
            return queries.device_view(session, device.id, NOW + HOUR)

    # The second word came along with the first use of the key.
    assert (view().last_seen_at, view().skew_s, view().last_event_at) == (NOW + HOUR, 3, NOW + HOUR)
    seen.device(Sighting(device.id, NOW - HOUR))
    seen.write()
    assert view().last_seen_at == NOW + HOUR
    with sessions() as session:
        assert {(each.serial, each.times) for each in queries.strangers(session)} == {
            (f"stranger {number}", 1) for number in range(20)
        }


def test_the_list_of_unknown_devices_does_not_grow_for_ever(session):
    for number in range(MOST_UNKNOWN + 3):
        service.note_unknown(session, "vzenith", f"s{number}" * 40, "203.0.113.9", NOW + number * HOUR)
    service.note_unknown(session, "vzenith", f"s{MOST_UNKNOWN}" * 40, "203.0.113.7", NOW + HOUR, times=4)
    listed = queries.strangers(session)
    assert len(listed) == MOST_UNKNOWN and max(len(each.serial) for each in listed) == 64
    assert [each.times for each in listed if each.times > 1] == [5]
    assert min(each.first_seen_at for each in listed) == NOW + 3 * HOUR


def test_a_device_that_falls_silent_is_told_once_and_once_when_it_is_back(session):
    a_city(session)
    device, never = a_device(session), a_device(session, silence_after_s=7200)
    service.seen(session, [Sighting(device.id, NOW + HOUR)])
    assert service.watch_devices(session, NOW + HOUR) == ([], [])
    later = NOW + 2 * HOUR
    assert {each.id for each in queries.device_alarms(session, later)} == {device.id}
    assert service.watch_devices(session, later) == ([device.id], [])
    assert service.watch_devices(session, later + HOUR) == ([never.id], [])
    service.seen(session, [Sighting(device.id, later + HOUR)])
    assert service.watch_devices(session, later + HOUR) == ([], [device.id])
    service.disable_device(session, CLI, never.id, NOW)
    assert service.watch_devices(session, later + HOUR) == ([], [never.id])


def test_the_watch_over_devices_and_their_sightings_lock_in_one_order(database, sessions):
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        first, last = sorted(a_device(uow.session).id for _ in range(2))
        rename = text("update devices set name = :name where id = :id")
        # Told to people by name, and locked by id.
        uow.session.execute(rename, {"name": "b", "id": first})
        uow.session.execute(rename, {"name": "a", "id": last})
        service.seen(uow.session, [Sighting(first, NOW), Sighting(last, NOW)])
    lock = "select from device_sightings where device_id = :id for update"
    with database.engine.connect() as writer, ThreadPoolExecutor(1) as threads:
        writer.execute(text(lock), {"id": first})

        def watch():
            with unit_of_work(sessions) as uow:
                return service.watch_devices(uow.session, NOW + 9 * HOUR)

        watching = threads.submit(watch)
        waiting = text(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        )
        while not watching.done():
            with database.engine.connect() as looking:
                if looking.scalar(waiting):
                    break
            time.sleep(0.01)
        writer.execute(text(f"{lock} nowait"), {"id": last})
        writer.rollback()
        assert set(watching.result(timeout=30)[0]) == {first, last}


def test_the_silence_of_a_device_registered_anew_begins_with_its_registration(session: Session) -> None:
    a_city(session)
    device = a_device(session, kind=DeviceKind.CLOUD, serial="s1", now=NOW - 40 * DAY)
    service.seen(session, [Sighting(device.id, NOW - 30 * DAY, skew_s=-300)])
    service.disable_device(session, CLI, device.id, NOW - 30 * DAY)
    assert queries.device_view(session, device.id, NOW).last_seen_at == NOW - 30 * DAY
    a_device(session, kind=DeviceKind.CLOUD, serial="s1", now=NOW)
    view = queries.device_view(session, device.id, NOW)
    assert (view.last_seen_at, view.skew_s, view.silent) == (None, None, False)
    assert service.watch_devices(session, NOW)[0] == []
    assert queries.device_view(session, device.id, NOW + HOUR).silent
    service.seen(session, [Sighting(device.id, NOW + HOUR)])
    assert not queries.device_view(session, device.id, NOW + HOUR).silent
