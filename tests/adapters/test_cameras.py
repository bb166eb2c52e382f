"""Is what cameras say read for what it means, in their own words?"""

from __future__ import annotations

import json
import re

import pytest

from parking.boundary.gates import (
    Heartbeat,
    PassageTold,
    UndoTold,
)
from parking.kernel.vocabulary import PlateColour
from tests.adapters.gate_reading import BY_NAME, passage, refused
from tests.adapters.gate_talk import (
    PLATE,
    Body,
    Fact,
    changed,
    hikvision_xml,
    multipart,
)


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
