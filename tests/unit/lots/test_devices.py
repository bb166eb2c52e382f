"""Devices are believed by their address, count at one lane, and are told when they fall silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from parking.accounts import service as accounts
from parking.accounts.errors import ClientDisabled, ClientNotFound
from parking.accounts.models import ClientKey
from parking.accounts.rules import Scope, read_key
from parking.audit.models import AuditEntry
from parking.kernel.actors import CLI
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
from parking.lots.rules import DeviceDraft, DeviceKind, DeviceRole, EntranceDraft, EntranceUse, LaneDirection
from parking.lots.rules.gates import LaneDraft
from tests.databases import migrate
from tests.factories.city import NOW, a_city
from tests.factories.devices import SEALER, a_client, a_device, a_gate_lot, gate_book

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def a_draft(**fields) -> DeviceDraft:
    return DeviceDraft(**({"name": "相机", "kind": DeviceKind.CLOUD, "dialect": "vzenith"} | fields))


def test_an_address_is_good_for_its_dialect_alone_and_its_secret_is_kept_nowhere(session):
    a_city(session)
    lot = a_gate_lot(session)
    device = a_device(session, lot_id=lot.id, lane_id=lot.entry_lane_id, signing_secret="vendor's own")
    facts = gate_book(session).device("vzenith", device.secret)
    assert (facts.id, facts.lot_id, facts.lane.direction) == (device.id, lot.id, LaneDirection.ENTRY)
    assert facts.lane.counting_source == facts.source == device.source
    assert facts.secrets == ("vendor's own",) and "vendor" not in repr(facts)
    for dialect, secret in (
        ("hikvision_isapi", device.secret),
        ("vzenith", device.secret[:-1]),
        ("vzenith", ""),
    ):
        assert gate_book(session).device(dialect, secret) is None
    row = session.get_one(Device, device.id)
    kept = (row.secret_hash, row.signing_sealed)
    assert not any(device.secret.encode() in each or b"vendor" in each for each in kept)
    told = str([each.details for each in session.scalars(select(AuditEntry))])
    assert device.secret not in told and "vendor" not in told
    assert gate_book(session, sealer=Sealer.from_secret("another")).device_by_id(device.id).secrets == ()


def test_an_old_address_and_an_old_secret_end_when_it_was_said(session):
    a_city(session)
    device = a_device(session, signing_secret="first")
    new = service.rotate_device_secret(session, CLI, device.id, overlap=DAY, now=NOW)
    service.set_signing_secret(session, CLI, device.id, "second", sealer=SEALER, overlap=DAY, now=NOW)
    for at, old, secrets in ((NOW + 23 * HOUR, True, ("second", "first")), (NOW + DAY, False, ("second",))):
        now = gate_book(session, at)
        assert (now.device("vzenith", device.secret) is not None) == old
        assert now.device("vzenith", new.url_secret).secrets == secrets
    at_once = service.rotate_device_secret(session, CLI, device.id, overlap=timedelta(0), now=NOW)
    assert gate_book(session).device("vzenith", new.url_secret) is None
    assert gate_book(session).device("vzenith", device.secret) is None
    service.disable_device(session, CLI, device.id, NOW)
    assert gate_book(session).device("vzenith", at_once.url_secret) is None
    assert gate_book(session).device_by_id(device.id) is None
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
    assert gate_book(session).lane(lane).counting_source == first.source
    assert gate_book(session).lot_has_counting_lane(lot.id)
    with pytest.raises(LaneInUse):
        service.close_lane(session, CLI, lane, NOW)
    service.disable_device(session, CLI, first.id, NOW)
    assert gate_book(session).lane(lane).counting_source is None
    draft = a_draft(kind=DeviceKind.CAMERA, lot_id=lot.id, lane_id=lane, serial="x")
    change = {"version": 1, "dialects": ["vzenith"], "now": NOW}
    service.change_device(session, CLI, second.id, draft, **change)
    assert gate_book(session).lane(lane).counting_source == second.source
    with pytest.raises(DeviceChanged):
        service.change_device(session, CLI, second.id, draft, **change)
    service.change_device(session, CLI, second.id, replace(draft, lane_id=None), **(change | {"version": 2}))
    assert not gate_book(session).lot_has_counting_lane(lot.id)
    service.close_lane(session, CLI, lane, NOW)
    assert [each.name for each in gate_book(session).lanes_of(lot.id)] == ["出口1"]
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
    again = service.register_device(session, CLI, a_draft(serial="s1"), **register)
    with pytest.raises(DeviceSerialTaken):
        service.register_device(session, CLI, a_draft(serial="s1"), **register)
    # Who it was: what it told before and sends again is known. Its old address is not.
    assert again.device_id == first.device_id
    assert gate_book(session).device("vzenith", first.url_secret) is None
    assert gate_book(session).device("vzenith", again.url_secret).id == first.device_id
    with pytest.raises(LaneNameTaken):
        service.register_lane(session, CLI, here.id, LaneDraft("入口1", LaneDirection.TOLD), NOW)


def test_a_device_registered_anew_speaks_where_it_is_registered_now(session):
    a_city(session)
    old, told_by_client, new = (a_gate_lot(session) for _ in range(3))
    cloud = a_device(session, "fourpyun", kind=DeviceKind.CLOUD, lot_id=old.id, serial="PY1")
    service.map_lot(session, CLI, cloud.id, "K1", told_by_client.id, NOW)
    service.map_lane(session, CLI, cloud.id, told_by_client.id, "e", told_by_client.entry_lane_id, NOW)
    service.map_lane(session, CLI, cloud.id, old.id, "1", old.entry_lane_id, NOW)
    client = a_client(session, [told_by_client.id])
    service.disable_device(session, CLI, cloud.id, NOW)

    def again(lot):
        draft = a_draft(dialect="fourpyun", serial="PY1", lot_id=lot.id)
        return service.register_device(session, CLI, draft, dialects=["fourpyun"], sealer=SEALER, now=NOW)

    there = again(new)
    assert there.device_id == cloud.id
    assert [(each.vendor_key, each.lot_code, each.lane_name) for each in there.ended] == [
        ("K1", told_by_client.lot.code, None),
        *sorted(
            [("1", old.lot.code, "入口1"), ("e", told_by_client.lot.code, "入口1")], key=lambda it: it[1]
        ),
    ]
    book = gate_book(session)
    device = book.device("fourpyun", there.url_secret)
    assert (device.lot_id, device.lots, device.lanes) == (new.id, {}, {})
    assert book.counts_unnamed(book.client(client.id), told_by_client.id)
    assert not book.counts_unnamed(device, told_by_client.id) and book.counts_unnamed(device, new.id)
    # Its words for the lot where it comes back to still mean what they did.
    service.map_lane(session, CLI, cloud.id, new.id, "7", new.exit_lane_id, NOW)
    service.disable_device(session, CLI, cloud.id, NOW)
    assert again(new).ended == ()
    assert set(gate_book(session).device_by_id(cloud.id).lanes) == {(new.id, "7")}


def test_a_stranger_s_serial_makes_a_new_device(session):
    a_city(session)
    theirs, mine = a_gate_lot(session), a_gate_lot(session)
    cloud = a_device(session, kind=DeviceKind.CLOUD, lot_id=theirs.id, serial="s1")
    service.disable_device(session, CLI, cloud.id, NOW)
    register = {"dialects": ["vzenith"], "sealer": SEALER, "now": NOW, "may_revive": {mine.id}.issuperset}
    draft = a_draft(serial="s1", lot_id=mine.id)
    first = service.register_device(session, CLI, draft, **register)
    assert first.device_id != cloud.id and not first.ended
    assert queries.device_view(session, cloud.id, NOW).lot.id == theirs.id
    service.disable_device(session, CLI, first.device_id, NOW + DAY)
    # The stranger's is passed over, whichever was disabled last.
    assert service.register_device(session, CLI, draft, **register).device_id == first.device_id


def test_a_device_that_leaves_a_lot_counts_in_no_lane_there(session):
    a_city(session)
    here, there = a_gate_lot(session), a_gate_lot(session)
    cloud = a_device(session, lot_id=here.id, kind=DeviceKind.CLOUD, serial="s1")
    service.map_lane(session, CLI, cloud.id, here.id, "1", here.entry_lane_id, NOW)
    service.map_lot(session, CLI, cloud.id, "K", there.id, NOW)
    service.map_lane(session, CLI, cloud.id, there.id, "1", there.exit_lane_id, NOW)
    change = {"dialects": ["vzenith"], "now": NOW}
    draft = a_draft(serial="s1", lot_id=there.id)
    [left] = service.change_device(session, CLI, cloud.id, draft, version=1, **change)
    assert (left.id, left.lot_code, left.name) == (here.entry_lane_id, here.lot.code, "入口1")
    lanes = gate_book(session).device_by_id(cloud.id).lanes
    assert [(each, lane.counting_source) for each, lane in lanes.items()] == [((there.id, "1"), cloud.source)]
    assert service.map_lot(session, CLI, cloud.id, "K", None, NOW) == []
    service.map_lot(session, CLI, cloud.id, "K", here.id, NOW)
    service.map_lane(session, CLI, cloud.id, here.id, "1", here.entry_lane_id, NOW)
    [left] = service.map_lot(session, CLI, cloud.id, "K", None, NOW)
    assert left.id == here.entry_lane_id
    # Where it counted and goes on counting is no lane that lost its source.
    draft = replace(draft, lane_id=there.exit_lane_id)
    assert service.change_device(session, CLI, cloud.id, draft, version=2, **change) == []


def test_an_upgrade_frees_the_lanes_of_those_who_count_no_more(session):
    a_city(session)
    here, there, mapped = (a_gate_lot(session) for _ in range(3))
    camera = a_device(session, lot_id=here.id, lane_id=here.entry_lane_id)
    cloud = a_device(session, "keytop")
    service.map_lot(session, CLI, cloud.id, "K", mapped.id, NOW)
    service.map_lane(session, CLI, cloud.id, mapped.id, "1", mapped.entry_lane_id, NOW)
    working, gone = a_client(session, [here.id]), a_client(session, [here.id, there.id])
    accounts.disable_client(session, CLI, gone.id, NOW)
    off = a_device(session, lot_id=there.id)
    service.disable_device(session, CLI, off.id, NOW)
    dead = {
        there.entry_lane_id: gone.source,
        there.exit_lane_id: off.source,
        mapped.exit_lane_id: camera.source,
    }
    alive = {
        here.entry_lane_id: camera.source,
        here.exit_lane_id: working.source,
        mapped.entry_lane_id: cloud.source,
    }
    # As releases before left them.
    for lane_id, source in (dead | alive).items():
        service.set_counting_source(session, CLI, lane_id, source, NOW)
    migrate(session, "20261122_2020")
    session.expire_all()
    found = {each: queries.lane_view(session, each).counting_source for each in dead | alive}
    assert found == dict.fromkeys(dead) | alive
    assert {lane.id for lane in queries.uncounted_lanes(session)} == dead.keys()


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
    facts = gate_book(session).device("keytop", cloud.secret)
    assert facts.lots == {"P-1": here.id}
    assert facts.lanes[here.id, "3"].counting_source == cloud.source
    assert gate_book(session).lot_id_of(here.lot.code) == gate_book(session).lot_id_of(here.id) == here.id
    service.map_lot(session, CLI, cloud.id, "P-1", None, NOW)
    service.map_lane(session, CLI, cloud.id, here.id, "3", None, NOW)
    facts = gate_book(session).device("keytop", cloud.secret)
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
    facts = gate_book(session).client(client.id)
    assert facts.lots == {mine.id} and facts.may(Scope.PASSAGES_WRITE) and not facts.may(Scope.FEES_READ)
    assert {key.secret for key in facts.keys} == {read_key(new.key), read_key(client.key)}
    assert read_key(new.key).hex() not in repr(facts) and str(read_key(new.key)) not in repr(facts.keys)
    assert sorted(key.is_good(NOW + DAY) for key in facts.keys) == [False, True]
    assert [key.secret for key in gate_book(session, NOW + DAY).client(client.id).keys] == [read_key(new.key)]
    # A key of the time before keys signed is good for nothing.
    session.execute(update(ClientKey).values(sealed=None))
    assert gate_book(session).client(client.id).keys == ()
    service.grant_lots(session, CLI, client.id, [others.id], NOW)
    assert gate_book(session).client(client.id).lots == {others.id}
    with pytest.raises(LotNotFound):
        service.grant_lots(session, CLI, client.id, [others.id, "nowhere"], NOW)
    with pytest.raises(ClientNotFound):
        service.grant_lots(session, CLI, "nobody", [others.id], NOW)
    accounts.disable_client(session, CLI, client.id, NOW)
    assert not gate_book(session).client(client.id).may(Scope.PASSAGES_WRITE)
    # A key that would be handed over and never work is none.
    with pytest.raises(ClientDisabled):
        accounts.rotate_client_key(session, CLI, client.id, overlap=DAY, sealer=SEALER, now=NOW)


def test_a_client_that_may_no_longer_speak_for_a_lot_counts_in_no_lane_of_it(session):
    a_city(session)
    here, there, elsewhere = (a_gate_lot(session) for _ in range(3))
    client, other = a_client(session, [here.id, there.id]), a_client(session, [here.id, elsewhere.id])
    counted = {
        here.entry_lane_id: client,
        here.exit_lane_id: other,
        there.entry_lane_id: client,
        elsewhere.entry_lane_id: other,
    }
    for lane_id, counting in counted.items():
        service.set_counting_source(session, CLI, lane_id, counting.source, NOW)

    def sources():
        return {each: queries.lane_view(session, each).counting_source for each in counted}

    told = service.grant_lots(session, CLI, client.id, [there.id, elsewhere.id], NOW)
    entry = queries.lane_view(session, here.entry_lane_id).name
    assert [(lane.lot_code, lane.name) for lane in told] == [(here.lot.code, entry)]
    assert sources() == {lane: each.source for lane, each in counted.items()} | {here.entry_lane_id: None}
    assert service.grant_lots(session, CLI, client.id, [there.id, elsewhere.id, here.id], NOW) == []
    [stopped] = service.disable_client(session, CLI, client.id, NOW)
    assert stopped.lot_name == there.lot.name and sources()[there.entry_lane_id] is None
    assert sources()[here.exit_lane_id] == sources()[elsewhere.entry_lane_id] == other.source
    audited = select(AuditEntry.subject_id).where(
        AuditEntry.action == "lane:set_counting_source", AuditEntry.details["after"].as_string().is_(None)
    )
    assert set(session.scalars(audited)) == {here.entry_lane_id, there.entry_lane_id}
    assert service.disable_client(session, CLI, client.id, NOW) == []
    # Who may tell no passages any more counts nowhere, whatever its lots.
    accounts.set_client_scopes(session, CLI, other.id, [Scope.COUNTS_WRITE], NOW)
    assert len(service.grant_lots(session, CLI, other.id, [here.id, elsewhere.id], NOW)) == 2
    assert set(sources().values()) == {None}
