"""Does every dialect take what is good, name what is not, and never open a barrier, whatever it is sent?"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.registry import GATE_DIALECTS
from parking.boundary.gates import (
    BayTold,
    DialectContext,
    GateReading,
    GateUnreadable,
    Heartbeat,
    PassageTold,
    SignatureWrong,
    UndoTold,
    Verdict,
)
from parking.kernel.vocabulary import Direction, PlateColour
from tests.adapters.gate_talk import (
    BAYS,
    EVERY,
    GATES,
    NOW,
    PLATE,
    Body,
    Fact,
    Talk,
    changed,
    hikvision_xml,
    multipart,
)

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "data" / "gates"
BY_NAME = {talk.name: talk for talk in EVERY}
# What would open a barrier, by the vendors' manuals; none may stand in any answer of ours.
OPENS = re.compile(
    rb'"info"\s*:\s*"ok"|ivs_ioctrl|gpio|manualTrigger|TriggerImage|playserver|serialData"\s*:\s*\[\s*\{'
    rb"|open_?gate|BarrierGate|ctrlMode",
    re.IGNORECASE,
)

each = pytest.mark.parametrize("talk", EVERY, ids=str)
each_gate = pytest.mark.parametrize("talk", GATES, ids=str)
each_bay = pytest.mark.parametrize("talk", BAYS, ids=str)


def passage(reading: GateReading) -> PassageTold:
    (told,) = [message for message in reading.messages if isinstance(message, PassageTold)]
    return told


def bay(reading: GateReading) -> BayTold:
    (told,) = reading.messages
    assert isinstance(told, BayTold)
    return told


def refused(talk: Talk, said: Fact | Body) -> str:
    """The code of the exception or of the one problem that is left instead of a message."""
    try:
        reading = talk.read(said)
    except (GateUnreadable, SignatureWrong) as refusal:
        return refusal.code
    assert reading.messages == ()
    return reading.problems[0].code


class TestACrossing:
    @each_gate
    @pytest.mark.parametrize("direction", Direction)
    def test_it_says_the_same_in_every_dialect(self, talk: Talk, direction: Direction) -> None:
        reading = talk.read(Fact(direction=direction))
        told = passage(reading)
        assert (told.at, told.plate, told.direction, told.resent) == (NOW, PLATE, direction, False)
        assert reading.problems == ()

    @each_gate
    def test_told_again_it_is_the_same_fact(self, talk: Talk) -> None:
        first, again = (passage(talk.read(Fact(resent=resent))) for resent in (False, True))
        assert again.resent == talk.marks_resent
        assert replace(again, resent=False) == first
        assert (first.event_id is not None) == talk.names_events

    @each_gate
    def test_two_crossings_are_two_facts_in_whatever_order_they_come(self, talk: Talk) -> None:
        later = Fact(number=2, at=NOW - timedelta(minutes=3), direction=Direction.EXIT)
        facts = [passage(talk.read(fact)) for fact in (Fact(), later, Fact())]
        assert facts[0] == facts[2] != facts[1]
        assert facts[1].event_id is None or facts[1].event_id != facts[0].event_id
        assert facts[1].at == later.at

    @each_gate
    def test_without_a_plate_it_is_a_crossing_all_the_same(self, talk: Talk) -> None:
        told = passage(talk.read(Fact(plate=None)))
        assert (told.at, told.plate) == (NOW, None)

    @each_gate
    def test_a_plate_of_400_characters_is_refused_and_not_repeated(self, talk: Talk) -> None:
        reading = talk.read(Fact(plate="苏" * 400))
        assert not any(isinstance(message, PassageTold) for message in reading.messages)
        assert [problem.code for problem in reading.problems] == ["too_long"]
        assert "苏" not in repr(reading)

    @each_gate
    @pytest.mark.parametrize("year", [1970, 2038])
    def test_a_clock_of_another_age_is_told_as_it_is(self, talk: Talk, year: int) -> None:
        # Whether to believe it is decided where all that is kept aside is kept.
        at = datetime(year, 1, 19, 3, 14, 8, tzinfo=UTC)
        assert passage(talk.read(Fact(at=at))).at == at

    @each_gate
    def test_neither_plate_nor_picture_nor_secret_shows_in_what_is_logged(self, talk: Talk) -> None:
        shown = repr(talk.read(Fact())) + repr(talk.context) + repr(talk.request(Fact()))
        assert PLATE not in shown and "/9j/" not in shown and talk.context.secrets[0] not in shown


class TestABay:
    @each_bay
    def test_it_is_taken_or_not(self, talk: Talk) -> None:
        taken, free = (bay(talk.read(Fact(direction=way))) for way in (Direction.ENTRY, Direction.EXIT))
        assert (taken.occupied, free.occupied) == (True, False)
        assert taken.bay == free.bay and taken.at == NOW

    @pytest.mark.parametrize(("name", "low"), [("airjoy", None), ("inmotion", True), ("fushang", True)])
    def test_a_low_battery_is_told_by_each_in_its_own_measure(self, name: str, low: bool | None) -> None:
        # 1 per cent there, 欠压 here.
        assert bay(BY_NAME[name].read(Fact())).battery_low is low

    @pytest.mark.parametrize("name", ["inmotion", "fushang"])
    def test_a_heartbeat_tells_the_state_too(self, name: str) -> None:
        said = BY_NAME[name].say(Fact())
        beat = said.content.replace(b"sendParkStatu", b"sendDeviceHeartbeat")
        assert bay(BY_NAME[name].read(changed(said, beat))).occupied

    @pytest.mark.parametrize("name", ["inmotion", "fushang"])
    def test_a_sensor_that_calls_itself_broken_is_not_believed(self, name: str) -> None:
        said = BY_NAME[name].say(Fact())
        broken = said.content.replace(b'"battary"', b'"errcode": 1, "battary"')
        assert refused(BY_NAME[name], changed(said, broken)) == "sensor_broken"


class TestWhatIsNoMessage:
    @each
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b" \r\n ",
            b"\x00" * 50,
            b"null",
            b"[]",
            b'"text"',
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b"<html><body>502</body></html>",
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            b"--x\r\nContent-Disposition: form-data\r\n\r\n",
            b"--\r\n--\r\n",
            "{}".encode("utf-16"),
            b"\xff\xd8\xff\xe0 a picture alone",
        ],
        ids=lambda content: repr(content[:16]),
    )
    def test_it_is_refused_with_a_code(self, talk: Talk, content: bytes) -> None:
        code = refused(talk, changed(talk.say(Fact()), content))
        assert re.fullmatch(r"[a-z0-9_]{3,40}", code)

    @each
    def test_half_a_message_is_none(self, talk: Talk) -> None:
        said = talk.say(Fact())
        assert refused(talk, changed(said, said.content[: len(said.content) // 2]))

    @each
    def test_an_event_of_another_kind_moves_nothing(self, talk: Talk) -> None:
        said = Body(b'{"SomethingNew": {"serialno": 7}, "cmd": "sing", "dataType": "9", "mac": "1"}', "sing")
        assert refused(talk, said)

    @pytest.mark.parametrize("name", ["vzenith", "hikvision_isapi"])
    def test_json_in_a_multiparts_place_is_read_for_what_it_is(self, name: str) -> None:
        told = "multipart/form-data; boundary=nothing"
        if name == "vzenith":
            body = Body(b'{"heartbeat": {"serialno": "c0ffee01", "countid": 42}}', "", told)
            assert BY_NAME[name].read(body).messages == (Heartbeat("c0ffee01"),)
        else:
            event = {"eventType": "ANPR", "dateTime": NOW.isoformat(), "aNPR": {"licensePlate": PLATE}}
            assert passage(BY_NAME[name].read(Body(json.dumps(event).encode(), "", told))).plate == PLATE

    @pytest.mark.parametrize("talk", [t for t in GATES if t.manifest.signs], ids=str)
    def test_a_wrong_an_old_and_no_signature_are_told_apart_from_noise(self, talk: Talk) -> None:
        said = talk.say(Fact())
        for secrets in (("another secret",), ()):
            with pytest.raises(SignatureWrong):
                replace(talk, context=replace(talk.context, secrets=secrets)).read(said)
        moved = re.sub(
            rb"(12345|%E8%8B%8FF12345)",
            b"%E8%8B%8FF99999" if b"%E8" in said.content else b"99999",
            said.content,
        )
        assert moved != said.content
        with pytest.raises(SignatureWrong):
            talk.read(changed(said, moved))

    @pytest.mark.parametrize("talk", [t for t in GATES if t.manifest.signs], ids=str)
    def test_while_a_secret_changes_both_are_good(self, talk: Talk) -> None:
        both = DialectContext(secrets=("the new one", *talk.context.secrets), profile=talk.context.profile)
        assert passage(replace(talk, context=both).read(Fact())).plate == PLATE


class TestTheAnswer:
    @each
    @pytest.mark.parametrize("verdict", Verdict)
    def test_it_never_opens_a_barrier(self, talk: Talk, verdict: Verdict) -> None:
        for reading in (None, talk.read(Fact(resent=True))):
            answer = talk.reply(Fact(resent=True), verdict, reading)
            assert not OPENS.search(answer.body)
            assert json.loads(answer.body)

    @pytest.mark.parametrize("talk", [t for t in EVERY if t.manifest.resends], ids=str)
    def test_what_is_not_to_be_sent_again_is_acknowledged(self, talk: Talk) -> None:
        for verdict in Verdict:
            assert talk.reply(Fact(), verdict).status == (503 if verdict is Verdict.BUSY else 200), verdict

    @each
    def test_busy_says_when_to_come_again(self, talk: Talk) -> None:
        assert dict(talk.reply(Fact(), Verdict.BUSY).headers)["Retry-After"].isdigit()

    def test_a_vzenith_camera_hears_no_and_goes_on_with_its_store(self) -> None:
        talk = BY_NAME["vzenith"]
        live, stored = Fact(number=7), Fact(number=8, resent=True)
        told = {
            fact: json.loads(talk.reply(fact, Verdict.TAKEN, talk.read(fact)).body)["Response_AlarmInfoPlate"]
            for fact in (live, stored)
        }
        no = {"info": "no", "content": "retransfer_stop", "is_pay": "false", "serialData": []}
        assert told[live] == no
        assert told[stored] == no | {"ContinuePushOffline": {"plateid": 8, "continue": 1}}
        # A stored record that we refuse must not stop those behind it.
        novel = Fact(number=9, plate="苏" * 400, resent=True)
        answer = talk.reply(novel, Verdict.QUARANTINED, talk.read(novel))
        assert json.loads(answer.body)["Response_AlarmInfoPlate"]["ContinuePushOffline"]["plateid"] == 9

    def test_a_dahua_camera_hears_what_makes_it_stop(self) -> None:
        assert BY_NAME["dahua_itsapi"].reply(Fact(), Verdict.QUARANTINED).body == b'{"Result":true}'


class TestVzenith:
    @pytest.mark.parametrize(
        ("trigger", "kind"),
        [(1, PassageTold), (4, PassageTold), (66, UndoTold), (64, Heartbeat), ("65", Heartbeat)],
    )
    def test_the_trigger_says_whether_something_passed(self, trigger: object, kind: type) -> None:
        said = BY_NAME["vzenith"].say(Fact())
        body = said.content.replace(b'"triggerType": 1', f'"triggerType": {json.dumps(trigger)}'.encode())
        (message,) = BY_NAME["vzenith"].read(changed(said, body)).messages
        assert isinstance(message, kind)

    def test_numbers_may_be_texts(self) -> None:
        said = BY_NAME["vzenith"].say(Fact())
        texts = re.sub(rb'("plateid"|"sec"|"isoffline"|"direction"): (\d+)', rb'\1: "\2"', said.content)
        assert BY_NAME["vzenith"].read(changed(said, texts)) == BY_NAME["vzenith"].read(said)

    @pytest.mark.parametrize("name", ["AlarmGioIn", "SerialData", "TriggerImage", "heartbeat"])
    def test_other_pushes_only_say_that_it_lives(self, name: str) -> None:
        body = Body(json.dumps({name: {"serialno": "c0ffee01", "imageFile": "AAAA"}}).encode())
        assert BY_NAME["vzenith"].read(body).messages == (Heartbeat("c0ffee01"),)

    def test_of_the_heartbeats_form_the_login_is_dropped(self) -> None:
        form = multipart(("user_name", b"admin"), ("pass_wd", b"hunter2"), ("serialno", b"c0ffee01"))
        reading = BY_NAME["vzenith"].read(form)
        assert reading.messages == (Heartbeat("c0ffee01"),)
        assert "hunter2" not in repr(reading) and "admin" not in repr(reading)


class TestHikvision:
    @pytest.mark.parametrize("prefix", ["", "ns1"])
    @pytest.mark.parametrize(
        "namespace",
        ["http://www.hikvision.com/ver20/XMLSchema", "http://www.std-cgi.com/ver10/XMLSchema", ""],
    )
    def test_any_namespace_and_prefix_is_the_same_event(self, prefix: str, namespace: str) -> None:
        if prefix and not namespace:
            namespace = "urn:any"
        plain = Body(hikvision_xml(Fact(), prefix, namespace).encode())
        assert BY_NAME["hikvision_isapi"].read(plain) == BY_NAME["hikvision_isapi"].read(Fact())

    def test_an_entity_is_refused_and_a_stray_ampersand_is_none(self) -> None:
        talk, xml = BY_NAME["hikvision_isapi"], hikvision_xml(Fact())
        assert "Gate & Exit" in xml and passage(talk.read(Body(xml.encode())))
        bomb = xml.replace("<Event", '<!DOCTYPE x [<!ENTITY p SYSTEM "file:///etc/passwd">]><Event', 1)
        for document in (bomb, bomb.replace("Gate & Exit", "&p;"), bomb.encode("utf-16")):
            raw = document if isinstance(document, bytes) else document.encode()
            assert refused(talk, Body(raw)) == "entities_refused"
            assert refused(talk, multipart(("anpr.xml", raw))) == "entities_refused"

    def test_gb2312_is_read_where_it_is_declared(self) -> None:
        xml = hikvision_xml(Fact()).replace("UTF-8", "gb2312")
        assert passage(BY_NAME["hikvision_isapi"].read(Body(xml.encode("gb18030")))).plate == PLATE

    @pytest.mark.timeout(20)
    def test_an_encoding_that_no_camera_declares_costs_nothing(self) -> None:
        # Punycode takes a time that grows with the square of the length; anybody may send it.
        for encoding in ("punycode", "idna", "unicode_escape", "utf-7", "nonsense"):
            declared = f'<?xml version="1.0" encoding="{encoding}"?><a>-'.encode()
            body = Body(declared + b"aaab" * 120_000)
            assert refused(BY_NAME["hikvision_isapi"], body) == "wrong_encoding"

    def test_a_cut_in_a_picture_loses_nothing(self) -> None:
        whole = multipart(
            ("anpr.xml", hikvision_xml(Fact()).encode()), ("x.jpg", b"\xff\xd8" + b"\x01" * 9_000)
        )
        for end in (len(whole.content) - 5_000, len(whole.content) - 9_030):
            cut = changed(whole, whole.content[:end])
            assert BY_NAME["hikvision_isapi"].read(cut) == BY_NAME["hikvision_isapi"].read(whole)

    def test_parts_may_come_without_a_name(self) -> None:
        xml = hikvision_xml(Fact()).encode()
        body = (
            b'--boundary\r\nContent-Type: application/xml; charset="UTF-8"\r\nContent-Length: 9\r\n\r\n' + xml
        )
        assert passage(BY_NAME["hikvision_isapi"].read(Body(body + b"\r\n--boundary--"))).plate == PLATE

    def test_without_a_time_nobody_could_tell_a_repetition(self) -> None:
        xml = re.sub(r"<dateTime>.*</dateTime>", "", hikvision_xml(Fact()))
        (problem,) = BY_NAME["hikvision_isapi"].read(Body(xml.encode())).problems
        assert (problem.code, problem.field) == ("missing", "dateTime")

    def test_what_is_no_plate_event_only_says_that_it_lives(self) -> None:
        xml = hikvision_xml(Fact()).replace(">ANPR<", ">videoloss<").replace(">active<", ">inactive<")
        (message,) = BY_NAME["hikvision_isapi"].read(Body(xml.encode())).messages
        assert message == Heartbeat("e8:a0:ed:2c:e6:24")

    def test_a_colour_is_read(self) -> None:
        assert passage(BY_NAME["hikvision_isapi"].read(Fact())).colour is PlateColour.BLUE


@pytest.mark.parametrize("path", ["KeepAlive", "NotificationInfo/KeepAlive", "NotificationInfo/DeviceInfo/"])
def test_dahua_lives_without_saying_much(path: str) -> None:
    for content in (b"", b"{}", b'{"DeviceID": "CAMERA1"}'):
        (message,) = BY_NAME["dahua_itsapi"].read(Body(content, path)).messages
        assert isinstance(message, Heartbeat)


@each
@settings(max_examples=40)
@given(
    at=st.floats(0, 1, exclude_max=True),
    cut=st.integers(0, 60),
    junk=st.one_of(
        st.binary(max_size=20), st.text(max_size=10).map(lambda text: text.encode("utf-8", "ignore"))
    ),
)
def test_no_damage_brings_a_dialect_down(talk: Talk, at: float, cut: int, junk: bytes) -> None:
    said = talk.say(Fact())
    start = int(at * len(said.content))
    body = changed(said, said.content[:start] + junk + said.content[start + cut :])
    _survives(talk, body)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("9" * 5_000),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("talk", [t for t in EVERY if t.say(Fact()).content.startswith(b"{")], ids=str)
@settings(max_examples=60)
@given(data=st.data())
def test_no_value_in_any_place_brings_a_dialect_down(talk: Talk, data: st.DataObject) -> None:
    said = talk.say(Fact())
    document = json.loads(said.content)
    place = data.draw(st.sampled_from(_places(document)))
    place[0][place[1]] = data.draw(_VALUES)
    _survives(talk, changed(said, json.dumps(document).encode()))


def _places(value: object) -> list[tuple[object, object]]:
    """Every (container, key) of a JSON value."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(value, key), *_places(value[key])]]


def _survives(talk: Talk, body: Body) -> None:
    """Read or refused, named or not, answered: nothing else is raised, and what is told is sane."""
    GATE_DIALECTS[talk.name].serial_of(talk.request(body))
    try:
        reading = talk.read(body)
    except (GateUnreadable, SignatureWrong):
        return
    for message in reading.messages:
        assert getattr(message, "at", None) is None or message.at.tzinfo is not None
        for name in ("event_id", "lot_key", "lane_key", "serial", "plate", "stay_id", "bay"):
            told = getattr(message, name, None)
            assert told is None or (0 < len(told) <= 128 and "\x00" not in told)
    assert not OPENS.search(talk.reply(body, Verdict.TAKEN, reading).body)


class TestTheRegistry:
    def test_every_dialect_stands_under_its_own_name_and_in_this_suite(self) -> None:
        assert {name: dialect.manifest.name for name, dialect in GATE_DIALECTS.items()} == {
            name: name for name in BY_NAME
        }

    @pytest.mark.parametrize(
        "folder", sorted((ROOT / "integrations" / "gates").glob("[a-z]*/")), ids=lambda folder: folder.name
    )
    def test_every_folder_has_its_papers(self, folder: Path) -> None:
        manifest = asdict(GATE_DIALECTS[folder.name].manifest)
        assert all(value for value in manifest.values() if isinstance(value, str))
        readme = (folder / "README.md").read_text()
        assert re.search(r"^\|.*\| *our field *\|", readme, flags=re.M)
        assert f"/compat/{folder.name}/" in readme
        assert list((RECORDED / folder.name).iterdir())

    @pytest.mark.parametrize(
        "file",
        sorted(file for file in RECORDED.glob("*/*") if file.parent.name in BY_NAME),
        ids=lambda file: f"{file.parent.name}/{file.name}",
    )
    def test_every_recorded_payload_is_read_without_a_problem(self, file: Path) -> None:
        talk = BY_NAME[file.parent.name]
        path = file.stem.rpartition(".")[2].replace("_", "/") if "." in file.stem else ""
        reading = talk.read(Body(file.read_bytes(), path))
        assert reading.messages and reading.problems == ()
