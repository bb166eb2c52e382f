"""At the barrier: what is owed, the driver's code, what the lane took itself, and whom to let in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from parking.kernel.actors import CLI
from parking.kernel.clock import SystemClock
from parking.kernel.db.unit_of_work import unit_of_work
from parking.portals.gateway.calling import gateway_of
from parking.sharing.rules.passes import PassAsked
from parking.sharing.service.passes import grant_pass, withdraw_pass
from parking.visits.errors import CodeWrong
from parking.visits.queries.visits import visit
from parking.visits.service import codes
from parking.visits.service.pairing import pair_waiting
from tests.factories.gateway import (
    PLATE,
    GatewayCity,
    a_gateway_city,
    a_passage,
)
from tests.factories.tariffs import a_tariff, hourly


@pytest.fixture
def city(sessions) -> GatewayCity:
    return a_gateway_city(sessions)


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
