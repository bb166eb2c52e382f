"""An id stands for one thing, also in the sandbox, and holds no plate; an odd item sinks no other."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from parking.kernel.actors import CLI
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots.service import grant_lots
from tests.factories.devices import AClient, a_client, a_gate_lot
from tests.factories.gateway import (
    PLATE,
    Caller,
    GatewayCity,
    a_gateway_city,
    a_passage,
    stored,
)


@pytest.fixture
def city(sessions) -> GatewayCity:
    return a_gateway_city(sessions)


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
