"""Do the signed clouds' rules hold? Nothing that was not signed is believed, in whatever order it comes."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import md5
from itertools import pairwise
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from integrations.gates.keytop.protocol import sign as keytop_sign
from integrations.sorted_signing import joined, md5_upper
from parking.boundary.gates import (
    CountTold,
    DialectContext,
    GateUnreadable,
    Heartbeat,
    PassageTold,
    SignatureWrong,
)
from tests.adapters.gate_talk import Body, Fact, Talk
from tests.adapters.md5_extension import extended, padding
from tests.adapters.signed_talk import BY_NAME, SIGNED, body_of, fields_of, told

each = pytest.mark.parametrize("talk", SIGNED, ids=str)
# A vendor's own example, printed in its manual (the secret is 123).
VENDORS_TEXT = (
    "car_color=1&car_desc=临时车&car_type=1&enter_gate=入口名称&enter_image=https://t7.baidu.com/it/u=1595072465,"
    "3644073269&fm=193&f=GIF&enter_image_hash=3EF48C1A8A95DF308EFF872082280815&enter_release_reason=访问客户"
    "&enter_security=入口保安&enter_time=1624874732253&park_uuid=49f0cc52-e8c7-41e3-b54d-af666b8cc11a"
    "&parking_serial=202106028000000007&plate=粤X44444&plate_color=1&remain_parking_space=10"
    "&total_parking_space=100&vehicle_type=1"
)


def believed(talk: Talk, body: Body) -> bool:
    """Whether something other than the truth is believed of a body that is not the signed one."""
    reading = told(talk, body)
    truth = talk.read(Fact())
    return reading is not None and (reading.messages, reading.problems) != (truth.messages, truth.problems)


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
    def test_a_hash_that_wasextended_is_not_believed(self, name: str) -> None:
        """Whoever knows an MD5 can go on hashing; behind the secret there is no place for more."""
        talk = BY_NAME[name]
        fields = {key: str(value) for key, value in fields_of(talk).items()}
        sign = next(key for key in ("sign", "key", "token") if key in fields)
        plain = joined({key: value for key, value in fields.items() if key != sign})
        for length in range(1, 65):
            whole = len(plain.encode()) + length
            tail = b"&zz=1"
            forged = extended(fields[sign], whole, tail)
            glue = (padding(whole) + tail).decode("latin-1")
            last = max(key for key in fields if key != sign)
            for more in ({"zz": "1"}, {last: fields[last] + glue}):
                assert told(talk, body_of(talk, list((fields | more | {sign: forged}).items()))) is None


def test_the_extension_of_a_hash_is_one() -> None:
    """The attack of the test above works where a secret stands in front: so it would be seen."""
    secret, message, tail = b"a secret", b"plate=1", b"&plate=2"
    known = md5(secret + message).hexdigest()
    whole = len(secret + message)
    assert extended(known, whole, tail).lower() == md5(secret + message + padding(whole) + tail).hexdigest()
