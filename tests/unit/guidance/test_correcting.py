"""Claims about what the feed of an unfiled lot may correct: its own lot, never into another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from parking.boundary.feeds import LotRecord, Parsed, ProblemKind
from parking.guidance import queries, service
from parking.guidance.rules.pulls import Answered, Lane
from parking.kernel.vocabulary import SpaceClass
from parking.lots import queries as lots
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sources import a_source

OWN = LotRecord("1", "东门停车场", 32.06, 120.62, spaces={SpaceClass.GENERAL: 80})
HALL, YARD = "人民医院东停车场", (32.10, 120.66)


@pytest.fixture
def tell(session):
    """Let the feed tell a lot; returns the problems and the lot's card. It entered the register as `OWN`."""
    a_city(session)
    a_lot(session, code="CZ-001", name=HALL, lat=YARD[0], lon=YARD[1], filing_no="F1")
    source_id = a_source(session, name="east", static_url="https://gate.example/lots", adopts_lots=True)
    at = NOW

    def told(*records):
        nonlocal at
        [due] = service.claim_due(session, "me", at, Lane.FAST, 5)
        found = service.record_pull(session, due, Answered(Parsed(lots=records), 0.1), at)
        at += timedelta(days=2)
        [card] = lots.lot_cards(session, at.date(), [queries.links(session, source_id)["1"]])
        return [(each.kind, each.field, each.detail) for each in found.problems], card

    assert told(OWN)[0] == []
    return told


def listed(session):
    return {each.field for each in queries.differences(session)}


def test_a_feed_corrects_its_own_lot(session, tell):
    problems, card = tell(replace(OWN, name="东门新停车场", lat=32.0625))
    assert (problems, card.name, card.lat, listed(session)) == ([], "东门新停车场", 32.0625, set())


@pytest.mark.parametrize("name", [HALL, " 人民医院-东停车库", "人民医院\u200b东停车场"])
def test_no_feed_makes_a_lot_another_one_of_the_register(session, tell, name):
    rival = replace(OWN, name=name, lat=YARD[0], lon=YARD[1], address="路 1", spaces={SpaceClass.GENERAL: 70})
    for _ in range(2):
        problems, card = tell(rival)
        assert problems == [
            (ProblemKind.ANOTHER_LOT, "name", "the name of CZ-001"),
            (ProblemKind.ANOTHER_LOT, "lat, lon", "0 m from CZ-001"),
        ]
        assert (card.name, card.lat, card.lon) == (OWN.name, OWN.lat, OWN.lon)
        assert (card.address, card.spaces[0].capacity) == ("路 1", 70)
        assert listed(session) == {"name", "place"}
    assert tell(OWN)[0] == []
    assert listed(session) == set()


def test_a_jump_is_no_correction_and_a_name_of_its_own_is_taken_beside_it(session, tell):
    problems, card = tell(replace(OWN, name="西门", lat=32.07))
    assert problems == [(ProblemKind.ANOTHER_LOT, "lat, lon", "1112 m from where it stands")]
    assert (card.name, card.lat, listed(session)) == ("西门", OWN.lat, {"place"})
