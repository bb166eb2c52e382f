"""Does every dialect take what is good, name what is not, and never open a barrier, whatever it is sent?"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.registry import ALLOW_LIST_PUSHES, GATE_DIALECTS
from parking.boundary.gates import (
    DialectContext,
    Heartbeat,
    PassageTold,
    SignatureWrong,
    Verdict,
)
from parking.kernel.vocabulary import Direction
from tests.adapters.gate_reading import BY_NAME, OPENS, bay, each, each_bay, each_gate, passage, refused
from tests.adapters.gate_talk import (
    EVERY,
    GATES,
    NOW,
    PLATE,
    Body,
    Fact,
    Talk,
    changed,
)

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "data" / "gates"


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


class TestTheRegistry:
    def test_every_dialect_stands_under_its_own_name_and_in_this_suite(self) -> None:
        assert {name: dialect.manifest.name for name, dialect in GATE_DIALECTS.items()} == {
            name: name for name in BY_NAME
        }

    @pytest.mark.parametrize(
        "folder", sorted((ROOT / "integrations" / "gates").glob("[a-z]*/")), ids=lambda folder: folder.name
    )
    def test_every_folder_has_its_papers(self, folder: Path) -> None:
        readme = (folder / "README.md").read_text()
        if folder.name not in GATE_DIALECTS:
            # Nothing comes from there: it is only told who may enter.
            assert ALLOW_LIST_PUSHES[folder.name].manifest.name == folder.name
            return
        assert re.search(r"^\|.*\| 我们的字段 our field \|", readme, flags=re.M)
        manifest = asdict(GATE_DIALECTS[folder.name].manifest)
        assert all(value for value in manifest.values() if isinstance(value, str))
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
