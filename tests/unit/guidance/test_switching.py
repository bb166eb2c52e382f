"""Claims about sources that are read otherwise, put off and switched on: what counts, what stays off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from integrations.registry import MAPPING_RULES, SOURCE_ADAPTERS
from parking.boundary.feeds import CountRecord, Parsed
from parking.guidance import queries, service
from parking.guidance.errors import SourceNotSwitchedOn
from parking.guidance.models import Pull, PullTally
from parking.guidance.queries.drafts import draft_of
from parking.guidance.queries.health import source_health
from parking.guidance.rules.health.tallies import from_json, hour_of
from parking.guidance.rules.pulls import Answered, PullKind
from parking.guidance.service.presets import note_presets
from parking.kernel.actors import CLI, Actor
from parking.kernel.vocabulary import SpaceClass
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sources import a_source, a_source_draft

OFFICER = Actor("officer", "li")
URL = "https://gate.example/live"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def city(session):
    return a_city(session)


def change(session, source_id, now, **fields):
    draft = replace(draft_of(session, queries.get(session, source_id).name), **fields)
    presets = MAPPING_RULES.presets
    return service.change_source(session, CLI, source_id, draft, SOURCE_ADAPTERS, now, presets=presets)


def course_of(session, source_id, kind="live"):
    pull = session.get_one(Pull, (source_id, kind), populate_existing=True)
    return from_json(pull.tally)


def counts(session, source_id, at, linked=()):
    """A live answer that tells one count of each lot."""
    due = service.claim_one(session, "me", at, source_id, PullKind.LIVE)
    records = tuple(CountRecord(lot, SpaceClass.GENERAL, at, free=5) for lot in linked)
    return service.record_pull(session, due, Answered(Parsed(counts=records)), at)


def hours_of(session, source_id, until_at, records, number):
    """So many hours that end at an instant, in each of which the most records of an answer were these."""
    told = {"attempts": 1, "successes": 1, "records": records, "problems": 0, "problem_kinds": {}}
    whose = {"source_id": source_id, "kind": "live", "least_records": records, "most_records": records}
    hours = (hour_of(until_at) - n * HOUR for n in range(1, number + 1))
    session.execute(insert(PullTally), [{"hour_at": hour_at, **whose, **told} for hour_at in hours])


def other_address(session, source_id):
    change(session, source_id, NOW, live_url="https://gate.example/half")


def other_address_while_off(session, source_id):
    service.disable(session, CLI, source_id, NOW)
    other_address(session, source_id)
    service.enable(session, CLI, source_id, NOW)


def other_mapping(session, source_id):
    service.use_mapping(session, CLI, source_id, "preset:basel", MAPPING_RULES.presets, NOW)
    service.switch_on(session, CLI, source_id, None, NOW, reason="a test knows what it gives")


def other_format(session, source_id):
    change(session, source_id, NOW, adapter="parkapi_v1")


@pytest.mark.parametrize(
    "read_otherwise", [other_address, other_address_while_off, other_format, other_mapping]
)
def test_of_what_is_read_otherwise_the_past_begins_with_the_change(session, read_otherwise):
    lots = {f"L{n}": a_lot(session).code for n in range(2)}
    mapped = {"adapter": "mapped", "mapping": "preset:freiburg"} if read_otherwise is other_mapping else {}
    source_id = a_source(session, name="east", live_url=URL, lots=lots, **mapped)
    counts(session, source_id, NOW - 30 * HOUR, lots)
    hours_of(session, source_id, NOW - HOUR, 2, 28)
    counts(session, source_id, NOW, lots)
    assert course_of(session, source_id).usual_records == 2
    read_otherwise(session, source_id)
    begun = course_of(session, source_id)
    assert (begun.usual_records, begun.answers, begun.tally.attempts) == (None, (), 1)
    for minutes in (1, 61):
        counts(session, source_id, NOW + timedelta(minutes=minutes), ["L0"])
        assert course_of(session, source_id).usual_records is None
    hours_of(session, source_id, NOW + 24 * HOUR, 1, 22)
    counts(session, source_id, NOW + 24 * HOUR, ["L0"])
    assert course_of(session, source_id).usual_records == 1
    [pull] = source_health(session, "east", NOW + 24 * HOUR).pulls
    assert pull.month.attempts == 1 + 28 + 1 + 2 + 22 + 1, "what was asked before stays counted"


def states_of(session, name):
    """Whether the source says that it is on, and what becomes of its pulls."""
    [view] = queries.source_views(session, name)
    return view.switched_on_at is not None, {pull.kind: pull.state for pull in view.pulls}


def test_a_mapped_source_made_plain_says_that_it_is_off_until_it_is_switched_on(session):
    source_id = a_source(session, name="east", live_url=URL, adapter="mapped", mapping="preset:basel")
    change(session, source_id, NOW, adapter="plain", mapping=None)
    assert states_of(session, "east") == (False, {"live": "disabled"})
    with pytest.raises(SourceNotSwitchedOn):
        service.enable(session, CLI, source_id, NOW)
    with pytest.raises(SourceNotSwitchedOn):
        service.claim_one(session, "me", NOW, source_id, PullKind.LIVE)
    change(session, source_id, NOW, owner="East Ltd")
    assert states_of(session, "east") == (False, {"live": "disabled"})
    service.switch_on(session, OFFICER, source_id, None, NOW, reason="the vendor's own format")
    assert states_of(session, "east") == (True, {"live": "provisioned"})


def test_a_plain_source_is_on_when_added_unless_it_is_to_be_looked_at_first(session):
    a_source(session, name="east", live_url=URL)
    assert states_of(session, "east") == (True, {"live": "provisioned"})
    draft = a_source_draft(name="west", live_url=URL)
    service.add_source(session, CLI, draft, SOURCE_ADAPTERS, NOW, waits=True)
    assert states_of(session, "west") == (False, {"live": "disabled"})


def test_a_pull_that_a_person_put_off_alone_stays_off_until_it_is_enabled_by_name(session):
    source_id = a_source(session, name="east", live_url=URL, static_url=URL)
    service.disable(session, OFFICER, source_id, NOW, [PullKind.STATIC])
    service.disable(session, CLI, source_id, NOW + HOUR)
    service.switch_on(session, CLI, source_id, None, NOW + HOUR, reason="the barrier is mended")
    assert states_of(session, "east")[1] == {"static": "disabled", "live": "provisioned"}
    told = {pull.kind: (pull.put_off_by, pull.put_off_at) for pull in queries.source_views(session)[0].pulls}
    assert told == {"static": (str(OFFICER), NOW), "live": (None, None)}
    service.disable(session, CLI, source_id, NOW, [PullKind.LIVE])
    service.switch_on(session, CLI, source_id, None, NOW, reason="all of it")
    assert states_of(session, "east")[1] == {"static": "provisioned", "live": "provisioned"}
    service.disable(session, CLI, source_id, NOW, [PullKind.STATIC])
    service.enable(session, CLI, source_id, NOW, [PullKind.STATIC])
    service.disable(session, CLI, source_id, NOW)
    service.switch_on(session, CLI, source_id, None, NOW, reason="it was enabled by name")
    assert states_of(session, "east")[1] == {"static": "provisioned", "live": "provisioned"}


def test_an_address_more_does_not_start_a_source_that_was_stopped(session):
    source_id = a_source(session, name="east", live_url=URL)
    service.disable(session, OFFICER, source_id, NOW)
    change(session, source_id, NOW, static_url=URL)
    assert states_of(session, "east")[1] == {"static": "disabled", "live": "disabled"}


def test_a_preset_that_an_upgrade_changed_is_told_until_somebody_switches_the_source_on_anew(session):
    source_id = a_source(session, name="east", live_url=URL, adapter="mapped", mapping="preset:basel")
    a_source(session, name="west", live_url=URL, adapter="mapped", mapping="preset:malaga")
    before = {"basel": "one", "malaga": "one"}
    after = before | {"basel": "two"}
    assert note_presets(session, before, NOW) == note_presets(session, before, NOW) == ()
    session.get_one(Pull, (source_id, "live")).etag = "x"
    assert note_presets(session, after, NOW + HOUR) == ("east",)
    assert note_presets(session, after, NOW + 2 * HOUR) == ()

    def told():
        return [view.preset_changed_at for view in queries.source_views(session)]

    assert (told(), states_of(session, "east")[0]) == ([NOW + HOUR, None], True), "an upgrade stops no city"
    assert session.get_one(Pull, (source_id, "live")).etag is None, "it is read anew, and in full"
    service.switch_on(session, OFFICER, source_id, None, NOW, reason="looked")
    assert told() == [None, None]
    service.use_mapping(session, CLI, source_id, "preset:malaga", MAPPING_RULES.presets, NOW)
    assert note_presets(session, after, NOW) == (), "another preset is no change of it"
