"""Is every sample of the vendors accepted or refused as the reference says? One row for each file."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from integrations.gates.keytop.protocol import sign as keytop_sign
from integrations.registry import GATE_DIALECTS
from parking.boundary.gates import (
    BayTold,
    CountTold,
    DialectContext,
    GateReading,
    GateRequest,
    GateUnreadable,
    Heartbeat,
    PassageTold,
    SignatureWrong,
    Verdict,
)
from parking.kernel.vocabulary import Direction, PlateColour

pytestmark = pytest.mark.real_data
NOW = datetime(2026, 11, 21, tzinfo=UTC)
TEST_SECRET = "TEST-SECRET"
# The example of the vendor's own page.
BOLINK_SECRET = "8403A41ED5EF20BC"


def samples() -> Path:
    return Path(os.environ.get("PARKING_REAL_DATA", "/nowhere")) / "gates"


@dataclass(frozen=True)
class Passes:
    """What one accepted crossing says."""

    at: str
    plate: str | None
    event_id: str | None = None
    direction: Direction | None = None
    colour: PlateColour = PlateColour.UNKNOWN
    serial: str | None = None


BLACK, BLUE, WHITE = PlateColour.BLACK, PlateColour.BLUE, PlateColour.WHITE
ENTRY, EXIT = Direction.ENTRY, Direction.EXIT
CROSSINGS: dict[str, tuple[str, Passes]] = {
    "vzenith_http/01_plate_push.json": (
        "vzenith",
        Passes(
            "2023-06-09T16:39:54.687772+08:00",
            "粤Z9065澳",
            "21085-1686299994",
            None,
            BLACK,
            "fe71e106-57263272",
        ),
    ),
    # Its wall clock says 2018: the Unix time is what is read.
    "vzenith_http/02_plate_push_no_plate.json": (
        "vzenith",
        Passes("2015-09-10T00:12:51.672241+08:00", None, "123-1441815171", serial="eff50e18-e3d3862b"),
    ),
    # "x" is no UUID, and a placeholder that stays the same would make all events one.
    "hikvision_isapi/01_anpr_v58.xml": (
        "hikvision_isapi",
        Passes("2026-07-05T20:44:40+01:00", "WX1234A", None, EXIT),
    ),
    "hikvision_isapi/02_anpr_old_firmware.xml": (
        "hikvision_isapi",
        Passes("2020-03-10T09:12:00+01:00", "EL123AB", None, ENTRY, WHITE),
    ),
    "hikvision_isapi/04_anpr_picture_list.xml": (
        "hikvision_isapi",
        Passes(
            "2025-11-12T10:44:56.365+07:00",
            "8กผ444",
            "a1301cd8-1dd1-11b2-9c0b-e8ad94177b80",
            EXIT,
            serial="e8:a0:ed:2c:e6:24",
        ),
    ),
    "hikvision_isapi/08_anpr_event.json": (
        "hikvision_isapi",
        Passes(
            "2021-12-14T19:23:52+08:00",
            None,
            "602cf998-1dd2-11b2-a842-be6ebc977415",
            None,
            BLUE,
            "ec:c8:9c:c4:5c:b3",
        ),
    ),
    "dahua_itsapi/01_tollgate_info.json": (
        "dahua_itsapi",
        Passes("2026-02-06T18:41:00.123+08:00", "苏F12345", None, ENTRY, BLUE, "CAMERA1"),
    ),
}
LIVES = {
    "vzenith_http/04_gpio_in_push.json": ("vzenith", "d85b1269-8f942256"),
    "vzenith_http/05_serial_push.json": ("vzenith", "cead13eb-1a198cd7"),
    "vzenith_http/06_snapshot_push.json": ("vzenith", None),
    "vzenith_http/07_heartbeat_multipart.txt": ("vzenith", "d85b1269-8f942256"),
    "vzenith_http/08_heartbeat_json.json": ("vzenith", "d85b1269-8f942256"),
    "hikvision_isapi/07_heartbeat.xml": ("hikvision_isapi", None),
}
BAYS = {
    "bay_sensor/01_airjoy_push.json": ("airjoy", "0012740000A1", "2026-02-21T09:05:03+08:00", None),
    "bay_sensor/02_inmotion_park_status.json": ("inmotion", "IM000123", "2026-02-21T09:05:03+08:00", False),
    "bay_sensor/03_inmotion_heartbeat.json": ("inmotion", "IM000123", "2026-02-21T09:30:00+08:00", False),
    "bay_sensor/04_fushang_park_status.json": ("fushang", "FS000123", "2026-02-21T09:05:03+08:00", False),
}
# What is sent to devices, or asked of a cloud, is no message of a device.
REFUSED = {
    "vzenith_http/20_reply_open_gate.json": "vzenith",
    "vzenith_http/21_reply_ack_no_open.json": "vzenith",
    "vzenith_http/22_reply_continue_offline.json": "vzenith",
    "vzenith_http/23_reply_voice_and_io.json": "vzenith",
    "vzenith_http/24_reply_manual_trigger.json": "vzenith",
    "dahua_itsapi/02_reply.json": "dahua_itsapi",
    "cloud_4pyun/03_billing_request.json": "fourpyun",
    "cloud_4pyun/04_billing_reply.json": "fourpyun",
    "cloud_bolink/02_etc_pay.json": "bolink",
    "cloud_keytop/01_get_car_inout_info.json": "keytop",
}
ELSEWHERE = {
    # The answers that ours are compared with below; the form that is posted below.
    "cloud_4pyun/02_replies.json",
    "cloud_4pyun/01_enter_form.json",
    "cloud_bolink/01_login.json",
    # Below: time is missing, so that a repetition could not be told.
    "hikvision_isapi/03_anpr_prefixed_ns.xml",
}
KINDS = ("vzenith_http", "hikvision_isapi", "dahua_itsapi", "cloud_4pyun", "cloud_keytop", "cloud_bolink")


def request(content: bytes, path: str = "") -> GateRequest:
    return GateRequest("POST", path, {}, {}, "", content, NOW)


def read(dialect: str, content: bytes, *secrets: str, path: str = "") -> GateReading:
    context = DialectContext(secrets=secrets)
    return GATE_DIALECTS[dialect].read(request(content, path), context)


def test_no_sample_of_these_kinds_is_left_out() -> None:
    files = {f"{kind}/{file.name}" for kind in KINDS for file in (samples() / kind).iterdir()}
    assert files == {*CROSSINGS, *LIVES, *REFUSED, *ELSEWHERE}
    assert {f"bay_sensor/{file.name}" for file in (samples() / "bay_sensor").iterdir()} - set(BAYS) == {
        # No dialect of ours: LoRaWAN needs a network server, and a lock is no counter.
        "bay_sensor/05_lorawan_bosch_uplinks.json",
        "bay_sensor/06_parking_lock_heartbeat.json",
    }


@pytest.mark.parametrize("file", CROSSINGS)
def test_a_crossing_is_read(file: str) -> None:
    dialect, expected = CROSSINGS[file]
    reading = read(dialect, (samples() / file).read_bytes())
    assert reading.problems == ()
    (told,) = reading.messages
    assert isinstance(told, PassageTold)
    assert told.at == datetime.fromisoformat(expected.at)
    assert (told.plate, told.event_id, told.direction) == (
        expected.plate,
        expected.event_id,
        expected.direction,
    )
    assert (told.colour, told.serial, told.resent) == (expected.colour, expected.serial, False)


@pytest.mark.parametrize("file", LIVES)
def test_a_sign_of_life_is_one(file: str) -> None:
    dialect, serial = LIVES[file]
    reading = read(dialect, (samples() / file).read_bytes())
    assert reading.messages == (Heartbeat(serial),)
    assert "admin" not in repr(reading)


@pytest.mark.parametrize("file", BAYS)
def test_a_bay_is_told(file: str) -> None:
    dialect, bay, at, low = BAYS[file]
    (told,) = read(dialect, (samples() / file).read_bytes()).messages
    assert isinstance(told, BayTold)
    assert (told.bay, told.occupied, told.battery_low) == (bay, True, low)
    assert told.at == datetime.fromisoformat(at)


@pytest.mark.parametrize("file", REFUSED)
def test_what_no_device_says_is_refused(file: str) -> None:
    try:
        reading = read(REFUSED[file], (samples() / file).read_bytes(), TEST_SECRET, BOLINK_SECRET)
    except (GateUnreadable, SignatureWrong):
        return
    # Well signed, and no record.
    assert reading.messages == () and reading.problems


def test_a_prefix_is_understood_and_the_missing_time_is_told() -> None:
    content = (samples() / "hikvision_isapi/03_anpr_prefixed_ns.xml").read_bytes()
    (problem,) = read("hikvision_isapi", content).problems
    assert (problem.code, problem.field) == ("missing", "dateTime")
    timed = content.replace(
        b"<ns1:eventType>", b"<ns1:dateTime>2026-11-21T08:00:00+08:00</ns1:dateTime><ns1:eventType>"
    )
    (told,) = read("hikvision_isapi", timed).messages
    assert isinstance(told, PassageTold)
    assert (told.plate, told.direction) == ("WA99999", ENTRY)


def test_the_form_of_4pyun_is_signed_as_its_sender_signs() -> None:
    fields = json.loads((samples() / "cloud_4pyun/01_enter_form.json").read_text())
    path = "gate/1.0/parking/internal/enter"
    passage, count = read("fourpyun", urlencode(fields).encode(), TEST_SECRET, path=path).messages
    assert isinstance(passage, PassageTold) and isinstance(count, CountTold)
    assert (passage.plate, passage.direction, passage.stay_id) == ("粤X77777", ENTRY, "202106028000000002")
    assert (count.free, count.capacity) == (10, 100)
    with pytest.raises(SignatureWrong):
        read("fourpyun", urlencode(fields | {"plate": "粤X77778"}).encode(), TEST_SECRET, path=path)


def test_4pyun_hears_its_own_words() -> None:
    ok, ignored, _, busy = json.loads((samples() / "cloud_4pyun/02_replies.json").read_text())
    dialect = GATE_DIALECTS["fourpyun"]
    for verdict, theirs in (
        (Verdict.TAKEN, ok),
        (Verdict.SIGNATURE_WRONG, ignored),
        (Verdict.BUSY, busy),
    ):
        ours = json.loads(dialect.reply(request(b""), None, verdict).body)
        assert (ours["code"], ours["message"]) == (theirs["code"], theirs["message"])


def test_bolinks_example_is_signed_over_its_text() -> None:
    content = (samples() / "cloud_bolink/01_login.json").read_bytes()
    (told,) = read("bolink", content, BOLINK_SECRET).messages
    assert told == Heartbeat("21835")
    with pytest.raises(SignatureWrong):
        read("bolink", content.replace(b'"21835"', b'"21836"'), BOLINK_SECRET)


def test_keytops_key_is_made_as_theirs() -> None:
    body = json.loads((samples() / "cloud_keytop/01_get_car_inout_info.json").read_text())
    assert keytop_sign(body, TEST_SECRET) == body["key"]


def test_vzenith_hears_no_and_never_ok() -> None:
    def sample(name: str) -> object:
        return json.loads((samples() / "vzenith_http" / name).read_text())

    dialect = GATE_DIALECTS["vzenith"]
    content = (samples() / "vzenith_http/02_plate_push_no_plate.json").read_bytes()
    assert json.loads(
        dialect.reply(request(content), read("vzenith", content), Verdict.TAKEN).body
    ) == sample("21_reply_ack_no_open.json")
    stored = content.replace(b'"isoffline": 0', b'"isoffline": 1')
    answer = json.loads(dialect.reply(request(stored), read("vzenith", stored), Verdict.TAKEN).body)
    told = sample("22_reply_continue_offline.json")["Response_AlarmInfoPlate"]  # type: ignore[index]
    assert told.items() <= answer["Response_AlarmInfoPlate"].items()
    assert answer["Response_AlarmInfoPlate"]["info"] == "no"


def test_dahua_hears_what_stops_it() -> None:
    theirs = json.loads((samples() / "dahua_itsapi/02_reply.json").read_text())
    assert json.loads(GATE_DIALECTS["dahua_itsapi"].reply(request(b""), None, Verdict.TAKEN).body) == theirs
