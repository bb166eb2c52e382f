"""A vendor's program tells what passes the barriers: signed, counted once, and answered in its own terms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from flask import Flask
from sqlalchemy import text

from parking.accounts import service as accounts
from parking.accounts.rules import Scope
from parking.kernel.actors import CLI
from parking.kernel.clock import SystemClock
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots.service import grant_lots
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.gateway.calling import gateway_of
from parking.portals.gateway.signing import CLIENT, MESSAGE_ID, SIGNATURE, TIMESTAMP
from parking.sharing.rules.passes import PassAsked
from parking.sharing.service.passes import grant_pass, withdraw_pass
from parking.visits.errors import CodeWrong
from parking.visits.queries.visits import visit
from parking.visits.service import codes
from parking.visits.service.pairing import pair_waiting
from tests.factories.city import a_city
from tests.factories.devices import SEALER, AClient, GateLot, a_client, a_gate_lot
from tests.factories.gateway import BASE, Caller, a_gateway
from tests.factories.tariffs import a_tariff, hourly

PLATE = "苏F12345"


@dataclass
class City:
    """A lot of ours, a lot of another's, and who speaks for them."""

    app: Flask
    lot: GateLot
    foreign: GateLot
    mine: Caller
    other: Caller


@pytest.fixture
def city(sessions) -> Iterator[City]:
    now = datetime.now(UTC)
    with unit_of_work(sessions) as uow:
        a_city(uow.session, now=now)
        lot, foreign = a_gate_lot(uow.session, now=now), a_gate_lot(uow.session, now=now)
        mine, other = a_client(uow.session, [lot.id]), a_client(uow.session, [foreign.id])
    app = a_gateway(sessions)
    yield City(app, lot, foreign, Caller(app.test_client(), mine), Caller(app.test_client(), other))


def a_passage(at_lot: GateLot, event_id: str, **more: object) -> dict[str, object]:
    now = datetime.now(UTC).isoformat()
    return {"event_id": event_id, "at": now, "lot": at_lot.id, "direction": "entry", "plate": PLATE} | more


def stored(sessions, what: str = "count(*)") -> object:
    with sessions() as session:
        return session.execute(text(f"select {what} from passages")).scalar()


def test_a_passage_told_twice_is_stored_and_counted_once(city, sessions):
    told = a_passage(city.lot, "e-1")
    first, again = city.mine.post("/passages", told), city.mine.post("/passages", told)
    assert first.status_code == again.status_code == 200, first.text
    assert first.get_json() == {"outcome": "new", "event_id": "e-1", "counted": True, "late": False}
    assert again.get_json() == first.get_json() | {"outcome": "repeated"}
    assert stored(sessions) == 1
    assert first.headers["RateLimit"].startswith('"live";r=')


def test_a_message_that_comes_again_gets_the_answer_that_it_missed(city):
    told = a_passage(city.lot, "e-1")
    first = city.mine.post("/passages", told, message_id="msg-a")
    again = city.mine.post("/passages", told, message_id="msg-a")
    assert again.get_json() == first.get_json()
    other = city.mine.post("/passages", a_passage(city.lot, "e-2"), message_id="msg-a")
    assert (other.status_code, other.get_json()["code"]) == (422, "message_reused")
    # Of what is answered by many rows, the answer is kept where every process finds it.
    batch = {"passages": [a_passage(city.lot, "e-3")]}
    headers = {"Idempotency-Key": "key-1"}
    first = city.mine.post("/passages/batches", batch, headers=headers)
    gateway_of(city.app).recent._answers.clear()
    again = city.mine.post("/passages/batches", batch, headers=headers)
    assert again.get_json() == first.get_json()
    assert again.get_json()["new"] == 1
    assert again.headers["Idempotent-Replayed"] == "true"
    other = city.mine.post("/passages/batches", {"passages": [a_passage(city.lot, "e-4")]}, headers=headers)
    assert (other.status_code, other.get_json()["code"]) == (422, "message_reused")


def test_what_is_filled_in_later_is_told_to_be_late(city, sessions):
    before = (datetime.now(UTC) - timedelta(minutes=6)).isoformat()
    items = [
        a_passage(city.lot, "e-1"),
        a_passage(city.lot, "e-2", at=before),
        a_passage(city.lot, "e-3", resent=True),
    ]
    told = city.mine.post("/passages/batches", {"passages": items}).get_json()
    assert [item["late"] for item in told["items"]] == [False, True, True]
    assert [city.mine.post("/passages", each).get_json()["late"] for each in items] == [False, True, True]
    assert stored(sessions, "count(*) filter (where late)") == 2


def test_peer_fault_2_one_bad_item_keeps_none_of_the_others_out(city, sessions):
    items = [a_passage(city.lot, f"e-{number}") for number in range(500)]
    items[7] = a_passage(city.lot, "e-7", plate="京" * 400)
    items[8] = a_passage(city.foreign, "e-8")
    items[9] = a_passage(city.lot, "e-9", at=(datetime.now(UTC) - timedelta(days=8)).isoformat())
    answer = city.mine.post("/passages/batches", {"passages": items})
    told = answer.get_json()
    assert answer.status_code == 207
    assert (told["new"], told["refused"], told["quarantined"]) == (497, 2, 1)
    assert [item["index"] for item in told["items"]] == list(range(500))
    assert (told["items"][7]["status"], told["items"][7]["errors"][0]["field"]) == (422, "plate")
    assert told["items"][7]["errors"][0]["msg_zh"]
    assert (told["items"][8]["status"], told["items"][8]["code"]) == (404, "unknown_lot")
    assert (told["items"][9]["status"], told["items"][9]["code"]) == (202, "too_old")
    assert stored(sessions) == 497
    too_many = {"passages": [a_passage(city.lot, f"f-{number}") for number in range(501)]}
    assert city.mine.post("/passages/batches", too_many).status_code == 422


def test_a_camera_with_a_wild_clock_counts_nowhere(city, sessions):
    for at, code in (("1970-01-01T08:00:00+08:00", "too_old"), ("2038-01-19T03:14:07Z", "clock_ahead")):
        answer = city.mine.post("/passages", a_passage(city.lot, "e-1", at=at))
        assert (answer.status_code, answer.get_json()["code"]) == (202, code)
        assert answer.get_json()["counted"] is False
    assert stored(sessions) == 0


def test_peer_fault_7_a_foreign_lot_looks_like_a_missing_one(city):
    foreign = city.mine.post("/passages", a_passage(city.foreign, "e-1"))
    missing = city.mine.post("/passages", a_passage(city.lot, "e-1", lot="nowhere"))
    assert foreign.status_code == missing.status_code == 404
    same = {"request_id": None}
    assert foreign.get_json() | same == missing.get_json() | same


@pytest.mark.parametrize("case", ["unknown", "another's", "wrong", "old", "new", "cut", "no header"])
def test_only_a_living_key_of_the_client_signs(city, sessions, case):
    told = orjson.dumps(a_passage(city.lot, "e-1"))
    headers = city.mine.headers(told)
    if case == "unknown":
        headers["parking-client"] = "nobody"
    elif case == "another's":
        headers = city.mine.headers(told, key=city.other.client.key)
    elif case == "wrong":
        headers["webhook-signature"] = headers["webhook-signature"].swapcase().replace("V1", "v1")
    elif case in ("old", "new"):
        overlap = timedelta(0) if case == "old" else timedelta(days=7)
        with unit_of_work(sessions) as uow:
            made = accounts.rotate_client_key(
                uow.session, CLI, city.mine.client.id, overlap=overlap, sealer=SEALER, now=datetime.now(UTC)
            )
        city.app.extensions["parking"].books.read_again()
        if case == "new":
            both = city.mine.headers(told, key=made.key)["webhook-signature"]
            headers["webhook-signature"] += f" {both}"
    elif case == "cut":
        told = told[:-1]
    else:
        del headers["webhook-id"]
    answer = city.mine.http.post(
        BASE + "/passages", data=told, headers=headers, content_type="application/json"
    )
    if case == "new":
        assert answer.status_code == 200
        return
    problem = answer.get_json()
    assert answer.status_code == 401
    assert problem["code"] == ("not_signed" if case == "no header" else "signature_wrong")
    assert stored(sessions) == 0


def test_a_clock_out_of_the_window_is_told_ours(city):
    for seconds in (-301, 301, 5_000_000):
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        problem = city.mine.post("/passages", a_passage(city.lot, "e-1"), at=at).get_json()
        assert problem["code"] == "clock_skew"
        ours = datetime.fromisoformat(problem["server_time"])
        assert abs(ours - datetime.now(UTC)) < timedelta(minutes=1)
        assert abs(problem["skew_s"] - seconds) <= 5


UNREADABLE = [
    (b"{", 400, "not_json"),
    (b"[]", 400, "not_json"),
    (b"--boundary\r\n", 400, "not_json"),
    (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 400, "not_json"),
    (b"\xff\xfe", 400, "not_json"),
    (b"{}", 422, "invalid_input"),
    (b'{"at":"2026-11-21T18:30:00","lot":"x"}', 422, "invalid_input"),
    (b'{"at":"2026-11-21T18:30:00Z","lot":"x\\u0000"}', 422, "invalid_input"),
    (b'{"at":"2026-11-21T18:30:00Z","lot":"x","pass":1}', 422, "invalid_input"),
    (b'{"\\ud800":1}', 422, "invalid_input"),
    (b'{"at":{"\\ud800":1},"lot":"\\ud800"}', 422, "invalid_input"),
    *(('{"lot":"x"}'.encode(each), 400, "not_json") for each in ("utf-16", "utf-16-le", "utf-32-be")),
]


def test_what_cannot_be_read_is_refused_with_its_reason(city):
    for body, status, code in UNREADABLE:
        answer = city.mine.post("/passages", body)
        assert (answer.status_code, answer.get_json()["code"]) == (status, code), body


def test_a_client_does_only_what_it_was_granted(city, sessions):
    with unit_of_work(sessions) as uow:
        reader = a_client(uow.session, [city.lot.id], scopes=[Scope.COUNTS_WRITE])
    city.app.extensions["parking"].books.read_again()
    caller = Caller(city.app.test_client(), reader)
    refused = caller.post("/passages", a_passage(city.lot, "e-1"))
    assert (refused.status_code, refused.get_json()["code"]) == (403, "scope_missing")
    count = {"lot": city.lot.id, "at": datetime.now(UTC).isoformat(), "free": 86}
    told = caller.post("/counts", {"counts": [count, count | {"lot": city.foreign.id}, {"lot": "x"}]})
    assert told.status_code == 207
    assert [item["status"] for item in told.get_json()["items"]] == [200, 404, 422]


def test_more_calls_than_agreed_are_told_when_to_come_again(city):
    app = a_gateway(city.app.extensions["parking"].sessions, gateway_rate=1.0)
    caller = Caller(app.test_client(), city.mine.client)
    answers = [caller.post("/passages", a_passage(city.lot, f"e-{number}")) for number in range(4)]
    assert [answer.status_code for answer in answers][:2] == [200, 200]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) >= 1
    # Nobody else waits for it.
    assert Caller(app.test_client(), city.other.client).post("/counts", {}).status_code == 422


def test_a_passage_that_never_was_is_taken_back_whichever_comes_first(city, sessions):
    city.mine.post("/passages", a_passage(city.lot, "e-1"))
    void = {"event_id": "e-1", "reason": "车辆折返"}
    assert city.mine.post("/voids", void).get_json()["outcome"] == "new"
    assert city.mine.post("/voids", {"event_id": "e-2", "reason": "误报"}).status_code == 200
    late = city.mine.post("/passages", a_passage(city.lot, "e-2")).get_json()
    assert (late["outcome"], late["counted"]) == ("new", False)
    assert stored(sessions, "count(*) filter (where voided_at is not null)") == 2


def test_a_corrected_passage_counts_as_it_really_was(city, sessions):
    city.mine.post("/passages", a_passage(city.lot, "e-1"))
    right = a_passage(city.lot, "e-1b", direction="exit")
    told = {"event_id": "e-1", "reason": "方向有误", "passage": right}
    answer = city.mine.post("/corrections", told)
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["taken"]["outcome"] == "new"
    assert stored(sessions, "string_agg(event_id, ',') filter (where voided_at is null)") == "e-1b"
    same = city.mine.post("/corrections", told | {"passage": a_passage(city.lot, "e-1")})
    assert same.get_json()["errors"][0]["field"] == "passage.event_id"


@pytest.mark.parametrize("is_sandbox", [False, True])
def test_a_correction_that_is_refused_has_changed_nothing(city, sessions, is_sandbox):
    with unit_of_work(sessions) as uow:
        client = a_client(uow.session, [city.lot.id], sandbox=is_sandbox)
    city.app.extensions["parking"].books.read_again()
    caller = Caller(city.app.test_client(), client)
    caller.post("/passages", a_passage(city.lot, "e-1"))
    caller.post("/passages", a_passage(city.lot, "e-2"))
    caller.post("/voids", {"event_id": "gone", "reason": "误报"})

    def refused(old: str, new: object) -> tuple[int, list[tuple[str, str]]]:
        answer = caller.post("/corrections", {"event_id": old, "reason": "方向有误", "passage": new})
        errors = answer.get_json()["errors"]
        return answer.status_code, [(each["field"], each["code"]) for each in errors]

    exiting = a_passage(city.lot, "e-1b", direction="exit")
    assert refused(f"{PLATE}-1", exiting) == (422, [("event_id", "bad_event_id")])
    assert refused("e-1", exiting | {"event_id": "gone"}) == (422, [("passage.event_id", "event_id_voided")])
    with_plate = exiting | {"event_id": f"{PLATE}-1"}
    assert refused("e-1", with_plate) == (422, [("passage.event_id", "bad_event_id")])
    assert refused("e-1", exiting | {"lot": city.foreign.id}) == (404, [("passage.lot", "unknown_lot")])
    assert refused("e-1", []) == (422, [("passage", "not_an_object")])
    day = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    held = caller.get(f"/checks/{city.lot.id}/{day}").get_json()
    assert (held["entries"], held["exits"], held["voided"]) == (2, 0, 0)
    # Told again after its new passage was taken back in turn, it is done already.
    for old, new in (("e-1", "e-1b"), ("e-1b", "e-1c"), ("e-1", "e-1b")):
        told = {"event_id": old, "reason": "方向有误", "passage": exiting | {"event_id": new}}
        assert caller.post("/corrections", told).status_code == 200
    held = caller.get(f"/checks/{city.lot.id}/{day}").get_json()
    assert (held["entries"], held["exits"]) == (1, 1)


def test_a_plate_in_a_reason_reaches_no_audit(city, sessions):
    city.mine.post("/voids", {"event_id": "e-1", "reason": "苏F98765 折返"})
    right = {"event_id": "e-2", "reason": "苏F98765", "passage": a_passage(city.lot, "e-3")}
    assert city.mine.post("/corrections", right).status_code == 200
    with sessions() as session:
        reasons = "select reason from audit_entries where action = 'count:voided' union all "
        kept = session.scalars(text(reasons + "select reason from voided_facts")).all()
    assert sorted(kept) == ["苏F·9**65", "苏F·9**65", "苏F·9**65 折返", "苏F·9**65 折返"]


def test_a_heartbeat_tells_our_time_and_how_far_the_clock_is_off(city):
    at = datetime.now(UTC) - timedelta(seconds=90)
    answer = city.mine.post("/heartbeats", {"lot": city.lot.lot.id, "at": at.isoformat()}).get_json()
    assert -95 <= answer["skew_s"] <= -89
    assert answer["interval_s"] == 60
    assert city.mine.post("/heartbeats", {"lot": city.foreign.id}).status_code == 404


def test_a_sandbox_is_answered_like_a_real_client_and_counts_nowhere(city, sessions):
    with unit_of_work(sessions) as uow:
        trying: AClient = a_client(uow.session, [city.lot.id], sandbox=True)
    city.app.extensions["parking"].books.read_again()
    caller = Caller(city.app.test_client(), trying)
    told = a_passage(city.lot, "e-1")
    outcomes = [caller.post("/passages", told).get_json()["outcome"] for _ in range(2)]
    assert outcomes == ["new", "repeated"]
    assert caller.post("/passages", a_passage(city.foreign, "e-2")).status_code == 404
    old = a_passage(city.lot, "e-3", at="1970-01-01T00:00:00Z")
    assert caller.post("/passages", old).status_code == 202
    assert stored(sessions) == 0
    with sessions() as session:
        assert session.execute(text("select count(*) from passage_facts")).scalar() == 0


def test_a_sandbox_finds_out_whatever_a_real_client_would_of_ids_told_again(city, sessions):
    with unit_of_work(sessions) as uow:
        second = a_gate_lot(uow.session, now=datetime.now(UTC))
        grant_lots(uow.session, CLI, city.mine.client.id, [city.lot.id, second.id], datetime.now(UTC))
        trying = a_client(uow.session, [city.lot.id, second.id], sandbox=True)
    city.app.extensions["parking"].books.read_again()
    now = datetime.now(UTC)
    before = {"at": (now - timedelta(days=1)).isoformat()}
    passage = a_passage(city.lot, "e-1")
    count = {"lot": city.lot.id, "at": now.isoformat(), "free": 50, "event_id": "c-1"}
    money = {"transaction_id": "1", "lot": city.lot.id, "at": now.isoformat(), "fee_fen": 600}
    ahead = {"at": (now + timedelta(days=1)).isoformat()}
    told: list[tuple[str, dict[str, object]]] = [
        ("/voids", {"event_id": "e-2", "reason": "误报"}),
        ("/voids", {"event_id": f"{PLATE}-2", "reason": "误报"}),
        *(("/passages", passage | more) for more in (
            {}, {}, {"lot": second.id}, {"direction": "exit"}, before, {"event_id": "e-2"},
            {"event_id": f"{PLATE}-1"}, {"event_id": "e-3", "stay_id": f"{PLATE}-1"},
        )),
        *(("/counts", {"counts": [count | more]}) for more in (
            {}, {}, {"free": 10}, {"lot": second.id}, {"class": "charging"}, before, ahead,
            {"event_id": f"{PLATE}-1"}, {"event_id": "c-2", "at": "1970-01-01T00:00:00Z"},
        )),
        ("/counts", {"counts": [count | {"event_id": "c-3"}, count | {"event_id": "c-3", "free": 9}]}),
        *(("/etc-transactions", money | more) for more in (
            ahead, ahead, ahead | {"fee_fen": 1}, {}, {}, {"fee_fen": 1}, ahead, ahead | {"fee_fen": 1},
            {"transaction_id": f"{PLATE}-1"}, {"terminal": f"{PLATE}-1"},
        )),
    ]  # fmt: skip

    def found(caller: Caller) -> list[object]:
        answers = []
        for path, body in told:
            answer = caller.post(path, body)
            items = answer.get_json().get("items", [answer.get_json()])
            answers.append(
                [path, body, answer.status_code]
                + [
                    (item.get("outcome"), item["code"] if "outcome" in item and "code" in item else "")
                    for item in items
                ]
                + [(each["field"], each["code"]) for item in items for each in item.get("errors", [])]
            )
        return answers

    real = found(city.mine)
    assert found(Caller(city.app.test_client(), trying)) == real


def test_the_log_of_calls_holds_our_answers_and_no_plate(city, sessions):
    city.mine.post("/passages", a_passage(city.lot, "e-1"))
    city.mine.post("/passages", b'{"plate":"' + PLATE.encode() + b'"')
    city.mine.http.post(BASE + "/passages", data=b"{}", headers=city.mine.headers(b"other"))
    for number in range(120):
        city.mine.post("/heartbeats", {"lot": PLATE, "at": str(number)})
    log = gateway_of(city.app).calls
    assert log.write(sessions) == 101
    assert log.write(sessions) == 0
    with sessions() as session:
        rows = session.execute(text("select is_signed, status, body, answer from client_calls")).all()
    assert sorted(row.is_signed for row in rows) == [False] + [True] * 100
    assert not [row for row in rows if "12345" in row.body + row.answer]


def test_an_application_without_signatures_serves_no_other_page(city):
    """The document names every operation; nothing of it can be called unsigned."""
    app = create_app(
        PortalServices(None, None, None),  # type: ignore[arg-type]
        (),
        [city.app.blueprints["gateway"]],  # type: ignore[list-item]
    )
    document = app.test_client().get("/api/openapi.json").get_json()
    paths, schemes = document["paths"], document["components"]["securitySchemes"]
    described = document["components"]["schemas"]
    for name, field, item in (("Batch", "passages", "Passage"), ("Counts", "counts", "AbsoluteCount")):
        assert described[name]["properties"][field]["items"] == {"$ref": f"#/components/schemas/{item}"}
    assert len(paths) >= 6
    assert {each["name"] for each in schemes.values()} == {CLIENT, MESSAGE_ID, TIMESTAMP, SIGNATURE}
    for path, operations in paths.items():
        for method in operations:
            if method in ("get", "post"):
                assert set(operations[method]["security"][0]) == set(schemes)
                url = path.replace("{", "").replace("}", "")
                assert city.mine.http.open(url, method=method.upper()).status_code == 401, path


def test_the_daily_check_shows_the_lot_what_is_missing(city):
    for number in range(3):
        city.mine.post("/passages", a_passage(city.lot, f"e-{number}"))
    city.mine.post("/voids", {"event_id": "e-2", "reason": "误报"})
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()
    told = city.mine.get(f"/checks/{city.lot.id}/{today}").get_json()
    assert told == {"lot": city.lot.id, "on": today, "entries": 2, "exits": 0, "voided": 1}
    page = city.mine.get(f"/checks/{city.lot.id}/{today}/ids?limit=2").get_json()
    rest = city.mine.get(page["next"].removeprefix(BASE)).get_json()
    assert (page["ids"], rest["ids"], rest["next"]) == (["e-0", "e-1"], ["e-2"], None)
    # Whoever speaks for another lot sees nothing, nor does a wrong day.
    assert city.other.get(f"/checks/{city.lot.id}/{today}").status_code == 404
    assert city.mine.get(f"/checks/{city.lot.id}/2026-02-30").status_code == 422


def test_one_question_is_not_another(city):
    """A call without a body signs its address, so that it cannot be turned into another one."""
    path = f"{BASE}/checks/{city.lot.id}/2026-11-21"
    headers = city.mine.headers(path.encode())
    assert city.mine.http.get(path, headers=headers).status_code == 200
    assert city.mine.http.get(path + "/ids", headers=headers).status_code == 401
    assert city.mine.http.get(path, headers=city.mine.headers(b"")).status_code == 401


def test_the_fee_due_is_told_to_the_own_lot_alone(city, sessions):
    entered = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    city.mine.post("/passages", a_passage(city.lot, "e-1", at=entered, stay_id="s-1"))
    keys = city.app.extensions["parking"].plate_keys
    pair_waiting(sessions, keys, SystemClock())
    # What nobody told is unknown; a barrier is not told nothing.
    unknown = city.mine.post("/fees-due", {"lot": city.lot.id, "plate": PLATE})
    assert (unknown.status_code, unknown.get_json()["code"]) == (422, "tariff_missing")
    with unit_of_work(sessions) as uow:
        a_tariff(uow.session, [city.lot.id], hourly(grace_minutes=10), name="路边收费")
    by_plate = city.mine.post("/fees-due", {"lot": city.lot.id, "plate": "苏 F·12345"})
    assert by_plate.status_code == 200, by_plate.text
    fee = by_plate.get_json()
    assert fee["due_fen"] == fee["fee_fen"] == sum(line["fen"] for line in fee["lines"]) > 0
    assert fee["next_fee_fen"] == fee["fee_fen"] + 300
    assert datetime.fromisoformat(fee["next_change_at"]) > datetime.fromisoformat(fee["reckoned_at"])
    assert (fee["tariff"]["name"], fee["tariff"]["version"], fee["grace_minutes"]) == ("路边收费", 1, 10)
    assert city.mine.post("/fees-due", {"lot": city.lot.id, "stay_id": "s-1"}).status_code == 200
    for lot, caller in ((city.lot, city.other), (city.foreign, city.other)):
        assert caller.post("/fees-due", {"lot": lot.id, "plate": PLATE}).status_code == 404
    both = city.mine.post("/fees-due", {"lot": city.lot.id, "plate": PLATE, "stay_id": "s-1"})
    assert both.get_json()["errors"][0]["code"] == "one_of"


def test_the_own_lot_gets_the_code_with_which_its_driver_pays(city, sessions):
    entered = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    city.mine.post("/passages", a_passage(city.lot, "e-1", at=entered, stay_id="s-1"))
    pair_waiting(sessions, city.app.extensions["parking"].plate_keys, SystemClock())
    with unit_of_work(sessions) as uow:
        a_tariff(uow.session, [city.lot.id])
    first, issued = (
        city.mine.post("/pay-codes", {"lot": city.lot.id, **named}).get_json()
        for named in ({"plate": PLATE}, {"stay_id": "s-1"})
    )
    assert issued["pay_url"].endswith(f"/pay?lot={issued['lot_code']}")
    with unit_of_work(sessions) as uow:
        now, lot_code = datetime.now(UTC), issued["lot_code"].lower()
        # A new code ends the one before.
        with pytest.raises(CodeWrong):
            codes.enter_code(uow.session, lot_code, first["pay_code"], "n", now)
        ticket = codes.enter_code(uow.session, lot_code, issued["pay_code"].lower(), "n", now)
        visit_id = codes.visit_of_ticket(uow.session, ticket, now)
        assert visit(uow.session, visit_id).stay_id == "s-1"
    # Whoever tries again, by webhook-id or key, gets the code that it missed, and no code ends by it.
    asked = {"lot": city.lot.id, "plate": PLATE}
    by_id = [city.mine.post("/pay-codes", asked, message_id="msg-p").get_json() for _ in range(2)]
    key = {"Idempotency-Key": "key-p"}
    by_key = [city.mine.post("/pay-codes", asked, headers=key).get_json() for _ in range(2)]
    later = city.mine.post("/pay-codes", asked, message_id="msg-p").get_json()
    assert by_id == [later, later] and by_key[0] == by_key[1] and by_key[0] != later
    with unit_of_work(sessions) as uow:
        assert codes.enter_code(uow.session, lot_code, by_key[0]["pay_code"], "n", datetime.now(UTC))
        kept = uow.session.execute(text("select * from received_messages")).all()
    assert by_key[0]["pay_code"] not in str(kept)
    other = city.mine.post("/pay-codes", {"lot": city.lot.id, "stay_id": "s-1"}, message_id="msg-p")
    assert other.get_json()["code"] == "message_reused"
    # So does an attempt that comes before the answer of the first is kept.
    with unit_of_work(sessions) as uow:
        uow.session.execute(text("delete from received_messages"))
    at_once = city.mine.post("/pay-codes", asked, message_id="msg-p").get_json()
    assert at_once["pay_code"] == later["pay_code"]
    # Nobody else's client gets one, and the log of calls does not keep it.
    for lot, caller in ((city.lot, city.other), (city.foreign, city.other), (city.foreign, city.mine)):
        assert caller.post("/pay-codes", {"lot": lot.id, "plate": PLATE}).status_code == 404
    gateway_of(city.app).calls.write(sessions)
    log = city.mine.get("/calls").get_data(as_text=True)
    assert "pay_code" in log and issued["pay_code"] not in log and first["pay_code"] not in log


def test_an_etc_lane_settles_its_stay_once(city, sessions):
    entered = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    city.mine.post("/passages", a_passage(city.lot, "e-1", at=entered))
    pair_waiting(sessions, city.app.extensions["parking"].plate_keys, SystemClock())
    with unit_of_work(sessions) as uow:
        a_tariff(uow.session, [city.lot.id])
    told = {"transaction_id": "0001", "terminal": "psam-1", "lot": city.lot.id, "fee_fen": 600}
    told |= {"at": datetime.now(UTC).isoformat(), "plate": PLATE, "tac": "9F3A01C7"}
    outcomes = [city.mine.post("/etc-transactions", told).get_json()["outcome"] for _ in range(2)]
    assert outcomes == ["new", "repeated"]
    owed = city.mine.post("/fees-due", {"lot": city.lot.id, "plate": PLATE}).get_json()
    assert owed["paid_fen"] == 600
    for fen in (500, 700):
        answer = city.mine.post("/etc-transactions", told | {"fee_fen": fen})
        [problem] = answer.get_json()["errors"]
        assert (answer.status_code, problem["field"], problem["code"]) == (422, "fee_fen", "fee_differs")
    for at, code in (("1970-01-01T08:00:00+08:00", "clock_behind"), ("2038-01-19T03:14:07Z", "clock_ahead")):
        aside = told | {"at": at, "transaction_id": "0002"}
        answer = city.mine.post("/etc-transactions", aside)
        assert (answer.status_code, answer.get_json()["code"]) == (202, code)
        answer = city.mine.post("/etc-transactions", told | {"at": at})
        assert (answer.status_code, answer.get_json()["outcome"]) == (200, "repeated")
    named = city.mine.post("/etc-transactions", told | {"transaction_id": f"{PLATE}-1"})
    [problem] = named.get_json()["errors"]
    assert (named.status_code, problem["field"], problem["code"]) == (422, "transaction_id", "holds_plate")


def test_a_lot_pulls_what_changed_of_whom_it_lets_in(city, sessions):
    now = datetime.now(UTC)
    keys = city.app.extensions["parking"].plate_keys
    with unit_of_work(sessions) as uow:
        asked = PassAsked(city.lot.id, PLATE, now, now + timedelta(days=1), "施工")
        granted = grant_pass(uow.session, CLI, keys, asked, now)
    first = city.mine.get(f"/allow-lists/{city.lot.id}").get_json()
    assert [(each["plate"], each["withdrawn"]) for each in first["items"]] == [(PLATE, False)]
    with unit_of_work(sessions) as uow:
        withdraw_pass(uow.session, CLI, [city.lot.id], granted.id, now)
    after = city.mine.get(f"/allow-lists/{city.lot.id}?since={first['cursor']}").get_json()
    assert [(each["id"], each["plate"], each["withdrawn"]) for each in after["items"]] == [
        (granted.id, None, True)
    ]
    assert city.mine.get(f"/allow-lists/{city.lot.id}?since={after['cursor']}").get_json()["items"] == []
    assert city.other.get(f"/allow-lists/{city.lot.id}").status_code == 404
    assert city.mine.get(f"/allow-lists/{city.lot.id}?since=eA").get_json()["errors"][0]["field"] == "since"


def test_an_id_that_stands_for_another_passage_is_refused_and_not_called_a_repetition(city, sessions):
    """Many programs number the passages of each lot from one on."""
    with unit_of_work(sessions) as uow:
        second = a_gate_lot(uow.session, now=datetime.now(UTC))
        grant_lots(uow.session, CLI, city.mine.client.id, [city.lot.id, second.id], datetime.now(UTC))
    told, now = a_passage(city.lot, "1"), datetime.now(UTC)
    assert city.mine.post("/passages", told).get_json()["outcome"] == "new"
    # Whoever tries again may take the time anew.
    again = told | {"at": (now - timedelta(minutes=5)).isoformat()}
    assert city.mine.post("/passages", again).get_json()["outcome"] == "repeated"
    others = [
        told | {"lot": second.id},
        told | {"direction": "exit"},
        told | {"at": (now - timedelta(days=1)).isoformat()},
    ]
    for other in others:
        answer = city.mine.post("/passages", other)
        assert (answer.status_code, answer.get_json()["errors"][0]["code"]) == (422, "event_id_reused")
    batch = city.mine.post(
        "/passages/batches", {"passages": [a_passage(city.lot, "2"), a_passage(second, "2"), *others, told]}
    ).get_json()
    assert [each["outcome"] for each in batch["items"]] == ["new", *["refused"] * 4, "repeated"]
    assert stored(sessions) == 2


def test_an_id_that_stands_for_another_count_is_refused_and_the_first_stands(city, sessions):
    with unit_of_work(sessions) as uow:
        second = a_gate_lot(uow.session, now=datetime.now(UTC))
        grant_lots(uow.session, CLI, city.mine.client.id, [city.lot.id, second.id], datetime.now(UTC))
    now = datetime.now(UTC)
    told = {"lot": city.lot.id, "at": now.isoformat(), "free": 50, "event_id": "c-1"}
    others = [
        told | {"free": 10},
        told | {"occupied": 10},
        told | {"lot": second.id},
        told | {"class": "charging"},
        told | {"at": (now - timedelta(days=1)).isoformat()},
    ]
    # Whoever tries again may take the time anew.
    again = told | {"at": (now - timedelta(minutes=5)).isoformat()}

    def tell(*counts: object) -> list[tuple[str, bool, list[str]]]:
        items = city.mine.post("/counts", {"counts": counts}).get_json()["items"]
        codes = [[error["code"] for error in item.get("errors", [])] for item in items]
        return [(item["outcome"], item["counted"], each) for item, each in zip(items, codes, strict=True)]

    refused = ("refused", False, ["event_id_reused"])
    assert tell(told, again, *others) == [("new", True, []), ("repeated", True, []), *[refused] * 5]
    assert tell(*others, again) == [*[refused] * 5, ("repeated", True, [])]
    with sessions() as session:
        assert session.execute(text("select lot_id, free from count_facts")).all() == [(city.lot.id, 50)]
    city.mine.post("/voids", {"event_id": "c-1", "reason": "误报"})
    assert tell(told) == [("repeated", False, [])]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        "x",
        [],
        7,
        {},
        {"event_id": "\\ud800"},
        {"lot": "\\udfff", "plate": "\\ud83d"},
        {"event_id": 1e400},
        {"\\ud800": 1},
        {"event_id": "e-9", "lot": {"\\udfff": []}},
    ],
)
def test_one_item_that_is_none_keeps_no_other_out(city, sessions, bad):
    good = [a_passage(city.lot, f"e-{number}") for number in range(3)]
    told = {"passages": [good[0], good[1], bad, good[2]]}
    # As a program writes it that escapes half of a character.
    body = json.dumps(told).replace("\\\\u", "\\u").replace("Infinity", "1e400").encode()
    answer = city.mine.post("/passages/batches", body)
    assert answer.status_code == 207, answer.text
    items = answer.get_json()["items"]
    assert [each["outcome"] for each in items] == ["new", "new", "refused", "new"]
    assert items[2]["errors"] and stored(sessions) == 3


def test_an_id_that_is_made_of_a_plate_is_refused_and_kept_nowhere(city, sessions):
    named = "苏F7Z9Y8-0001"
    now = datetime.now(UTC)
    for more in ({}, {"at": (now - timedelta(days=9)).isoformat()}):
        city.mine.post("/passages", a_passage(city.lot, named) | more)
    refused = city.mine.post("/passages", a_passage(city.lot, "苏f·7z9y8"))
    assert refused.get_json()["errors"][0]["code"] == "bad_event_id"
    void = city.mine.post("/voids", {"event_id": named, "reason": "误报", "lot": city.lot.id})
    assert void.status_code == 422
    stay = city.mine.post("/passages", a_passage(city.lot, "e-1", stay_id=named))
    (error,) = stay.get_json()["errors"]
    assert (stay.status_code, error["field"], error["code"]) == (422, "stay_id", "holds_plate")
    count = {"lot": city.lot.id, "at": now.isoformat(), "free": 5}
    counts = city.mine.post("/counts", {"counts": [count | {"event_id": named}, count | {"event_id": "c-1"}]})
    codes = [[error["code"] for error in item.get("errors", [])] for item in counts.get_json()["items"]]
    assert codes == [["bad_event_id"], []]
    assert city.mine.post("/passages", a_passage(city.lot, "e-1")).status_code == 200
    with sessions() as session:
        kept = [
            str(session.execute(text(f"select * from {table}")).all())
            for table in ("passages", "passage_facts", "count_facts", "voided_facts", "quarantined")
        ]
    assert "e-1" in kept[0] and "c-1" in kept[2] and "7Z9Y8" not in "".join(kept).upper()
