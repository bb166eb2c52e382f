"""A vendor's program tells what passes the barriers: signed, counted once, and answered in its own terms."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy import text

from parking.accounts import service as accounts
from parking.accounts.rules import Scope
from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.portals._http.app import create_app
from parking.portals._http.services import PortalServices
from parking.portals.gateway.calling import gateway_of
from parking.portals.gateway.signing import CLIENT, MESSAGE_ID, SIGNATURE, TIMESTAMP
from tests.factories.devices import SEALER, a_client
from tests.factories.gateway import (
    BASE,
    PLATE,
    Caller,
    GatewayCity,
    a_gateway,
    a_gateway_city,
    a_passage,
    stored,
)


@pytest.fixture
def city(sessions) -> GatewayCity:
    return a_gateway_city(sessions)


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
