"""Claims about lots of a source that lie beside ours: a person says whether they are the same."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from parking.boundary.feeds import LotCandidate, LotRecord
from parking.guidance import queries, service
from parking.guidance.errors import CandidateNearby
from parking.guidance.service.candidates import keep_candidates, place_candidate
from parking.guidance.service.register import adopt_lots
from parking.kernel.actors import CLI
from parking.kernel.vocabulary import Datum, SpaceClass
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sources import a_source

LIVE = "https://gate.example/live"


@pytest.fixture(autouse=True)
def city(session):
    a_city(session)


def test_a_person_is_asked_about_a_near_lot_but_for_one_that_the_source_tells_apart_itself(session):
    ours = a_lot(session, lat=32.06, lon=120.62)
    source_id, other_id = a_source(session, live_url=LIVE), a_source(session, live_url=LIVE)
    service.link_lots(session, CLI, source_id, {"door": ours.id}, NOW)
    for each in (source_id, other_id):
        keep_candidates(session, each, [LotCandidate("yard", "后院")], NOW)
    place = ((32.0603, 120.62), Datum.WGS84, NOW)
    with pytest.raises(CandidateNearby) as refused:
        place_candidate(session, CLI, other_id, "yard", *place)
    assert (refused.value.params["code"], refused.value.params["metres"]) == (ours.code, 33)
    entered = place_candidate(session, CLI, source_id, "yard", *place)
    assert queries.links(session, source_id) == {"door": ours.id, "yard": entered}


def test_many_lots_are_taken_in_with_as_few_statements_about_links_as_one(session):
    source_id = a_source(session, live_url=LIVE)
    seen: list[str] = []

    event.listen(session.connection(), "before_cursor_execute", lambda *told: seen.append(told[2]))
    told = [LotRecord(each, f"车场{each}", 32.06, 120.62, spaces={SpaceClass.GENERAL: 9}) for each in "abcd"]
    adopt_lots(session, CLI, source_id, told[:1], NOW)
    seen.clear()
    adopt_lots(session, CLI, source_id, told, NOW)
    assert sum("INSERT INTO source_lots" in statement for statement in seen) == 1
    assert sum(statement.startswith("UPDATE pulls") for statement in seen) == 2
    assert set(queries.links(session, source_id)) == set("abcd")
