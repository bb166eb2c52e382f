"""What is told to each vendor's cloud, by the vendors' own vectors and samples, and what answers mean."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from integrations.gates.fourpyun.protocol import signed
from integrations.gates.keytop.protocol import sign as keytop_sign
from integrations.registry import ALLOW_LIST_PUSHES
from parking.boundary.allow_lists import EntryNotTaken, ListEntry, PushLink, Step
from parking.boundary.gates import GateUnreadable, SignatureWrong

FROM = datetime.fromisoformat("2020-04-27T15:30+08:00")
LINK = PushLink("https://cloud.example/", "12250", "secret", "P-1", "值班室", "0513-1")
TOLD = ListEntry("k3v9m2q7x4t8", "苏A12345", FROM, FROM + timedelta(minutes=15), None, FROM, "abc")
GONE = replace(TOLD, plate=None)
FOURPYUN, KEYTOP, NANJING = (ALLOW_LIST_PUSHES[name] for name in ("fourpyun", "keytop", "nanjing_share"))


def test_a_form_is_signed_as_the_vendors_examples_are() -> None:
    deleted = {"app_id": "op1234567723122", "merchant": "62626601", "plate": "粤TXXXXX"}
    assert signed(deleted, "123")["sign"] == "1701B126AE28C8BB6CB4A5D96A3828FE"
    created = deleted | {
        "address": "XXX栋XXX楼XXX公司",
        "api_charge_type": "12345",
        "end_time": "2020-12-31T16:00:15Z",
        "mobile": "1807552XXXX",
        "park_space_no": "B0001",
        "plate_color": "1",
        "realname": "张三",
        "start_time": "2020-12-31T16:00:15Z",
        "type": "0",
    }
    told = signed(created | {"id_card": ""}, "123")
    assert told == created | {"sign": "975FA7F729CD413CDB24CC6AE24A63EF"}


def test_a_reservation_is_applied_for_and_cancelled_by_its_number() -> None:
    request = FOURPYUN.ask(LINK, TOLD)
    form = dict(parse_qsl((request.post or b"").decode()))
    assert (request.method, urlsplit(request.url).path) == ("POST", "/gate/1.0/parking/reserve/apply")
    assert (form["plate"], form["park_uuid"]) == ("苏A12345", "P-1")
    assert (form["start_time"], form["end_time"]) == ("2020-04-27T07:30:00Z", "2020-04-27T07:45:00Z")
    step = FOURPYUN.answer(LINK, TOLD, b'{"code": "1001", "payload": {"apply_no": "2023"}}')
    assert step == Step("apply:2023")
    assert FOURPYUN.ask(LINK, replace(TOLD, held=step.held)) is None
    request = FOURPYUN.ask(LINK, replace(GONE, held=step.held))
    query = dict(parse_qsl(urlsplit(request.url).query))
    assert (request.method, request.post, query["apply_no"]) == ("DELETE", None, "2023")
    assert FOURPYUN.answer(LINK, replace(GONE, held=step.held), b'{"code": "1001"}') == Step("gone")
    with pytest.raises(EntryNotTaken, match="number_unknown"):
        FOURPYUN.ask(LINK, replace(GONE, held="apply:"))


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ({"code": "1500", "message": "无可预约车位"}, EntryNotTaken),
        ({"code": "401"}, SignatureWrong),
        ({"code": "200", "hint": "签名验证不通过[...]"}, SignatureWrong),
        ({"code": "503"}, GateUnreadable),
        ({}, GateUnreadable),
        ([], GateUnreadable),
        ({"code": {}}, GateUnreadable),
    ],
)
def test_an_answer_of_the_cloud_stops_the_entry_or_the_list(answer: object, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        FOURPYUN.answer(LINK, TOLD, orjson.dumps(answer))


def test_a_card_is_looked_up_added_made_valid_and_deleted() -> None:
    answers = {
        "GetCarCardInfo": {"code": 0, "data": []},
        "AddCarCardNo": {"code": 0, "data": '{"cardId": 77}'},
        "PayCarCardFee": {"code": 0, "data": None},
    }
    entry, asked = TOLD, []
    while (request := KEYTOP.ask(LINK, entry)) is not None:
        body = orjson.loads(request.post or b"")
        call = request.url.rpartition("/")[2]
        asked.append(call)
        assert body["serviceCode"] == call[0].lower() + call[1:]
        assert body["key"] == keytop_sign(body, LINK.secret)
        entry = replace(entry, held=KEYTOP.answer(LINK, entry, orjson.dumps(answers[call])).held)
    assert (asked, entry.held) == (list(answers), "valid:77")
    assert (body["validFrom"], body["validTo"]) == ("2020-04-27 15:30:00", "2020-04-27 15:45:00")
    assert orjson.loads(KEYTOP.ask(LINK, replace(GONE, held=entry.held)).post or b"")["cardId"] == 77


@pytest.mark.parametrize(
    ("held", "data", "told"),
    [
        (None, {"cardId": 5, "cardName": "GX-k3v9m2q7x4t8"}, "card:5"),
        (None, [{"cardId": 5, "cardInfo": {"cardName": "月卡"}}], "plate_has_card"),
        (None, {"cardId": 5}, "plate_has_card"),
        (None, None, "no_card"),
        ("added", [{"cardId": 5}], "card:5"),
        ("added", None, "card_missing"),
    ],
)
def test_nobody_elses_card_is_touched(held: str | None, data: object, told: str) -> None:
    entry, body = replace(TOLD, held=held), orjson.dumps({"code": 0, "data": data})
    try:
        assert KEYTOP.answer(LINK, entry, body).held == told
    except EntryNotTaken as refused:
        assert refused.code == told


def test_a_share_is_published_as_the_sample_says_and_cannot_be_taken_back() -> None:
    request = NANJING.ask(LINK, TOLD)
    body = orjson.loads(request.post or b"")
    assert orjson.loads(body["payload"]) == {
        "parkingLotId": "P-1",
        "parkingType": "5",
        "plateNumber": "苏A12345",
        "startTime": "2020-04-27 15:30",
        "endTime": "2020-04-27 15:45",
    }
    assert (body["topic"], body["qos"]) == ("parking/share/P-1", 1)
    assert b64decode(dict(request.headers)["Authorization"].removeprefix("Basic ")) == b"12250:secret"
    with pytest.raises(GateUnreadable, match="nobody_listens"):
        NANJING.answer(LINK, TOLD, b'{"message": "no_matching_subscribers", "reason_code": 16}')
    held = NANJING.answer(LINK, TOLD, b'{"id": "000600D09A09"}').held
    assert NANJING.ask(LINK, replace(TOLD, held=held)) is None
    with pytest.raises(EntryNotTaken, match="cannot_be_taken_back"):
        NANJING.ask(LINK, replace(GONE, held=held))
    assert NANJING.ask(LINK, replace(GONE, held=held, asked_at=TOLD.until_at)) is None
