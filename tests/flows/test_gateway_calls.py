"""What a client sent lately is written down for it: masked, its last hundred, and nobody else's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import orjson
import pytest
from sqlalchemy import text

from parking.accounts.rules.calls import MOST_CALLS, MOST_UNSIGNED
from parking.portals.gateway.calling import gateway_of
from parking.portals.gateway.calls import Noted
from tests.factories.gateway import BASE, PLATE, GatewayCity, a_gateway_city, a_passage


@pytest.fixture
def city(sessions) -> GatewayCity:
    return a_gateway_city(sessions)


def a_call(client_id: str, at: datetime, message_id: str, *, is_signed: bool = True) -> tuple:
    noted = Noted(client_id, at, message_id, b"{}", is_known=True, is_signed=is_signed)
    return noted, "POST", BASE + "/passages", 200, 0.001, b"{}"


def test_a_client_reads_its_own_calls(city, sessions):
    city.mine.post("/passages", a_passage(city.lot, "e-1"), message_id="msg-x")
    city.other.post("/passages", a_passage(city.foreign, "e-1"))
    gateway_of(city.app).calls.write(sessions)
    (told,) = city.mine.get("/calls").get_json()["items"]
    assert (told["message_id"], told["status"], told["is_signed"]) == ("msg-x", 200, True)
    assert "苏F·1**45" in told["body"]
    assert '"new"' in told["answer"]


def test_nothing_that_is_kept_of_a_message_says_whether_a_plate_that_is_tried_is_the_one(city, sessions):
    """A plain hash of it would: two characters are masked."""
    body = orjson.dumps(a_passage(city.lot, "e-1"))
    assert city.mine.post("/passages", body, headers={"Idempotency-Key": "k"}).status_code == 200
    gateway_of(city.app).calls.write(sessions)
    with sessions() as session:
        (call,) = session.execute(text("select body_digest, body_length from client_calls")).all()
        (message,) = session.execute(text("select digest from received_messages")).all()
    assert call.body_length == len(body)
    guessed = {sha256(BASE.encode() + path + body).digest() for path in (b"/passages\n", b"/passages", b"\n")}
    assert not {call.body_digest, message.digest} & {*guessed, sha256(body).digest()}
    assert "sha256" not in city.mine.get("/calls").get_data(as_text=True)


@pytest.mark.parametrize("body", [b"\0\0{", b'{"lot":"\\u0000"}', b'{"lot":"\\ud800"}', b"\xff\xfe\0"])
def test_a_call_of_odd_characters_keeps_no_other_out_of_the_log(city, sessions, body):
    city.mine.post("/passages", a_passage(city.lot, "e-1"), message_id="msg-x")
    city.mine.post("/passages", body, message_id="msg-odd")
    gateway_of(city.app).calls.write(sessions)
    with sessions() as session:
        kept = session.scalars(text("select message_id from client_calls")).all()
    assert sorted(kept) == ["msg-odd", "msg-x"]


def test_a_plate_in_an_address_is_masked(city, sessions):
    city.app.test_client().get(f"{BASE}/allow-lists/{PLATE}", headers={"parking-client": city.mine.client.id})
    gateway_of(city.app).calls.write(sessions)
    with sessions() as session:
        (path,) = session.scalars(text("select path from client_calls")).all()
    assert path == f"{BASE}/allow-lists/苏F·1**45"


def test_the_log_keeps_the_last_calls_and_few_of_those_that_nobody_signed(city, sessions):
    log, began = gateway_of(city.app).calls, datetime.now(UTC)
    for number in range(MOST_CALLS + 30):
        for is_signed in (True, False):
            at = began + timedelta(seconds=number)
            log.note(*a_call(city.mine.client.id, at, f"{number}-{is_signed}", is_signed=is_signed))
        if number % 40 == 0:
            log.write(sessions)
    log.write(sessions)
    with sessions() as session:
        kept = session.scalars(text("select message_id from client_calls")).all()
    signed = {f"{number}-True" for number in range(30, MOST_CALLS + 30)}
    unsigned = {f"{number}-False" for number in range(MOST_CALLS + 30 - MOST_UNSIGNED, MOST_CALLS + 30)}
    assert set(kept) == signed | unsigned and len(kept) == MOST_CALLS + MOST_UNSIGNED


def test_two_processes_that_forget_the_same_calls_do_not_wait_for_each_other(city, sessions):
    log, began = gateway_of(city.app).calls, datetime.now(UTC)
    count = text("select count(*) from client_calls")

    def write(number: int) -> int:
        log.note(*a_call(city.mine.client.id, began + timedelta(seconds=number), str(number)))
        return log.write(sessions)

    for number in range(MOST_CALLS):
        log.note(*a_call(city.mine.client.id, began + timedelta(seconds=number), str(number)))
    log.write(sessions)
    with sessions() as other, ThreadPoolExecutor(1) as threads:
        other.execute(text("select id from client_calls order by at limit 1 for update"))
        assert threads.submit(write, MOST_CALLS).result(timeout=30) == 1
        assert other.scalar(count) == MOST_CALLS + 1
        other.rollback()
        write(MOST_CALLS + 1)
        assert other.scalar(count) == MOST_CALLS


def test_a_plate_where_an_address_is_cut_is_masked_whole(city, sessions):
    start = f"{BASE}/allow-lists/"
    far = "x" * (197 - len(start)) + PLATE
    city.app.test_client().get(start + far, headers={"parking-client": city.mine.client.id})
    gateway_of(city.app).calls.write(sessions)
    with sessions() as session:
        (path,) = session.scalars(text("select path from client_calls")).all()
    assert path == start + "x" * (197 - len(start)) + "苏F·"
