"""Is what each signed cloud says read for what it means, in its own words and codes?"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.gates.bolink.protocol import members_of
from integrations.gates.sorted_profile import ProfileWrong, load_profile, profile_of, shipped_profiles
from integrations.registry import GATE_DIALECTS
from parking.boundary.gates import (
    CountTold,
    DialectContext,
    GateReading,
    PassageTold,
    SignatureWrong,
    Verdict,
)
from parking.kernel.vocabulary import Direction, StayKind
from tests.adapters.gate_talk import NOW, PLATE, SECRET, Body, Fact
from tests.adapters.signed_talk import BY_NAME, body_of, fields_of, told


class TestFourPYun:
    def test_a_wrong_signature_is_answered_200_with_a_hint(self) -> None:
        talk = BY_NAME["fourpyun"]
        answer = json.loads(talk.reply(Fact(), Verdict.SIGNATURE_WRONG).body)
        assert (answer["code"], "签名" in answer["hint"]) == ("200", True)
        assert "hint" not in json.loads(talk.reply(Fact(), Verdict.TAKEN, talk.read(Fact())).body)

    def test_an_exit_sent_to_the_entrys_address_is_no_entry(self) -> None:
        talk = BY_NAME["fourpyun"]
        leave = talk.say(Fact(direction=Direction.EXIT))
        for path in ("enter", "gate/1.0/parking/internal/enter", "elsewhere", ""):
            assert told(talk, replace(leave, path=path)) is None

    def test_an_exit_carries_its_entry_along(self) -> None:
        fields = fields_of(BY_NAME["fourpyun"]) | {"leave_time": str(_ms(NOW)), "car_type": "2"}
        fields["enter_time"] = str(_ms(NOW - timedelta(hours=2)))
        entry, leave = self._read(fields, "leave").messages
        assert isinstance(entry, PassageTold) and isinstance(leave, PassageTold)
        assert [each.event_id for each in (entry, leave)] == ["s1:enter", "s1:leave"]
        assert (entry.stay_id, leave.stay_id, leave.stay) == ("s1", "s1", StayKind.MONTHLY)
        assert entry.event_id == self._read(fields_of(BY_NAME["fourpyun"]), "enter").messages[0].event_id

    def test_values_encoded_twice_are_decoded_once_their_signature_holds(self) -> None:
        fields = fields_of(BY_NAME["fourpyun"]) | {"encoding": "URL", "plate": quote(PLATE)}
        (passage,) = self._read(fields, "enter").messages
        assert isinstance(passage, PassageTold) and passage.plate == PLATE

    def test_free_spaces_without_the_number_of_all_are_not_believed(self) -> None:
        fields = fields_of(BY_NAME["fourpyun"]) | {"remain_parking_space": "10"}
        assert len(self._read(fields, "enter").messages) == 1
        assert len(self._read(fields | {"total_parking_space": "0"}, "enter").messages) == 1
        assert len(self._read(fields | {"total_parking_space": "90"}, "enter").messages) == 2

    def _read(self, fields: Mapping[str, str], path: str) -> GateReading:
        signed = {name: value for name, value in fields.items() if name != "sign"}
        text = "&".join(f"{name}={signed[name]}" for name in sorted(signed))
        signed["sign"] = md5(f"{text}&app_secret={SECRET}".encode()).hexdigest()
        return BY_NAME["fourpyun"].read(Body(urlencode(signed).encode(), path))


class TestBolink:
    @settings(max_examples=60)
    @given(
        st.dictionaries(
            st.text(max_size=5),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=6),
                lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
                max_leaves=5,
            ),
            max_size=4,
        ),
        st.sampled_from([(",", ":"), (" ,\n", " : "), (", ", ": ")]),
    )
    def test_members_are_the_very_texts_that_were_sent(self, value: dict, separators: tuple) -> None:
        for ascii_only in (True, False):
            text = json.dumps(value, separators=separators, ensure_ascii=ascii_only)
            members = members_of(f" {text}\n")
            assert members.keys() == value.keys()
            for name, raw in members.items():
                if isinstance(value[name], str):
                    assert raw == value[name]
                else:
                    assert raw in text and json.loads(raw) == value[name]

    def test_the_name_outside_must_not_gainsay_what_is_signed(self) -> None:
        said = BY_NAME["bolink"].say(Fact())
        for name in (b"out_park", b"login", b"etc_pay", b""):
            assert (
                told(BY_NAME["bolink"], replace(said, content=said.content.replace(b"in_park", name))) is None
            )


class TestHikvisionsCloud:
    def code(self, fact: Fact, verdict: Verdict = Verdict.TAKEN, reading: GateReading | None = None) -> int:
        return json.loads(BY_NAME["hikvision_cloud"].reply(fact, verdict, reading).body)["errorCode"]

    def test_the_same_nonce_again_is_1006_and_a_new_one_is_not(self) -> None:
        talk = BY_NAME["hikvision_cloud"]
        first, retried = Fact(number=700_001), Fact(number=700_002)
        reading = talk.read(first)
        assert self.code(first, Verdict.BUSY, reading) == 1
        # What we could not take is told again with the same nonce, and is no replay.
        assert self.code(first, Verdict.TAKEN, reading) == 0
        assert self.code(first, Verdict.REPEATED, talk.read(first)) == 1006
        assert self.code(retried, Verdict.REPEATED, talk.read(retried)) == 0

    @pytest.mark.parametrize(
        ("changes", "code", "answer"),
        [
            ({"appkey": ""}, "app_key_missing", 1002),
            ({"time": 1795249800000 - 700_000}, "time_out_of_window", 1003),
            ({"time": "soon"}, "time_out_of_window", 1003),
            ({"nonce": None}, "nonce_missing", 1001),
            ({"token": "0" * 32}, "signature_wrong", 1004),
        ],
    )
    def test_each_mistake_has_its_code(self, changes: dict[str, object], code: str, answer: int) -> None:
        talk = BY_NAME["hikvision_cloud"]
        fields = fields_of(talk) | changes
        signed = {name: value for name, value in fields.items() if name != "token" and value is not None}
        text = "&".join(f"{name}={signed[name]}" for name in sorted(signed))
        made = md5(f"{text}&secret={SECRET}".encode()).hexdigest()
        body = body_of(talk, list({**fields, "token": changes.get("token", made)}.items()))
        with pytest.raises(SignatureWrong) as wrong:
            talk.read(body)
        assert wrong.value.code == code
        assert json.loads(talk.reply(body, Verdict.SIGNATURE_WRONG).body)["errorCode"] == answer

    def test_a_lot_that_nobody_registered_is_1009_and_nonsense_1001(self) -> None:
        assert self.code(Fact(), Verdict.UNKNOWN_DEVICE) == 1009
        assert self.code(Fact(), Verdict.UNREADABLE) == 1001


class TestProfiles:
    def test_every_mistake_is_named_with_its_key_and_reason(self) -> None:
        with pytest.raises(ProfileWrong) as wrong:
            load_profile(
                'name = "x"\nvendor = "x"\ncolour = 1\n[request]\nbody = "xml"\n[sign]\nfield = "sign"\n'
                'hash = "md5"\ntext = ["{secret}{parameters}"]\n[values]\ntime_format = "%d"\n'
                'colours = { "1" = "pink" }\n[[messages]]\nkind = "passage"\ndirection = "entry"\nlot = "p"\n'
                '[[messages]]\nkind = "count"\ntime = "t"\nlot = "p"\n[answers]\ntaken = "ok"\n'
            )
        problems = dict(wrong.value.problems)
        assert problems.keys() >= {
            "colour",
            "request.body",
            "sign.text",
            "values.time_format",
            "values.colours.1",
            "messages[1].time",
            "messages[1].has",
            "messages[2].free",
            "answers.busy",
        }
        assert all(problems.values())

    @pytest.mark.parametrize("text", ["", "= 3", "a = 1", "[sign]\ntext = 7", "x" * 30_000, "[[messages]]"])
    def test_what_is_no_profile_is_refused(self, text: str) -> None:
        with pytest.raises(ProfileWrong):
            load_profile(text)

    def test_the_shipped_profiles_are_sound(self) -> None:
        assert {profile_of(f'use = "{name}"').name for name in shipped_profiles()} == {"hc", "kunming"}
        assert dict(GATE_DIALECTS["sorted_profile"].profile_problems('use = "other"')).keys() == {"use"}

    def test_kunming_signs_its_record_and_tells_both_ways_at_one_address(self) -> None:
        context = DialectContext(secrets=(SECRET,), profile="kunming")
        talk = replace(BY_NAME["sorted_profile"], context=context)
        entry = _kunming(tradeStatus="IN_PARK")
        (told_entry,) = talk.read(entry).messages
        (told_exit,) = talk.read(_kunming(tradeStatus="CREATE", orderNo="O2")).messages
        assert isinstance(told_entry, PassageTold) and isinstance(told_exit, PassageTold)
        assert told_entry.direction is Direction.ENTRY and told_exit.direction is Direction.EXIT
        assert told_entry.at == datetime(2026, 11, 21, 1, 5, 3, tzinfo=UTC)
        assert (told_exit.at - told_entry.at, told_exit.event_id) == (timedelta(hours=1), "O2:exit")
        assert (told_entry.lot_key, told_entry.stay) == ("KM0001", StayKind.CASUAL)
        (count,) = talk.read(
            replace(_kunming(restSpace=17, timestamp="20261121090503"), path="uploadRestBerth")
        ).messages
        assert isinstance(count, CountTold) and count.free == 17
        for path in ("heartBeat", "uploadRestBerth", "elsewhere"):
            assert told(talk, replace(entry, path=path)) is None
        assert b'"code":500' in talk.reply(entry, Verdict.SIGNATURE_WRONG).body
        assert b'"code":0' in talk.reply(entry, Verdict.QUARANTINED).body

    def test_a_new_vendor_needs_a_profile_and_no_code(self) -> None:
        profile = (
            'name = "new"\nvendor = "某厂商"\n[request]\nbody = "form"\n[sign]\nfield = "header:X-Sign"\n'
            'hash = "hmac_sha256"\ntext = ["{parameters}"]\n[values]\ntime_format = "epoch_s"\n'
            '[[messages]]\nkind = "passage"\ntime = "t"\nlot = "p"\nplate = "n"\nevent_id = "id"\n'
            'direction = { field = "d", entry = ["in", "1"], exit = ["out"] }\n'
            '[answers]\ntaken = "OK"\nput_aside = "OK"\nsignature_wrong = "NO"\nbusy = "WAIT"\n'
            'content_type = "text/plain"\n'
        )
        fields = {"t": str(int(NOW.timestamp())), "p": "P9", "n": PLATE, "id": "7", "d": "out"}
        plain = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
        sign = hmac.new(SECRET.encode(), plain.encode(), sha256).hexdigest()
        talk = replace(BY_NAME["sorted_profile"], context=DialectContext(secrets=(SECRET,), profile=profile))
        request = replace(talk.request(Body(urlencode(fields).encode())), headers={"x-sign": sign})
        dialect = GATE_DIALECTS["sorted_profile"]
        (passage,) = dialect.read(request, talk.context).messages
        assert passage == PassageTold(NOW, "7:exit", Direction.EXIT, PLATE, lot_key="P9")
        answer = dialect.reply(request, None, Verdict.TAKEN, talk.context)
        assert (answer.body, answer.content_type) == (b"OK", "text/plain")
        with pytest.raises(SignatureWrong):
            dialect.read(replace(request, headers={}), talk.context)


def _kunming(**fields: object) -> Body:
    record = {
        "parkCode": "KM0001",
        "tenantId": "T1",
        "carPlate": "云A0Z345",
        "carStatus": "TEMPORARY_CAR",
        "inPassTime": "20261121090503",
        "outPassTime": "20261121100503",
        "orderNo": "O1",
        "isImmediately": 1,
        **fields,
    }
    plain = "".join(f"{name}={record[name]}&" for name in sorted(record))
    sign = sha256(f"{plain}{SECRET}".encode()).hexdigest()
    whole = {"charset": "UTF-8", "version": "v1.0", "reqData": record, "sign": sign}
    return Body(json.dumps(whole, ensure_ascii=False).encode(), "open/openPlatform/uploadPassInfo")


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
