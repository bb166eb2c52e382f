"""What becomes of what a device should not have sent? It hears its dialect, and nothing wrong is counted."""

from __future__ import annotations

import base64
import json
import tracemalloc
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from parking.boundary.gates import BayTold, PassageTold
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.group_commit import QueueFull
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import service as lots
from parking.lots.rules import DeviceKind
from parking.occupancy import queries as occupancy_queries
from parking.occupancy.queries.bays import bays_of
from parking.occupancy.service.bays import BayDraft, register_bays, tell_bays
from parking.portals._http.observability import exposition
from parking.portals.gateway.compat_bodies import MOST_BYTES, MOST_READ
from parking.visits.rules.outcomes import Outcome
from parking.visits.service.intake import Intake
from tests.adapters.gate_talk import (
    BAYS,
    GATES,
    NOW,
    PLATE,
    SECRET,
    Body,
    Fact,
    Talk,
    hikvision_xml,
    multipart,
)
from tests.factories.barriers import Platform, a_platform
from tests.factories.city import a_city
from tests.factories.devices import ADevice, GateLot, a_device, a_gate_lot
from tests.factories.lookup import SetClock

BY_NAME = {talk.name: talk for talk in (*GATES, *BAYS)}
SERIALS = {
    "vzenith": "c0ffee01-00000001",
    # As a clerk types it; the camera writes it in small letters with colons.
    "hikvision_isapi": "E8-A0-ED-2C-E6-24",
    "dahua_itsapi": "CAMERA1",
}
UNSIGNED = [BY_NAME[name] for name in SERIALS]
SIGNED = [talk for talk in GATES if talk.manifest.signs]
LOT_KEYS = {
    "fourpyun": "49f0cc52-suite",
    "keytop": "100000001",
    "bolink": "21835",
    "hikvision_cloud": "P1",
    "sorted_profile": "P1",
}


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def platform(sessions: Sessions, clock: SetClock) -> Iterator[Platform]:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    yield a_platform(sessions, clock)


@pytest.fixture
def lot(platform: Platform, sessions: Sessions) -> GateLot:
    with unit_of_work(sessions) as uow:
        return a_gate_lot(uow.session, now=NOW)


def registered(sessions: Sessions, platform: Platform, lot: GateLot, talk: Talk, **fields: Any) -> ADevice:
    """The device of a dialect at the lane in, or a cloud whose lot is mapped."""
    with unit_of_work(sessions) as uow:
        if talk.manifest.signs:
            told = {"signing_secret": SECRET, "profile": talk.context.profile} | fields
            device = a_device(uow.session, talk.name, now=NOW, **told)
            lots.map_lot(uow.session, CLI, device.id, LOT_KEYS[talk.name], lot.id, NOW)
        elif talk.manifest.sensors:
            kind = DeviceKind.SENSOR
            device = a_device(uow.session, talk.name, lot_id=lot.id, kind=kind, serial=None, now=NOW)
        else:
            told = {"lot_id": lot.id, "lane_id": lot.entry_lane_id, "serial": SERIALS[talk.name]} | fields
            device = a_device(uow.session, talk.name, now=NOW, **told)
    platform.books.read_again()
    return device


def send(platform: Platform, talk: Talk, said: Fact | Body, address: str) -> TestResponse:
    body = talk.say(said) if isinstance(said, Fact) else said
    return platform.client.post(address + body.path, data=body.content, content_type=body.content_type)


def rows(sessions: Sessions, question: str) -> list[tuple[Any, ...]]:
    with sessions() as session:
        return [tuple(row) for row in session.execute(text(question))]


def passages(sessions: Sessions) -> list[tuple[Any, ...]]:
    return rows(sessions, "select at, direction, counts from passages order by at, event_id")


def aside(sessions: Sessions) -> list[tuple[Any, ...]]:
    return rows(sessions, "select reason, field, times from quarantined order by reason")


def unknown(sessions: Sessions, platform: Platform) -> list[tuple[Any, ...]]:
    platform.app.extensions["parking"].sightings.write()
    return rows(sessions, "select dialect, serial, times from unknown_devices order by dialect, serial")


@pytest.mark.parametrize("talk", GATES, ids=str)
def test_in_every_dialect_a_crossing_told_three_times_is_stored_once(
    talk: Talk, platform: Platform, sessions: Sessions, lot: GateLot
) -> None:
    device = registered(sessions, platform, lot, talk)
    answers = [send(platform, talk, Fact(resent=resent), device.path()) for resent in (False, False, True)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [(at, direction) for at, direction, _ in passages(sessions)] == [(NOW, "entry")]
    assert aside(sessions) == []


@pytest.mark.parametrize("talk", UNSIGNED, ids=str)
def test_what_no_clock_could_have_seen_is_acknowledged_and_kept_aside(
    talk: Talk, platform: Platform, sessions: Sessions, lot: GateLot
) -> None:
    device = registered(sessions, platform, lot, talk)
    odd = [
        datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        NOW - timedelta(days=7, seconds=1),
        NOW + timedelta(minutes=2, seconds=1),
        datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    ]
    good = [NOW - timedelta(days=7) + timedelta(seconds=1), NOW + timedelta(minutes=2)]
    facts = [Fact(number, at) for number, at in enumerate([*odd, *good], 1)]
    facts += [Fact(90, plate="苏" * 400)]
    taken = BY_NAME[talk.name].say(Fact())
    for fact in facts:
        assert send(platform, talk, fact, device.path()).status_code == 200
    for content in (taken.content[: len(taken.content) // 2], b"", b"<html/>"):
        assert send(platform, talk, replace(taken, content=content), device.path()).status_code == 200
    assert [at for at, _, _ in passages(sessions)] == sorted(good)
    reasons = {reason for reason, _, _ in aside(sessions)}
    assert {"too_old", "clock_ahead", "too_long"} < reasons
    assert all("苏" not in str(row) for row in rows(sessions, "select q::text from quarantined q"))
    # Its clock is shown to whoever looks after it.
    platform.app.extensions["parking"].sightings.write()
    assert rows(sessions, "select count(*) from device_sightings where skew_s is not null") == [(1,)]


def test_nobodys_device_is_answered_listed_and_counted_nowhere(
    platform: Platform, sessions: Sessions, lot: GateLot
) -> None:
    for talk in (*GATES, *BAYS):
        answer = send(platform, talk, Fact(), f"/compat/{talk.name}/a-secret-of-nobody/")
        assert answer.status_code == 200, talk
        assert json.loads(answer.data)
    listed = {(dialect, serial) for dialect, serial, _ in unknown(sessions, platform)}
    assert {dialect for dialect, _ in listed} == set(BY_NAME)
    assert ("hikvision_isapi", "e8:a0:ed:2c:e6:24") in listed
    # Another camera at this one's address, and a good secret in another dialect's address.
    device = registered(sessions, platform, lot, BY_NAME["vzenith"], serial="c0ffee02")
    assert send(platform, BY_NAME["vzenith"], Fact(), device.path()).status_code == 200
    elsewhere = device.path().replace("vzenith", "dahua_itsapi")
    assert send(platform, BY_NAME["dahua_itsapi"], Fact(), elsewhere).status_code == 200
    assert passages(sessions) == []
    assert [reason for reason, _, _ in aside(sessions)] == ["serial_differs"]


def test_whoever_guesses_secrets_is_slowed_down_and_learns_nothing(
    platform: Platform, sessions: Sessions, lot: GateLot
) -> None:
    device = registered(sessions, platform, lot, BY_NAME["vzenith"])
    body = Body(b'{"heartbeat": {"serialno": "c0ffee01-00000001"}}')
    answers = [send(platform, BY_NAME["vzenith"], body, f"/compat/vzenith/{n}/") for n in range(130)]
    known = send(platform, BY_NAME["vzenith"], body, device.path())
    assert answers[0].data == known.data
    assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"]) >= 1
    # The registered ones of the same house go on.
    assert known.status_code == 200
    assert send(platform, BY_NAME["vzenith"], Fact(), device.path()).status_code == 200
    assert len(passages(sessions)) == 1


def test_a_picture_of_20_megabytes_is_dropped_while_it_comes_in(
    platform: Platform, sessions: Sessions, lot: GateLot
) -> None:
    jpeg = b"\xff\xd8" + bytes(range(1, 256)) * 80_000
    picture = base64.b64encode(jpeg)
    for talk in UNSIGNED:
        device = registered(sessions, platform, lot, talk, lane_id=None)
        said = talk.say(Fact())
        if talk.name == "hikvision_isapi":
            event = hikvision_xml(Fact()).encode()
            large = multipart(("anpr.xml", event), ("detectionPicture.jpg", jpeg))
        else:
            large = replace(said, content=said.content.replace(b"/9j/4AAQSkZJRg==", picture))
        assert len(large.content) > 20_000_000
        # Measuring is slow: one of them is enough.
        if talk.name == "vzenith":
            tracemalloc.start()
        assert send(platform, talk, large, device.path()).status_code == 200
        if talk.name == "vzenith":
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak < 3 * MOST_BYTES
    assert len(passages(sessions)) == 3
    assert aside(sessions) == []


def test_what_is_too_long_to_be_read_is_acknowledged_and_told(
    platform: Platform, sessions: Sessions, lot: GateLot
) -> None:
    device = registered(sessions, platform, lot, BY_NAME["vzenith"])
    cloud = registered(sessions, platform, lot, BY_NAME["bolink"])
    noise = b'{"a": "' + b"- " * (MOST_BYTES // 2) + b'"}'
    # Signed bytes are not thinned out.
    signed = b'{"a": "' + b"A" * MOST_BYTES + b'"}'
    for name, address, content in (
        ("vzenith", device.path(), noise),
        ("bolink", cloud.path(), signed),
        ("vzenith", device.path(), bytes(MOST_READ + 1)),
    ):
        answer = send(platform, BY_NAME[name], Body(content), address)
        assert answer.status_code == 200, answer.data
    assert aside(sessions) == [("too_large", None, 1), ("too_large", None, 2)]


@pytest.mark.parametrize("talk", SIGNED, ids=str)
def test_a_wrong_signature_counts_nothing_and_blocks_nothing(
    talk: Talk, platform: Platform, sessions: Sessions, lot: GateLot
) -> None:
    device = registered(sessions, platform, lot, talk, signing_secret="not what its vendor signs with")
    assert send(platform, talk, Fact(), device.path()).status_code == 200
    assert passages(sessions) == []
    assert [reason for reason, _, _ in aside(sessions)] == ["signature_wrong"]
    # Once the right secret is set it is taken.
    _sign_with(platform, sessions, device, SECRET, NOW)
    send(platform, talk, Fact(2), device.path())
    assert len(passages(sessions)) == 1


def test_an_old_secret_is_good_for_a_while_and_then_no_more(
    platform: Platform, sessions: Sessions, lot: GateLot, clock: SetClock
) -> None:
    talk = BY_NAME["fourpyun"]
    device = registered(sessions, platform, lot, talk)
    _sign_with(platform, sessions, device, "the next one", NOW)
    for number, minutes in ((1, 0), (2, 59), (3, 60)):
        clock.at = NOW + timedelta(minutes=minutes)
        platform.books.read_again()
        assert send(platform, talk, Fact(number), device.path()).status_code == 200
    assert len(passages(sessions)) == 2
    assert [reason for reason, _, _ in aside(sessions)] == ["signature_wrong"]


def _sign_with(platform: Platform, sessions: Sessions, device: ADevice, secret: str, now: datetime) -> None:
    """The vendor signs with another secret; the one before is good for an hour."""
    sealer = platform.app.extensions["parking"].sealer
    with unit_of_work(sessions) as uow:
        lots.set_signing_secret(
            uow.session, CLI, device.id, secret, sealer=sealer, overlap=timedelta(hours=1), now=now
        )
    platform.books.read_again()


def test_a_vehicle_that_backs_out_was_never_there_however_often_it_is_told(
    platform: Platform, sessions: Sessions, lot: GateLot, clock: SetClock
) -> None:
    talk = BY_NAME["vzenith"]
    device = registered(sessions, platform, lot, talk)
    earlier = Fact(1, NOW - timedelta(hours=3))
    send(platform, talk, earlier, device.path())
    send(platform, talk, Fact(2), device.path())
    clock.forward(seconds=20)
    said = talk.say(Fact(3, NOW + timedelta(seconds=15)))
    undo = replace(said, content=said.content.replace(b'"triggerType": 1', b'"triggerType": 66'))
    for _ in range(3):
        assert send(platform, talk, undo, device.path()).status_code == 200
    standing = "select at from passages where voided_at is null"
    assert rows(sessions, standing) == [(earlier.at,)]


def test_busy_is_told_so_that_the_device_sends_again(
    platform: Platform, sessions: Sessions, lot: GateLot, clock: SetClock
) -> None:
    class Full(Intake):
        """A queue that is full."""

        def take(
            self, teller: Any, told: Sequence[PassageTold], received_at: datetime
        ) -> tuple[Outcome, ...]:
            raise QueueFull(retry_after_s=1)

    services = platform.app.extensions["parking"]
    full = replace(services, intake=Full(sessions, clock, platform.books, platform.keys))
    for talk in GATES:
        device = registered(
            sessions, platform, lot, talk, **({} if talk.manifest.signs else {"lane_id": None})
        )
        platform.app.extensions["parking"] = full
        answer = send(platform, talk, Fact(), device.path())
        assert answer.status_code == 503 and answer.headers["Retry-After"]
        platform.app.extensions["parking"] = services
        send(platform, talk, Fact(), device.path())
    assert len(passages(sessions)) == len(GATES)


def test_the_secret_of_an_address_is_in_no_log_no_metric_and_no_answer(
    platform: Platform, sessions: Sessions, lot: GateLot, capfd: pytest.CaptureFixture[str]
) -> None:
    device = registered(sessions, platform, lot, BY_NAME["vzenith"])
    answers = [
        send(platform, BY_NAME["vzenith"], Fact(), device.path()),
        send(platform, BY_NAME["vzenith"], Body(b"{"), device.path()),
        platform.client.get(device.path("plate")),
        platform.client.post(device.path("plate%00")),
        platform.client.post(device.path().replace("vzenith", "nobody")),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 405, 400, 404]
    written = capfd.readouterr()
    assert "/compat/" in written.out + written.err
    for shown in (
        written.out,
        written.err,
        exposition([]).decode(),
        *(answer.get_data(as_text=True) for answer in answers),
        *(str(row) for row in rows(sessions, "select a::text from audit_entries a")),
        *(str(row) for row in rows(sessions, "select q::text from quarantined q")),
    ):
        assert device.secret not in shown and PLATE not in shown


@pytest.mark.parametrize("talk", BAYS, ids=str)
def test_bays_become_a_count_once_each_has_told(
    talk: Talk, platform: Platform, sessions: Sessions, lot: GateLot, clock: SetClock
) -> None:
    device = registered(sessions, platform, lot, talk)
    (bay,) = talk.read(Fact()).messages
    names = [bay.bay, bay.bay[:-1] + "8"]  # type: ignore[union-attr]
    with unit_of_work(sessions) as uow:
        drafts = [BayDraft(name, f"{number}号") for number, name in enumerate(names, 1)]
        assert register_bays(uow.session, CLI, device.id, lot.id, SpaceClass.GENERAL, drafts, NOW) == 2

    def tell(name: str, is_taken: bool, seconds: int) -> None:
        clock.at = NOW + timedelta(seconds=max(seconds, 0))
        way = Fact().direction if is_taken else type(Fact().direction).EXIT
        said = talk.say(Fact(seconds + 100, NOW + timedelta(seconds=seconds), direction=way))
        renamed = replace(said, content=said.content.replace(names[0].encode(), name.encode()))
        assert send(platform, talk, renamed, device.path()).status_code == 200

    def occupied() -> list[int]:
        with sessions() as session:
            return [view.value for view in occupancy_queries.counter_views(session, [lot.id])]

    tell(names[0], True, 0)
    assert occupied() == []
    tell(names[1], True, 0)
    assert occupied() == [2]
    tell(names[1], False, 30)
    assert occupied() == [1]
    # Late and repeated, it changes nothing any more; one that nobody registered is kept aside.
    tell(names[1], True, 10)
    tell(names[1], False, 30)
    tell(bay.bay[:-1] + "9", True, 40)  # type: ignore[union-attr]
    assert occupied() == [1]
    assert [reason for reason, _, _ in aside(sessions)] == ["unknown_bay"]
    with sessions() as session:
        views = bays_of(session, device.id)
    assert [(view.key, view.occupied) for view in views] == [(names[0], True), (names[1], False)]
    assert {view.battery_low for view in views} == {talk.name != "airjoy"}


def test_bays_that_change_at_once_are_all_in_the_count(
    platform: Platform, sessions: Sessions, lot: GateLot
) -> None:
    talk = BY_NAME["airjoy"]
    device = registered(sessions, platform, lot, talk)
    names = [f"0012740000B{number}" for number in range(8)]
    with unit_of_work(sessions) as uow:
        drafts = [BayDraft(name, name) for name in names]
        register_bays(uow.session, CLI, device.id, lot.id, SpaceClass.GENERAL, drafts, NOW)

    def tell(name: str) -> None:
        with unit_of_work(sessions) as uow:
            tell_bays(uow.session, device.id, [BayTold(name, True, NOW)], NOW)

    with ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(tell, names))
    with sessions() as session:
        assert [view.value for view in occupancy_queries.counter_views(session, [lot.id])] == [8]
