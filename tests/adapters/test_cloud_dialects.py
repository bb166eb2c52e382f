"""Do the signed clouds' rules hold? Nothing that was not signed is believed, in whatever order it comes."""

from __future__ import annotations

import hmac
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha256
from itertools import pairwise
from math import floor, sin
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from integrations.gates.bolink.protocol import members_of
from integrations.gates.keytop.protocol import sign as keytop_sign
from integrations.gates.sorted_profile import ProfileWrong, load_profile, profile_of, shipped_profiles
from integrations.registry import GATE_DIALECTS, PASSAGE_PULLS
from integrations.sorted_signing import joined, md5_upper
from integrations.time_windows import window_of
from parking.boundary.gates import (
    CountTold,
    DialectContext,
    GateReading,
    GateUnreadable,
    Heartbeat,
    PassageTold,
    PullQuestion,
    SignatureWrong,
    Verdict,
)
from parking.kernel.vocabulary import Direction, StayKind
from tests.adapters.gate_talk import GATES, NOW, PLATE, SECRET, Body, Fact, Talk

SIGNED = [talk for talk in GATES if talk.manifest.signs]
BY_NAME = {talk.name: talk for talk in SIGNED}
each = pytest.mark.parametrize("talk", SIGNED, ids=str)
# A vendor's own example, printed in its manual (the secret is 123).
VENDORS_TEXT = (
    "car_color=1&car_desc=临时车&car_type=1&enter_gate=入口名称&enter_image=https://t7.baidu.com/it/u=1595072465,"
    "3644073269&fm=193&f=GIF&enter_image_hash=3EF48C1A8A95DF308EFF872082280815&enter_release_reason=访问客户"
    "&enter_security=入口保安&enter_time=1624874732253&park_uuid=49f0cc52-e8c7-41e3-b54d-af666b8cc11a"
    "&parking_serial=202106028000000007&plate=粤X44444&plate_color=1&remain_parking_space=10"
    "&total_parking_space=100&vehicle_type=1"
)


def told(talk: Talk, body: Body) -> GateReading | None:
    """The reading, None for what is refused as a whole."""
    try:
        return talk.read(body)
    except (GateUnreadable, SignatureWrong):
        return None


def believed(talk: Talk, body: Body) -> bool:
    """Whether something other than the truth is believed of a body that is not the signed one."""
    reading = told(talk, body)
    truth = talk.read(Fact())
    return reading is not None and (reading.messages, reading.problems) != (truth.messages, truth.problems)


def fields_of(talk: Talk) -> dict[str, str]:
    """The signed fields of a crossing, its signature among them."""
    content = talk.say(Fact()).content
    if content.startswith(b"{"):
        document = json.loads(content)
        return document["data"] if talk.name == "bolink" else document
    return dict(parse_qsl(content.decode(), keep_blank_values=True))


def body_of(talk: Talk, pairs: list[tuple[str, object]]) -> Body:
    """The same request made of other fields, in this order, the signature left as it was."""
    said = talk.say(Fact())
    if not said.content.startswith(b"{"):
        return replace(said, content=urlencode([(name, str(value)) for name, value in pairs]).encode())
    inner = ", ".join(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in pairs)
    if talk.name != "bolink":
        return replace(said, content=f"{{{inner}}}".encode())
    outer = json.loads(said.content)
    text = f'{{"service_name": "{outer["service_name"]}", "sign": "{outer["sign"]}", "data": {{{inner}}}}}'
    return replace(said, content=text.encode())


class TestWhatIsSigned:
    def test_the_vendors_vectors_come_out(self) -> None:
        enter = {
            "park_uuid": "49f0cc52-e8c7-41e3-b54d-af666b8cc11a",
            "parking_serial": "202106028000000002",
            "plate": "粤X77777",
            "plate_color": "1",
            "enter_time": "1622600000000",
            "enter_gate": "入口名称",
            "enter_security": "入口保安",
            "car_type": "1",
            "car_desc": "临时车",
            "car_color": "1",
            "vehicle_type": "1",
            "enter_release_reason": "访问客户",
            "total_parking_space": "100",
            "remain_parking_space": "10",
        }
        signed = enter | {"sign": "32254A75CBD27067965AA54BA16C64B2"}
        body = Body(urlencode(signed).encode(), "gate/1.0/parking/internal/enter")
        talk = replace(BY_NAME["fourpyun"], context=DialectContext(secrets=("TEST-SECRET",)))
        passage, count = talk.read(body).messages
        assert isinstance(passage, PassageTold) and passage.event_id == "202106028000000002:enter"
        assert count == CountTold(passage.at, 10, None, 100, None, enter["park_uuid"], passage.event_id)
        assert md5_upper(f"{VENDORS_TEXT}&app_secret=123") == "F58EDB51E299C99BE0E24D84739994CA"
        ask = {
            "appId": 12250,
            "parkId": "100000001",
            "serviceCode": "getCarInoutInfo",
            "ts": 1718000000000,
            "reqId": "abc123",
            "pageIndex": 1,
            "pageSize": 1000,
            "startTime": "2024-04-01 00:00:00",
            "endTime": "2024-04-30 23:59:59",
            "plateNo": None,
            "remark": "",
            "list": [1],
        }
        assert keytop_sign(ask, "TEST-SECRET") == "18FEAFBBE07547EADA880BAE0BA63193"
        login = (
            b'{"service_name":"login","sign":"CB649425CB5548A375099103AB04CC1E","data":{"union_id":"200208",'
            b'"park_id":"21835","local_id":"0071cc97102b_1001_qh321_quanhao-atest1"}}'
        )
        bolink = replace(BY_NAME["bolink"], context=DialectContext(secrets=("8403A41ED5EF20BC",)))
        assert bolink.read(Body(login)).messages == (Heartbeat("21835"),)
        with pytest.raises(SignatureWrong):
            bolink.read(Body(login.replace(b'"union_id":', b'"union_id": ')))

    def test_a_vendors_address_with_ampersands_is_no_ambiguity(self) -> None:
        fields = dict(
            part.split("=", 1) for part in re.split(r"&(?=[a-z]{2,}_|plate=|park_uuid)", VENDORS_TEXT)
        )
        assert "&fm=193&f=GIF" in fields["enter_image"]
        assert joined(fields) == VENDORS_TEXT

    @given(st.dictionaries(st.text("abc", min_size=1, max_size=2), st.text("ab1=&", max_size=9), min_size=1))
    def test_what_is_joined_can_be_cut_in_one_way_only(self, fields: dict[str, str]) -> None:
        """Of all sets of parameters that read the same, at most one is taken."""
        try:
            text = joined(fields)
        except GateUnreadable:
            return
        parts = text.split("&")
        for cut in range(1, 2 ** (len(parts) - 1)) if len(parts) < 8 else ():
            pieces = [parts[0]]
            for number, part in enumerate(parts[1:]):
                if cut >> number & 1:
                    pieces.append(part)
                else:
                    pieces[-1] += f"&{part}"
            other = dict(piece.partition("=")[::2] for piece in pieces)
            names = [piece.partition("=")[0] for piece in pieces]
            if not all("=" in piece for piece in pieces) or names != sorted(set(names)) or other == fields:
                continue
            with pytest.raises(GateUnreadable):
                joined(other)

    @each
    @settings(max_examples=25)
    @given(data=st.data())
    def test_the_order_of_fields_says_nothing(self, talk: Talk, data: st.DataObject) -> None:
        pairs = data.draw(st.permutations(list(fields_of(talk).items())))
        reading = told(talk, body_of(talk, pairs))
        if talk.name == "bolink" and pairs != list(fields_of(talk).items()):
            assert reading is None
        else:
            assert reading is not None and reading.messages == talk.read(Fact()).messages

    @each
    @settings(max_examples=60)
    @given(data=st.data())
    def test_values_that_change_places_are_not_believed(self, talk: Talk, data: st.DataObject) -> None:
        fields = fields_of(talk)
        values = data.draw(st.permutations(list(fields.values())))
        changed = list(zip(fields, values, strict=True))
        assume(changed != list(fields.items()))
        assert not believed(talk, body_of(talk, changed))

    @each
    @settings(max_examples=60)
    @given(data=st.data())
    def test_a_field_told_twice_is_not_believed(self, talk: Talk, data: st.DataObject) -> None:
        pairs: list[tuple[str, object]] = list(fields_of(talk).items())
        name, value = data.draw(st.sampled_from(pairs))
        other = data.draw(st.sampled_from([value, "苏F99999", "2", "", None]))
        pairs.insert(data.draw(st.integers(0, len(pairs))), (name, other))
        assert told(talk, body_of(talk, pairs)) is None

    @each
    @settings(max_examples=60)
    @given(data=st.data())
    def test_a_field_added_left_out_or_wrapped_is_not_believed(self, talk: Talk, data: st.DataObject) -> None:
        pairs: list[tuple[str, object]] = list(fields_of(talk).items())
        what = data.draw(st.sampled_from(["add", "drop", "wrap"]))
        place = data.draw(st.integers(0, len(pairs) - 1))
        if what == "add":
            names = ["leave_time", "outTime", "plateColor", "parkCode", "stay", "zz", "appId", "key2"]
            name = data.draw(st.sampled_from([each for each in names if each not in dict(pairs)]))
            pairs.append((name, data.draw(st.sampled_from(["1", "", None, ["x"], {"a": 1}, 1795249800]))))
        elif what == "drop":
            pairs.pop(place)
        else:
            pairs[place] = (pairs[place][0], [pairs[place][1]])
        assert not believed(talk, body_of(talk, pairs))

    @each
    def test_two_fields_melted_into_one_are_not_believed(self, talk: Talk) -> None:
        """The text under the signature stays the same, and what it says does not."""
        fields = {name: str(value) for name, value in fields_of(talk).items()}
        names = sorted(set(fields) - {"sign", "key", "token"})
        for first, second in pairwise(names):
            rest = [(name, value) for name, value in fields.items() if name not in (first, second)]
            melted = (first, f"{fields[first]}&{second}={fields[second]}")
            assert told(talk, body_of(talk, [*rest, melted])) is None

    @each
    def test_no_beginning_of_a_message_is_believed(self, talk: Talk) -> None:
        said = talk.say(Fact())
        for end in range(len(said.content)):
            assert not believed(talk, replace(said, content=said.content[:end]))

    @pytest.mark.parametrize("name", ["fourpyun", "keytop", "hikvision_cloud", "sorted_profile"])
    def test_a_hash_that_was_extended_is_not_believed(self, name: str) -> None:
        """Whoever knows an MD5 can go on hashing; behind the secret there is no place for more."""
        talk = BY_NAME[name]
        fields = {key: str(value) for key, value in fields_of(talk).items()}
        sign = next(key for key in ("sign", "key", "token") if key in fields)
        plain = joined({key: value for key, value in fields.items() if key != sign})
        for length in range(1, 65):
            whole = len(plain.encode()) + length
            tail = b"&zz=1"
            forged = _extended(fields[sign], whole, tail)
            glue = (_padding(whole) + tail).decode("latin-1")
            last = max(key for key in fields if key != sign)
            for more in ({"zz": "1"}, {last: fields[last] + glue}):
                assert told(talk, body_of(talk, list((fields | more | {sign: forged}).items()))) is None


def test_the_extension_of_a_hash_is_one() -> None:
    """The attack of the test above works where a secret stands in front: so it would be seen."""
    secret, message, tail = b"a secret", b"plate=1", b"&plate=2"
    known = md5(secret + message).hexdigest()
    whole = len(secret + message)
    assert _extended(known, whole, tail).lower() == md5(secret + message + _padding(whole) + tail).hexdigest()


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


class TestAsking:
    QUESTION = PullQuestion("https://cloud.example/api/", "12250", SECRET, "P1", None, NOW, nonce="n1")

    @given(
        st.lists(
            st.tuples(st.integers(1, 86_400 * 3), st.integers(0, 4), st.sampled_from([900, 86_400])),
            max_size=8,
        )
    )
    def test_no_instant_falls_between_two_windows(self, rounds: list[tuple[int, int, int]]) -> None:
        cursor, at, reached = None, NOW, None
        for later_s, pages, look_back_s in rounds:
            at += timedelta(seconds=later_s)
            begun_at = at
            for page in range(pages + 1):
                question = replace(self.QUESTION, cursor=cursor, asked_at=at, look_back_s=look_back_s)
                window = window_of(question)
                assert (window.page, window.until) == (page + 1, begun_at)
                cursor = window.after(more=page < pages)
                at += timedelta(seconds=3)
            assert reached is None or window.since <= reached
            reached = window.until

    @pytest.mark.parametrize(
        "cursor", ["", "yesterday", "2026-11-21T00:00:00", "a/b/c", f"{NOW}/{NOW}/0", "1/2"]
    )
    def test_a_foreign_cursor_is_refused(self, cursor: str) -> None:
        for pull in PASSAGE_PULLS.values():
            with pytest.raises(GateUnreadable, match="bad_cursor"):
                pull.ask(replace(self.QUESTION, cursor=cursor))

    def test_a_cloud_that_was_silent_for_a_month_is_asked_for_a_week(self) -> None:
        month_ago = (NOW - timedelta(days=30)).isoformat()
        assert window_of(replace(self.QUESTION, cursor=month_ago)).since == NOW - timedelta(days=7)

    def test_a_page_as_text_is_a_page_and_one_bad_record_sinks_no_other(self) -> None:
        good = {"plateNo": PLATE, "capFlag": "2", "capTime": "2026-11-21T16:30:00", "nodeName": "N"}
        page = {"totalCount": "3", "detailList": [good, {**good, "capFlag": 3}, "x"]}
        body = json.dumps({"code": 0, "data": json.dumps(page)}).encode()
        answer = PASSAGE_PULLS["keytop"].answer(self.QUESTION, body)
        assert [problem.code for problem in answer.reading.problems] == ["unknown_direction", "not_an_object"]
        (passage,) = answer.reading.messages
        assert passage == PassageTold(NOW, None, Direction.EXIT, PLATE, lot_key="P1", lane_key="N")
        assert not answer.more

    @pytest.mark.parametrize(
        ("name", "answer", "code"),
        [
            ("keytop", {"code": 401, "message": "签名错误"}, "cloud_said_no"),
            ("keytop", {"message": "?"}, "cloud_said_no"),
            ("keytop", {"code": 0, "data": {"totalCount": 5, "detailList": []}}, "page_short"),
            ("keytop", {"code": 0, "data": {"detailList": {}, "totalCount": 0}}, None),
            ("keytop", {"code": 0, "data": 7}, "not_an_object"),
            ("hikvision_cloud", {"errorCode": 1004}, "token_refused"),
            ("hikvision_cloud", {"errorCode": 1006}, "cloud_said_no"),
            ("hikvision_cloud", {"errorCode": 0, "data": {"total": 900, "list": [{}]}}, "page_short"),
            ("hikvision_cloud", {"errorCode": 0, "data": None}, None),
        ],
    )
    def test_a_cloud_that_says_no_or_too_little_moves_no_cursor(
        self, name: str, answer: dict[str, object], code: str | None
    ) -> None:
        body = json.dumps(answer).encode()
        if code is None:
            read = PASSAGE_PULLS[name].answer(self.QUESTION, body)
            assert (read.reading.messages, read.more) == ((), False)
            return
        with pytest.raises((GateUnreadable, SignatureWrong), match=code):
            PASSAGE_PULLS[name].answer(self.QUESTION, body)

    @pytest.mark.parametrize("name", sorted(PASSAGE_PULLS))
    @given(body=st.binary(max_size=60) | st.recursive(
        st.none() | st.integers() | st.text(max_size=4) | st.just("list"),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "errorCode", "data", "list", "detailList", "total", "plateNo"]), inner
        ),
    ).map(lambda value: json.dumps(value).encode()))  # fmt: skip
    @settings(max_examples=80)
    def test_no_answer_brings_the_asking_down(self, name: str, body: bytes) -> None:
        try:
            answer = PASSAGE_PULLS[name].answer(self.QUESTION, body)
        except (GateUnreadable, SignatureWrong):
            return
        assert window_of(replace(self.QUESTION, cursor=answer.cursor))

    def test_no_secret_is_shown(self) -> None:
        for pull in PASSAGE_PULLS.values():
            assert SECRET not in repr(self.QUESTION) + repr(pull.ask(self.QUESTION))


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


def _padding(length: int) -> bytes:
    """What MD5 puts behind a message of so many bytes."""
    return b"\x80" + bytes((55 - length) % 64) + struct.pack("<Q", length * 8)


def _extended(digest: str, length: int, tail: bytes) -> str:
    """The MD5 of what gave `digest` (so many bytes), its padding and `tail`, without knowing the former."""
    state = struct.unpack("<4I", bytes.fromhex(digest))
    start = length + len(_padding(length))
    data = tail + _padding(start + len(tail))
    for at in range(0, len(data), 64):
        state = _round(state, struct.unpack("<16I", data[at : at + 64]))
    return struct.pack("<4I", *state).hex().upper()


def _round(state: tuple[int, ...], words: tuple[int, ...]) -> tuple[int, ...]:
    a, b, c, d = state
    shifts = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))
    for step in range(64):
        turn = step // 16
        mixed, word = (
            ((b & c) | (~b & d), step),
            ((d & b) | (~d & c), 5 * step + 1),
            (b ^ c ^ d, 3 * step + 5),
            (c ^ (b | ~d), 7 * step),
        )[turn]
        total = (a + mixed + floor(abs(sin(step + 1)) * 2**32) + words[word % 16]) & 0xFFFFFFFF
        shift = shifts[turn][step % 4]
        turned = (total << shift | total >> (32 - shift)) & 0xFFFFFFFF
        a, b, c, d = d, (b + turned) & 0xFFFFFFFF, b, c
    return tuple((old + new) & 0xFFFFFFFF for old, new in zip(state, (a, b, c, d), strict=True))
