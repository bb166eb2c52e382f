"""Claims about the first pulls of a source that adopts lots: counts wait until the lots were asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from parking.boundary.feeds import LotRecord, Parsed
from parking.guidance import service
from parking.guidance.rules.pulls import Answered, Failed, Lane
from parking.kernel.actors import CLI
from tests.factories.city import NOW, a_city
from tests.factories.sources import a_source

URL = "https://gate.example/all"
LOTS = Answered(Parsed(lots=(LotRecord("P1", "东门停车场", 32.06, 120.62),)))


@pytest.fixture(autouse=True)
def city(session):
    return a_city(session)


def claimed(session, at=NOW):
    return service.claim_due(session, "test", at, Lane.FAST, 5)


@pytest.mark.parametrize("outcome", [LOTS, Failed("not_json")], ids=["read", "failed"])
def test_counts_wait_for_the_first_answer_of_the_lots(session, outcome):
    a_source(session, static_url=URL, live_url=URL, adopts_lots=True)
    [static] = claimed(session)
    assert static.kind == "static"
    assert claimed(session) == []
    service.record_pull(session, static, outcome, NOW)
    assert [due.kind for due in claimed(session)] == ["live"]


def test_counts_wait_for_nothing_that_does_not_come(session):
    """Lots that are put off, and lots whose answer was never recorded."""
    off = a_source(session, name="off", static_url=URL, live_url=URL, adopts_lots=True)
    service.disable(session, CLI, off, NOW, ["static"])
    assert [due.kind for due in claimed(session)] == ["live"]
    a_source(session, name="lost", static_url=URL, live_url=URL, adopts_lots=True)
    assert [due.kind for due in claimed(session)] == ["static"]
    later = NOW + timedelta(minutes=5)
    assert "static" in {due.kind for due in claimed(session, later) if due.source == "lost"}
    assert {due.kind for due in claimed(session, later) if due.source == "lost"} == {"live"}


def test_a_source_that_adopts_nothing_is_asked_for_both_at_once(session):
    a_source(session, static_url=URL, live_url=URL)
    assert len(claimed(session)) == 2
