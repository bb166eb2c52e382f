"""From a lot's feed over HTTP to the free count: what good feeds bring, and who is told of what they lack."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from parking.guidance import queries, service
from parking.guidance.errors import ClaimLost
from parking.guidance.rules.pulls import Lane, NotModified
from parking.kernel.actors import CLI
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from parking.lots import service as register
from parking.lots.rules import LedgerReason
from tests.adapters.fault_server import FaultServer
from tests.factories.city import a_city
from tests.factories.lots import a_lot
from tests.factories.sources import Worker, a_worker, counting, described, plain


@pytest.fixture
def feeds() -> Iterator[FaultServer]:
    with FaultServer() as feeds:
        yield feeds


@pytest.fixture
def worker(sessions: Sessions) -> Iterator[Worker]:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
    with a_worker(sessions, fast_threads=4, slow_threads=2) as worker:
        yield worker


def new_lot(worker: Worker, **fields) -> str:
    with unit_of_work(worker.sessions) as uow:
        return a_lot(uow.session, **fields).id


def code_of(worker: Worker, lot_id: str) -> str:
    return card_of(worker, lot_id).code


def card_of(worker: Worker, lot_id: str):
    with worker.sessions() as session:
        return lots.lot_cards(session, worker.clock.now().date(), [lot_id])[0]


def all_cards(worker: Worker):
    with worker.sessions() as session:
        return lots.lot_cards(session, worker.clock.now().date())


def linked(worker: Worker, feeds: FaultServer, name: str, path: str, **fields) -> str:
    """A source of one live document with one lot "A"; returns the lot's id."""
    lot_id = new_lot(worker)
    worker.add(name=name, live_url=feeds.url(path), lots={"A": code_of(worker, lot_id)}, **fields)
    return lot_id


def test_a_pulled_count_becomes_the_lots_free_number(worker, feeds):
    feeds.put("/live", plain(counting("A", 37)))
    lot_id = linked(worker, feeds, "east", "/live")
    worker.pull_due()
    assert worker.free(lot_id) == 37
    pull = worker.live("east")
    assert (pull.state, pull.records, pull.problem_count) == ("active", 1, 0)
    assert card_of(worker, lot_id).connected_since_at == worker.clock.now()


def test_a_source_is_asked_when_its_interval_has_passed_and_not_before(worker, feeds):
    feeds.put("/live", plain(counting("A", 37)))
    linked(worker, feeds, "east", "/live", interval_s=60)
    worker.pull_due()
    worker.pull_due()
    assert feeds.requests["/live"] == 1
    worker.clock.forward(seconds=60)
    worker.pull_due()
    assert feeds.requests["/live"] == 2


def test_what_did_not_change_is_not_sent_again(worker, feeds):
    feeds.put("/live", plain(counting("A", 37)))
    lot_id = linked(worker, feeds, "east", "/live")
    worker.pull_due()
    worker.clock.forward(seconds=60)
    worker.pull_due()
    assert "If-None-Match" in feeds.headers["/live"]
    assert worker.live("east").state == "active"
    assert worker.free(lot_id) == 37


def test_two_workers_never_pull_the_same_twice(worker, feeds, sessions):
    for number in range(12):
        feeds.put(f"/{number}", plain(counting("A", number)))
        linked(worker, feeds, f"source no {number}", f"/{number}")
    with a_worker(sessions, worker.clock, fast_threads=3, slow_threads=1) as second:
        for _ in range(6):
            worker.puller.dispatch()
            second.puller.dispatch()
        assert worker.puller.wait_idle(30)
        assert second.puller.wait_idle(30)
    assert {feeds.requests[f"/{number}"] for number in range(12)} == {1}


def test_the_claim_of_a_worker_that_died_runs_out_and_its_late_answer_is_dropped(worker, feeds):
    feeds.put("/live", plain(counting("A", 5)))
    lot_id = linked(worker, feeds, "east", "/live")
    with unit_of_work(worker.sessions) as uow:
        [due] = service.claim_due(uow.session, "dead", worker.clock.now(), Lane.FAST, 10)
    worker.pull_due()
    assert feeds.requests["/live"] == 0
    worker.clock.forward(minutes=2)
    worker.pull_due()
    assert worker.free(lot_id) == 5
    with pytest.raises(ClaimLost), unit_of_work(worker.sessions) as uow:
        service.record_pull(uow.session, due, NotModified(), worker.clock.now())


def test_peer_fault_4_static_data_fail_and_live_data_go_on(worker, feeds):
    feeds.put("/live", plain(counting("A", 37)))
    lot_id = new_lot(worker)
    worker.add(
        name="east",
        live_url=feeds.url("/live"),
        static_url=feeds.url("/500"),
        static_interval_s=60,
        lots={"A": code_of(worker, lot_id)},
    )
    for free in (37, 36, 35):
        feeds.put("/live", plain(counting("A", free), at=worker.clock.now()))
        worker.pull_due()
        worker.clock.forward(seconds=61)
        assert worker.free(lot_id) == free
    assert worker.static("east").state == "failed"
    assert worker.static("east").reason == "bad_status"
    assert worker.live("east").state == "active"


def test_a_filed_lot_is_never_overwritten_and_the_difference_is_listed_until_it_is_settled(worker, feeds):
    lot_id = new_lot(worker, filing_no="备2026-001", name="东门停车场")
    before = card_of(worker, lot_id)
    feeds.put("/static", plain(described("A", capacity=80, name="East gate")))
    worker.add(name="east", static_url=feeds.url("/static"), static_interval_s=60, lots={"A": before.code})
    worker.pull_due()
    assert card_of(worker, lot_id) == before
    with worker.sessions() as session:
        listed = {(told.field, told.ours, told.theirs) for told in queries.differences(session)}
    assert listed == {("name", "东门停车场", "East gate"), ("spaces.general", "100", "80")}

    feeds.put("/static", plain(described("A", capacity=100, name="东门停车场")))
    worker.clock.forward(seconds=61)
    worker.pull_due()
    with worker.sessions() as session:
        assert queries.differences(session) == []
        assert len(queries.differences(session, settled=True)) == 2


def test_a_difference_appears_when_the_bureau_changes_the_lot_though_the_feed_did_not(worker, feeds):
    lot_id = new_lot(worker, filing_no="备2026-001", name="车场A")
    feeds.put("/static", plain(described("A")))
    worker.add(
        name="east", static_url=feeds.url("/static"), static_interval_s=60,
        lots={"A": code_of(worker, lot_id)},
    )  # fmt: skip
    worker.pull_due()
    with unit_of_work(worker.sessions) as uow:
        assert queries.differences(uow.session) == []
        worker.clock.forward(seconds=10)
        register.change_lot(uow.session, CLI, lot_id, {"name": "新名"}, worker.clock.now())
    for _ in range(2):
        worker.clock.forward(seconds=61)
        worker.pull_due()
    with worker.sessions() as session:
        assert [told.field for told in queries.differences(session)] == ["name"]


def test_an_unfiled_lot_is_corrected_by_entries_of_the_ledger(worker, feeds):
    lot_id = new_lot(worker)
    feeds.put("/static", plain(described("A", capacity=80, name="East gate", max_height_cm=210)))
    worker.add(
        name="east", static_url=feeds.url("/static"), static_interval_s=60,
        lots={"A": code_of(worker, lot_id)},
    )  # fmt: skip
    for _ in range(2):
        worker.pull_due()
        worker.clock.forward(seconds=61)
    card = card_of(worker, lot_id)
    assert (card.name, card.max_height_cm) == ("East gate", 210)
    assert {space.space_class: space.capacity for space in card.spaces} == {SpaceClass.GENERAL: 80}
    with worker.sessions() as session:
        entries = [(entry.reason, entry.change) for entry in lots.ledger_of(session, lot_id)]
    assert entries == [(LedgerReason.OPENING_BALANCE, 100), (LedgerReason.CORRECTION, -20)]


def test_a_lot_unknown_to_us_is_reported_and_not_swallowed(worker, feeds):
    feeds.put("/live", plain(counting("A", 37), counting("STRANGER", 5)))
    lot_id = linked(worker, feeds, "east", "/live")
    worker.pull_due()
    pull = worker.live("east")
    assert worker.free(lot_id) == 37
    assert [(told["record"], told["kind"]) for told in pull.problems] == [("STRANGER", "unknown_lot")]
    assert pull.records == 1


def test_peer_fault_10_a_feed_of_nothing_but_unknown_lots_has_failed(worker, feeds):
    feeds.put("/live", plain(counting("STRANGER", 5)))
    linked(worker, feeds, "east", "/live")
    worker.pull_due()
    pull = worker.live("east")
    assert (pull.state, pull.reason, pull.detail) == ("failed", "nothing_usable", "unknown_lot x 1")


def test_linking_a_lot_asks_the_source_again_at_once_and_in_full(worker, feeds):
    feeds.put("/live", plain(counting("A", 37), counting("B", 12)))
    linked(worker, feeds, "east", "/live")
    worker.pull_due()
    second = new_lot(worker)
    with unit_of_work(worker.sessions) as uow:
        source_id = worker.source("east").id
        service.link_lot(uow.session, CLI, source_id, "B", second, worker.clock.now())
    worker.pull_due()
    assert worker.free(second) == 12
    assert worker.live("east").problem_count == 0


def test_a_source_that_may_adopts_what_lies_in_the_city_and_counts_it_at_once(worker, feeds):
    outside = described("FAR", lat=31.0)
    swapped = described("SWAPPED", lat=120.62, lon=32.06)
    feeds.put("/all", plain(described("A", capacity=60), outside, swapped, counting("A", 20)))
    worker.add(name="east", static_url=feeds.url("/all"), live_url=feeds.url("/all"), adopts_lots=True)
    worker.pull_due()
    [card] = all_cards(worker)
    assert (card.name, card.filing_no, card.spaces[0].capacity) == ("车场A", None, 60)
    assert worker.free(card.id) == 20
    with worker.sessions() as session:
        assert [entry.reason for entry in lots.ledger_of(session, card.id)] == ["opening_balance"]
    told = {problem["record"]: problem for problem in worker.static("east").problems}
    assert told.keys() == {"FAR", "SWAPPED"}


def test_a_shrunken_answer_takes_no_lot_away(worker, feeds):
    feeds.put("/all", plain(described("A"), described("B"), described("C")))
    worker.add(name="east", static_url=feeds.url("/all"), static_interval_s=60, adopts_lots=True)
    worker.pull_due()
    for body in (plain(described("B")), plain(), b"", b"{", b"[]"):
        feeds.put("/all", body)
        worker.clock.forward(minutes=6)
        worker.pull_due()
    assert [card.name for card in all_cards(worker)] == ["车场A", "车场B", "车场C"]
    assert worker.source("east").lots == 3


def test_a_disabled_source_is_not_asked_until_it_is_enabled(worker, feeds):
    feeds.put("/live", plain(counting("A", 37)))
    linked(worker, feeds, "east", "/live")
    with unit_of_work(worker.sessions) as uow:
        service.disable(uow.session, CLI, worker.source("east").id, worker.clock.now())
    worker.pull_due()
    assert feeds.requests["/live"] == 0
    with unit_of_work(worker.sessions) as uow:
        service.enable(uow.session, CLI, worker.source("east").id, worker.clock.now())
    worker.pull_due()
    assert worker.live("east").state == "active"


def test_silence_is_logged_once_and_the_return_once(worker, feeds, caplog):
    caplog.set_level(logging.INFO, "parking.guidance")
    lot_id = linked(worker, feeds, "east", "/live")
    for _ in range(3):
        worker.pull_due()
        worker.clock.forward(minutes=6)
    assert [record.msg for record in caplog.records] == ["source_silent"]
    assert (caplog.records[0].source, caplog.records[0].reason) == ("east", "bad_status")
    for free in (4, 3):
        feeds.put("/live", plain(counting("A", free), at=worker.clock.now()))
        worker.pull_due()
        worker.clock.forward(minutes=6)
    assert [record.msg for record in caplog.records] == ["source_silent", "source_back"]
    assert worker.free(lot_id) == 3


def test_a_worker_that_stops_waits_for_what_is_running_and_claims_no_more(sessions, worker, feeds):
    feeds.put("/live", plain(counting("A", 37)))
    lot_id = linked(worker, feeds, "east", "/live")
    worker.puller.dispatch()
    worker.puller.close()
    assert worker.free(lot_id) == 37
    worker.clock.forward(minutes=5)
    worker.puller.dispatch()
    assert feeds.requests["/live"] == 1
