"""Claims about mappings: kept with their history, used by sources, and what comes of a pull by one."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from integrations.registry import MAPPING_RULES, SOURCE_ADAPTERS
from parking.audit.models import AuditEntry
from parking.boundary.feeds import ParseContext
from parking.guidance import queries, service
from parking.guidance.errors import (
    MappingDoubtful,
    MappingInvalid,
    MappingUnknown,
    SourceInvalid,
    SourceNotSwitchedOn,
)
from parking.guidance.models import Pull
from parking.guidance.rules.pulls import Answered, PullKind
from parking.kernel.actors import CLI, Actor
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sources import a_source, a_source_draft

OFFICER = Actor("officer", "li")
URL = "https://gate.example/lots.csv"
TEXT = """version = 1
[document]
format = "csv"
[lots]
id = "id"
name = "name"
lat = "lat"
lon = "lon"
spaces = "total"
[counts]
id = "id"
time = { received = true }
[[counts.counters]]
free = "free"
capacity = "total"
"""
ODD = TEXT.replace('free = "free"', 'free = "total"')


@pytest.fixture(autouse=True)
def city(session):
    return a_city(session)


def save(session, text=TEXT, name="east", note=None, actor=OFFICER):
    return service.save_mapping(session, actor, name, text, MAPPING_RULES, NOW, note)


def a_mapped_source(session, name="east gate", **fields):
    return a_source(session, name=name, adapter="mapped", mapping="east", live_url=URL, **fields)


def versions(session, name="east"):
    return [(view.version, view.saved_by, view.note) for view in queries.mapping_versions(session, name)]


def pulled(session, source_id, kind, body: bytes):
    """A pull from the claim to the record, without the network."""
    due = service.claim_one(session, "test", NOW, source_id, kind)
    live = kind is PullKind.LIVE
    context = ParseContext(NOW, mapping=due.mapping, wants_lots=not live, wants_counts=live)
    parsed = SOURCE_ADAPTERS[due.adapter].parse(body, context)
    return service.record_pull(session, due, Answered(parsed), NOW)


def test_every_version_is_kept_with_who_saved_it_and_why(session):
    assert save(session) == 1
    assert save(session, TEXT + "# wider\n", note="the vendor renamed a column", actor=CLI) == 2
    assert save(session, TEXT + "# wider\n") == 2
    assert service.restore_mapping(session, OFFICER, "east", 1, MAPPING_RULES, NOW) == 3
    assert versions(session) == [
        (3, str(OFFICER), "恢复第 1 版"),
        (2, str(CLI), "the vendor renamed a column"),
        (1, str(OFFICER), None),
    ]
    assert queries.mapping_versions(session, "east")[0].text == TEXT
    told = select(AuditEntry.action).where(AuditEntry.subject_kind == "source_mapping")
    assert list(session.scalars(told)) == ["source_mapping:save"] * 3
    with pytest.raises(MappingUnknown):
        service.restore_mapping(session, OFFICER, "east", 9, MAPPING_RULES, NOW)


def test_a_faulty_mapping_is_not_kept_and_every_fault_has_its_line(session):
    with pytest.raises(MappingInvalid) as caught:
        save(session, TEXT.replace("csv", "cvs").replace('free = "free"', 'fre = "free"'))
    assert [problem.params["line"] for problem in caught.value.problems] == [3, 13, 14]
    for name in ("", "preset:x", "a/b", " x"):
        with pytest.raises(MappingInvalid):
            save(session, name=name)
    assert queries.mapping_versions(session) == []


def test_an_odd_mapping_needs_a_reason_typed_by_a_person(session):
    for note in (None, "  "):
        with pytest.raises(MappingDoubtful) as caught:
            save(session, ODD, note=note)
        assert [problem.code for problem in caught.value.problems] == ["same_field"]
    assert save(session, ODD, note="the lot tells its free spaces in this column") == 1


def test_a_mapped_source_needs_a_mapping_that_there_is_and_no_other_source_has_one(session):
    save(session)
    for fields in (
        {"adapter": "mapped"},
        {"adapter": "mapped", "mapping": "west"},
        {"adapter": "mapped", "mapping": "preset:nowhere"},
        {"adapter": "plain", "mapping": "east"},
    ):
        draft = a_source_draft(live_url=URL, **fields)
        with pytest.raises(SourceInvalid) as caught:
            service.add_source(session, CLI, draft, SOURCE_ADAPTERS, NOW, presets=MAPPING_RULES.presets)
        assert [problem.field for problem in caught.value.problems] == ["mapping"]
    a_mapped_source(session)
    assert queries.source_views(session)[0].mapping == "east"
    assert queries.mapping_versions(session)[0].sources == ("east gate",)


def test_a_source_waits_after_a_new_version_an_old_one_or_another_mapping_and_is_then_asked_in_full(session):
    save(session)
    save(session, name="west", text=TEXT + "# west\n")
    source_id = a_mapped_source(session)
    save(session)
    assert queries.running_readers(session, "east") == ["east gate"], "the same text again changes nothing"
    for change, text in (
        (lambda: save(session, TEXT + "# wider\n"), TEXT + "# wider\n"),
        (lambda: service.restore_mapping(session, OFFICER, "east", 1, MAPPING_RULES, NOW), TEXT),
        (
            lambda: service.use_mapping(session, OFFICER, source_id, "west", MAPPING_RULES.presets, NOW),
            TEXT + "# west\n",
        ),
    ):
        session.execute(update(Pull).values(etag="x", due_at=NOW.replace(year=2027)))
        change()
        session.expire_all()
        assert queries.running_readers(session, "east") == []
        with pytest.raises(SourceNotSwitchedOn):
            service.claim_one(session, "test", NOW, source_id, PullKind.LIVE)
        service.switch_on(session, OFFICER, source_id, None, NOW, reason="as before, but for a note")
        session.expire_all()
        [pull] = session.scalars(select(Pull))
        assert (pull.etag, pull.due_at) == (None, NOW)
        assert service.claim_one(session, "test", NOW, source_id, PullKind.LIVE).mapping == text
    with pytest.raises(MappingUnknown):
        service.use_mapping(session, OFFICER, source_id, "north", MAPPING_RULES.presets, NOW)


def test_only_a_mapped_source_uses_a_mapping(session):
    save(session)
    source_id = a_source(session, live_url=URL)
    with pytest.raises(SourceInvalid):
        service.use_mapping(session, OFFICER, source_id, "east", MAPPING_RULES.presets, NOW)


def test_a_pull_takes_counts_and_keeps_a_lot_without_a_place_as_a_candidate(session):
    save(session)
    source_id = a_mapped_source(session, static_url=URL)
    lot_id = a_lot(session).id
    service.link_lot(session, CLI, source_id, "P1", lot_id, NOW)
    body = b"id,name,lat,lon,total,free\nP1,A,32.062,120.621,50,7\nP2,B,,,20,3\n"
    static = pulled(session, source_id, PullKind.STATIC, body)
    assert (static.used, [problem.record for problem in static.problems]) == (2, ["P2"])
    assert [(lot.external_id, lot.spaces) for lot in queries.candidates(session, source_id)] == [
        ("P2", {"general": 20})
    ]
    live = pulled(session, source_id, PullKind.LIVE, body)
    assert (live.used, [problem.kind for problem in live.problems]) == (1, ["unknown_lot"])
    service.link_lot(session, CLI, source_id, "P2", a_lot(session).id, NOW)
    assert queries.candidates(session, source_id) == []
