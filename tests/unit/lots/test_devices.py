"""Devices are believed by their address, count at one lane, and are told when they fall silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from parking.accounts import service as accounts
from parking.accounts.errors import ClientNotFound
from parking.accounts.models import ClientKey
from parking.accounts.rules import Scope, read_key
from parking.audit.models import AuditEntry
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.sealing import Sealer
from parking.lots import queries, service
from parking.lots.errors import (
    DeviceChanged,
    DeviceNotFound,
    DeviceRefused,
    DeviceSerialTaken,
    LaneCountedAlready,
    LaneInUse,
    LaneNameTaken,
    LaneNotFound,
    LotNotFound,
)
from parking.lots.models import Device
from parking.lots.queries import GateBook, GateBooks, gate_books
from parking.lots.queries.gate_rows import gate_rows
from parking.lots.rules import DeviceDraft, DeviceKind, DeviceRole, EntranceDraft, EntranceUse, LaneDirection
from parking.lots.rules.gates import LaneDraft
from parking.lots.service import Sighting, Sightings
from parking.lots.service.sightings import MOST_UNKNOWN
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER, a_client, a_device, a_gate_lot
from tests.factories.lookup import SetClock

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def book(session: Session, at=NOW, sealer: Sealer = SEALER) -> GateBook:
    clock = SetClock()
    clock.at = at
    return gate_books.book_of(gate_rows(session, at), sealer, clock)


def a_draft(**fields) -> DeviceDraft:
    return DeviceDraft(**({"name": "相机", "kind": DeviceKind.CLOUD, "dialect": "vzenith"} | fields))


def test_an_address_is_good_for_its_dialect_alone_and_its_secret_is_kept_nowhere(session):
    a_city(session)
    lot = a_gate_lot(session)
    device = a_device(session, lot_id=lot.id, lane_id=lot.entry_lane_id, signing_secret="vendor's own")
    facts = book(session).device("vzenith", device.secret)
    assert (facts.id, facts.lot_id, facts.lane.direction) == (device.id, lot.id, LaneDirection.ENTRY)
    assert facts.lane.counting_source == facts.source == device.source
    assert facts.secrets == ("vendor's own",) and "vendor" not in repr(facts)
    for dialect, secret in (
        ("hikvision_isapi", device.secret),
        ("vzenith", device.secret[:-1]),
        ("vzenith", ""),
    ):
        assert book(session).device(dialect, secret) is None
    row = session.get_one(Device, device.id)
    kept = (row.secret_hash, row.signing_sealed)
    assert not any(device.secret.encode() in each or b"vendor" in each for each in kept)
    told = str([each.details for each in session.scalars(select(AuditEntry))])
    assert device.secret not in told and "vendor" not in told
    assert book(session, sealer=Sealer.from_secret("another")).device_by_id(device.id).secrets == ()


def test_an_old_address_and_an_old_secret_end_when_it_was_said(session):
    a_city(session)
    device = a_device(session, signing_secret="first")
    new = service.rotate_device_secret(session, CLI, device.id, overlap=DAY, now=NOW)
    service.set_signing_secret(session, CLI, device.id, "second", sealer=SEALER, overlap=DAY, now=NOW)
    for at, old, secrets in ((NOW + 23 * HOUR, True, ("second", "first")), (NOW + DAY, False, ("second",))):
        now = book(session, at)
        assert (now.device("vzenith", device.secret) is not None) == old
        assert now.device("vzenith", new.url_secret).secrets == secrets
    at_once = service.rotate_device_secret(session, CLI, device.id, overlap=timedelta(0), now=NOW)
    assert book(session).device("vzenith", new.url_secret) is None
    assert book(session).device("vzenith", device.secret) is None
    service.disable_device(session, CLI, device.id, NOW)
    assert book(session).device("vzenith", at_once.url_secret) is None
    assert book(session).device_by_id(device.id) is None
    with pytest.raises(DeviceNotFound):
        service.rotate_device_secret(session, CLI, device.id, overlap=DAY, now=NOW)


def test_a_lane_has_one_counting_source_at_a_time(session):
    a_city(session)
    lot = a_gate_lot(session)
    lane = lot.entry_lane_id
    first = a_device(session, lot_id=lot.id, lane_id=lane)
    with pytest.raises(LaneCountedAlready), session.begin_nested():
        a_device(session, lot_id=lot.id, lane_id=lane)
    second = a_device(session, lot_id=lot.id, lane_id=lane, role=DeviceRole.EVIDENCE)
    assert book(session).lane(lane).counting_source == first.source
    assert book(session).lot_has_counting_lane(lot.id)
    with pytest.raises(LaneInUse):
        service.close_lane(session, CLI, lane, NOW)
    service.disable_device(session, CLI, first.id, NOW)
    assert book(session).lane(lane).counting_source is None
    draft = a_draft(kind=DeviceKind.CAMERA, lot_id=lot.id, lane_id=lane, serial="x")
    change = {"version": 1, "dialects": ["vzenith"], "now": NOW}
    service.change_device(session, CLI, second.id, draft, **change)
    assert book(session).lane(lane).counting_source == second.source
    with pytest.raises(DeviceChanged):
        service.change_device(session, CLI, second.id, draft, **change)
    service.change_device(session, CLI, second.id, replace(draft, lane_id=None), **(change | {"version": 2}))
    assert not book(session).lot_has_counting_lane(lot.id)
    service.close_lane(session, CLI, lane, NOW)
    assert [each.name for each in book(session).lanes_of(lot.id)] == ["出口1"]
    with pytest.raises(LaneNotFound):
        service.set_counting_source(session, CLI, lane, second.source, NOW)


def test_a_device_is_refused_by_field_and_its_serial_is_registered_once(session):
    a_city(session)
    here, there = a_gate_lot(session), a_gate_lot(session)
    wrong = a_draft(
        name=" ",
        dialect="klingon",
        serial="x" * 65,
        lot_id=there.id,
        lane_id=here.entry_lane_id,
        time_zone="Mars/Olympus",
        silence_after_s=1,
        profile="][",
    )
    register = {"dialects": ["vzenith"], "sealer": SEALER, "now": NOW}
    with pytest.raises(DeviceRefused) as refused:
        service.register_device(session, CLI, wrong, **register)
    assert {each.field for each in refused.value.problems} == {
        *("name", "dialect", "serial", "lane_id", "time_zone", "silence_after_s", "profile")
    }
    first = service.register_device(session, CLI, a_draft(serial="s1"), **register)
    with pytest.raises(DeviceSerialTaken):
        service.register_device(session, CLI, a_draft(serial="s1"), **register)
    service.disable_device(session, CLI, first.device_id, NOW)
    service.register_device(session, CLI, a_draft(serial="s1"), **register)
    with pytest.raises(LaneNameTaken):
        service.register_lane(session, CLI, here.id, LaneDraft("入口1", LaneDirection.TOLD), NOW)


def test_a_vendor_s_words_mean_our_lots_and_lanes(session):
    a_city(session)
    here, there = a_gate_lot(session), a_gate_lot(session)
    cloud = a_device(session, "keytop")
    service.map_lot(session, CLI, cloud.id, "P-1", here.id, NOW)
    service.map_lane(session, CLI, cloud.id, here.id, "3", here.entry_lane_id, NOW)
    with pytest.raises(LaneNotFound):
        service.map_lane(session, CLI, cloud.id, here.id, "4", there.entry_lane_id, NOW)
    with pytest.raises(DeviceRefused):
        service.map_lot(session, CLI, cloud.id, "  ", here.id, NOW)
    facts = book(session).device("keytop", cloud.secret)
    assert facts.lots == {"P-1": here.id}
    assert facts.lanes[here.id, "3"].counting_source == cloud.source
    assert book(session).lot_id_of(here.lot.code) == book(session).lot_id_of(here.id) == here.id
    service.map_lot(session, CLI, cloud.id, "P-1", None, NOW)
    service.map_lane(session, CLI, cloud.id, here.id, "3", None, NOW)
    facts = book(session).device("keytop", cloud.secret)
    assert (facts.lots, facts.lanes) == ({}, {})


def test_a_lane_outlives_the_entrances_of_its_lot(session):
    a_city(session)
    gate = EntranceDraft("东门", 32.06, 120.62, EntranceUse.BOTH)
    lot = a_gate_lot(session, entrances=(gate,))
    [(entrance, name)] = queries.entrances_of_lot(session, lot.id)
    draft = LaneDraft("入口2", LaneDirection.ENTRY, entrance_id=entrance)
    lane = service.register_lane(session, CLI, lot.id, draft, NOW)
    assert queries.lane_view(session, lane).entrance_name == name == "东门"
    for gates, kept in (((replace(gate, name="南门"), gate), "东门"), ((replace(gate, name="南门"),), None)):
        service.change_lot(session, CLI, lot.id, {"entrances": gates}, NOW)
        session.expire_all()
        assert queries.lane_view(session, lane).entrance_name == kept


def test_a_client_speaks_for_its_lots_alone_and_with_keys_that_are_good(session):
    a_city(session)
    mine, others = a_gate_lot(session), a_gate_lot(session)
    client = a_client(session, [mine.id], scopes=[Scope.PASSAGES_WRITE])
    new = accounts.rotate_client_key(session, CLI, client.id, overlap=DAY, sealer=SEALER, now=NOW)
    facts = book(session).client(client.id)
    assert facts.lots == {mine.id} and facts.may(Scope.PASSAGES_WRITE) and not facts.may(Scope.FEES_READ)
    assert {key.secret for key in facts.keys} == {read_key(new.key), read_key(client.key)}
    assert read_key(new.key).hex() not in repr(facts) and str(read_key(new.key)) not in repr(facts.keys)
    assert sorted(key.is_good(NOW + DAY) for key in facts.keys) == [False, True]
    assert [key.secret for key in book(session, NOW + DAY).client(client.id).keys] == [read_key(new.key)]
    # A key of the time before keys signed is good for nothing.
    session.execute(update(ClientKey).values(sealed=None))
    assert book(session).client(client.id).keys == ()
    service.grant_lots(session, CLI, client.id, [others.id], NOW)
    assert book(session).client(client.id).lots == {others.id}
    with pytest.raises(LotNotFound):
        service.grant_lots(session, CLI, client.id, [others.id, "nowhere"], NOW)
    with pytest.raises(ClientNotFound):
        service.grant_lots(session, CLI, "nobody", [others.id], NOW)
    accounts.disable_client(session, CLI, client.id, NOW)
    assert not book(session).client(client.id).may(Scope.PASSAGES_WRITE)


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
        key = book(uow.session).client(client.id).keys[0].id
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
