"""What the worst feeds can do: their own source is marked with the reason, and nobody else notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Update, select, update

from parking.guidance.models import Pull, Source
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.lots import queries as lots
from tests.adapters.fault_server import FaultServer
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sources import Worker, a_worker, counting, plain

LATER = NOW + timedelta(minutes=6)


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


def linked(worker: Worker, name: str, url: str, *external_ids: str, **fields) -> list[str]:
    """A live source with these lots; the ids of the lots."""
    with unit_of_work(worker.sessions) as uow:
        cards = [a_lot(uow.session) for _ in external_ids]
    links = {external_id: card.code for external_id, card in zip(external_ids, cards, strict=True)}
    worker.add(name=name, live_url=url, lots=links, **fields)
    return [card.id for card in cards]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/empty", "empty"),
        ("/truncated", "broke_off"),
        ("/truncated-gzip", "broke_off"),
        ("/broken-gzip", "bad_encoding"),
        ("/wrong-type", "not_json"),
        ("/endless", "too_large"),
        ("/endless-untold", "too_large"),
        ("/gzip-bomb", "too_large"),
        ("/redirect-loop", "redirected"),
        ("/redirect-private", "redirected"),
        ("/503", "bad_status"),
        ("/reset", "broke_off"),
        ("/garbage", "broke_off"),
    ],
)
def test_a_broken_answer_marks_its_source_and_the_lot_keeps_its_count(worker, feeds, path, reason):
    feeds.put("/live", plain(counting("A", 37)))
    feeds.put("/good", plain(counting("G", 8), at=LATER))
    [lot_id] = linked(worker, "bad", feeds.url("/live"), "A")
    worker.pull_due()
    with worker.sessions.begin() as session:
        session.execute(_move_address("bad", feeds.url(path)))
    [good] = linked(worker, "good", feeds.url("/good"), "G")
    worker.clock.forward(minutes=6)
    worker.pull_due()
    pull = worker.live("bad")
    assert (pull.state, pull.reason) == ("failed", reason)
    assert worker.free(lot_id) == 37
    assert worker.free(good) == 8
    assert worker.live("good").state == "active"


def _move_address(name: str, url: str) -> Update:
    """As if the server behind the same address had changed: the source itself is not touched otherwise."""
    source = select(Source.id).where(Source.name == name).scalar_subquery()
    return update(Pull).where(Pull.source_id == source).values(url=url)


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        ([counting("A", -4)], "negative"),
        ([counting("A", 10**7)], "too_large"),
        ([counting("A", 5, as_of=(LATER + timedelta(minutes=3)).isoformat())], "future_time"),
        ([counting("A", 5, as_of=(LATER + timedelta(days=3)).isoformat())], "future_time"),
        ([counting("A", 5), counting("A", 60)], "repeated"),
        ([counting("A", "many")], "bad_value"),
        ([counting("A", 5, as_of="yesterday")], "bad_value"),
        ([{"id": "A", "counts": "none"}], "bad_value"),
    ],
)
def test_a_record_that_cannot_be_is_refused_with_its_reason_and_the_rest_is_taken(
    worker, feeds, entries, kind
):
    feeds.put("/live", plain(counting("A", 37), counting("B", 20)))
    wrong, right = linked(worker, "half", feeds.url("/live"), "A", "B")
    worker.pull_due()
    worker.clock.forward(minutes=6)
    feeds.put("/live", plain(*entries, counting("B", 21), at=LATER))
    worker.pull_due()
    pull = worker.live("half")
    assert (pull.state, pull.records) == ("active", 1)
    assert {(told["record"], told["kind"]) for told in pull.problems} == {("A", kind)}
    assert (worker.free(wrong), worker.free(right)) == (37, 21)


def test_a_document_in_another_encoding_than_it_says_is_refused_as_that(worker, feeds):
    [lot_id] = linked(worker, "latin", feeds.url("/wrong-encoding"), "A", adapter="datex2")
    worker.pull_due()
    assert worker.live("latin").reason == "wrong_encoding"
    assert worker.free(lot_id) is None


def test_json_sent_to_an_xml_source_is_that_sources_trouble_alone(worker, feeds):
    feeds.put("/live", plain(counting("A", 37)))
    linked(worker, "xml", feeds.url("/live"), "A", adapter="datex2")
    [lot_id] = linked(worker, "json", feeds.url("/live"), "A")
    worker.pull_due()
    assert worker.live("xml").reason == "not_xml"
    assert worker.free(lot_id) == 37


def test_a_private_address_is_refused_unless_that_source_was_allowed_its_range(worker, feeds):
    feeds.put("/live", plain(counting("A", 37)))
    [lot_id] = linked(worker, "not allowed", feeds.url("/live"), "A", allowed_networks=())
    worker.pull_due()
    assert worker.live("not allowed").reason == "address_refused"
    assert worker.free(lot_id) is None
    assert feeds.connections == 0


def test_a_source_that_hangs_moves_to_the_slow_lane_and_delays_no_other(worker, feeds):
    """Four hang where the fast lane has four threads: the good ones come while the others still hang."""
    for number in range(4):
        linked(worker, f"hanging {number}", feeds.url("/hang"), "A")
    worker.puller.dispatch()
    good = []
    for number in range(6):
        feeds.put(f"/{number}", plain(counting("G", number)))
        good += linked(worker, f"good {number}", feeds.url(f"/{number}"), "G")
    while feeds.requests["/hang"] < 6:
        worker.puller.dispatch()
    # Four were given up after the fast lane's time; two of them hang in the slow lane's two threads now.
    assert not worker.puller.wait_idle(0)
    worker.puller.dispatch()
    assert [worker.free(lot_id) for lot_id in good] == list(range(6))
    lanes = {worker.live(f"hanging {number}").lane for number in range(4)}
    assert lanes == {"slow"}
    feeds.stopping.set()


def test_a_silent_feed_never_deletes_a_lot_and_its_count_ages_by_itself(worker, feeds):
    feeds.put("/live", plain(counting("A", 37)))
    [lot_id] = linked(worker, "gone", feeds.url("/live"), "A")
    worker.pull_due()
    feeds.documents.clear()
    for _ in range(8):
        worker.clock.forward(minutes=6)
        worker.pull_due()
    pull = worker.live("gone")
    assert pull.breaker_open
    assert pull.silent_since_at == LATER
    with worker.sessions() as session:
        assert [card.id for card in lots.lot_cards(session, worker.clock.now().date())] == [lot_id]
    assert worker.free(lot_id) == 37
    feeds.put("/live", plain(counting("A", 3), at=worker.clock.now()))
    worker.clock.forward(minutes=6)
    worker.pull_due()
    assert not worker.live("gone").breaker_open
    assert worker.free(lot_id) == 3
