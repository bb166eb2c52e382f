"""Claims about previews: what a source would store, what is wrong with it, and when it may be switched on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from integrations.http import HardenedFetcher
from integrations.registry import MAPPING_RULES, SOURCE_ADAPTERS
from parking.audit.models import AuditEntry
from parking.boundary.feeds import ProblemKind
from parking.guidance import queries, service
from parking.guidance.errors import SourceDoubtful, SourceNotSwitchedOn
from parking.guidance.jobs import read_for_preview
from parking.guidance.models import Candidate, Difference, Pull, SourceLot
from parking.guidance.rules.preview import LotState
from parking.guidance.rules.pulls import Lane, PullKind
from parking.kernel.actors import CLI, Actor
from parking.kernel.geo import Box
from parking.lots.models import LedgerEntry, Lot
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sources import HandClock, a_source, a_source_draft
from tests.unit.guidance.test_mappings import TEXT, pulled

OFFICER = Actor("officer", "li")
URL = "https://gate.example/lots.csv?key=secret"
HEAD = "id,name,lat,lon,total,free\n"
GOOD = [f"G{n},车场{n},32.{100 + n},120.62,50,{n % 7}\n" for n in range(1, 100)]
FILTERED = TEXT.replace('id = "id"', 'id = "id"\nwhere = [{ path = "id", not = ["P"] }]')
ODD = TEXT.replace('free = "free"', 'free = "total"')


@pytest.fixture(autouse=True)
def city(session):
    return a_city(session)


def previewed(session, *rows, name="east", text=TEXT, bounds=None, **fields):
    """What a source of this name, stored or not, would store of one file of lots and counts."""
    usual = {"adapter": "mapped", "mapping": "east", "static_url": URL, "live_url": URL}
    draft = a_source_draft(name=name, **(usual | fields))
    pulls = queries.pulls_of_draft(session, draft, NOW, text)
    bodies = {URL: (HEAD + "".join(rows)).encode()}
    readings = read_for_preview(pulls, HardenedFetcher(), SOURCE_ADAPTERS, HandClock(), bodies)
    return service.preview(session, readings, MAPPING_RULES, NOW, bounds)


def a_mapped_source(session, text=TEXT, **fields):
    service.save_mapping(session, OFFICER, "east", text, MAPPING_RULES, NOW, "as the feed is")
    told = {"name": "east", "adapter": "mapped", "mapping": "east", "static_url": URL, "live_url": URL}
    return a_source(session, **(told | {"is_on": False} | fields))


def stored(session):
    """How many rows there are of everything that a pull writes."""
    tables = (Lot, LedgerEntry, SourceLot, Candidate, Difference, AuditEntry)
    return [session.scalar(select(func.count()).select_from(table)) for table in tables]


def test_a_preview_tells_new_known_near_placeless_and_vanished_lots_and_stores_nothing(session):
    known, near = a_lot(session, lat=32.10), a_lot(session, lat=32.05, name="人民医院停车场")
    gone = a_lot(session, lat=32.15)
    source_id = a_mapped_source(session)
    service.link_lots(session, CLI, source_id, {"P1": known.id, "P9": gone.id}, NOW)
    before = stored(session)
    told = previewed(
        session,
        f"P1,{known.name},32.10,120.62,120,7\n",
        "P2,新车场,32.12,120.62,60,99\n",
        "P3,人民医院,32.0503,120.62,80,0\n",
        "P4,无位置,,,20,3\n",
    )
    assert [(lot.record.external_id, lot.state) for lot in told.lots] == [
        ("P1", LotState.KNOWN), ("P2", LotState.NEW), ("P3", LotState.NEARBY),
    ]  # fmt: skip
    [change] = told.lots[0].changes
    assert (change.field, change.ours, change.theirs) == ("spaces.general", "100", "120")
    assert (told.lots[0].lot_code, told.lots[0].overwrites, told.changed) == (known.code, True, 1)
    [pair] = told.nearby
    assert (pair.external_id, pair.lot_id, pair.spaces, pair.lot_spaces) == ("P3", near.id, 80, 100)
    assert 30 < pair.distance_m < 37
    assert pair.likeness > 0.5
    assert [each.external_id for each in told.vanished] == ["P9"]
    assert [each.external_id for each in told.candidates] == ["P4"]
    assert [(each.record.external_id, each.name, each.lot_code) for each in told.counts] == [
        ("P1", known.name, known.code),
        ("P2", "新车场", None),
        ("P3", "人民医院", None),
        ("P4", "无位置", None),
    ]
    assert [(point.external_id, point.state) for point in told.points] == [
        (lot.record.external_id, lot.state) for lot in told.lots
    ]
    doubted = [group for group in told.problems if group.kind is ProblemKind.ABOVE_CAPACITY]
    assert [(group.total, group.example.detail, group.is_fault) for group in doubted] == [
        (1, "99 of 60", False)
    ]
    assert stored(session) == before


def test_a_preview_promises_no_lot_the_name_or_place_of_another(session):
    own, rival = a_lot(session, lat=32.10), a_lot(session, lat=32.05, name="人民医院停车场")
    source_id = a_mapped_source(session)
    service.link_lots(session, CLI, source_id, {"P1": own.id}, NOW)
    told = previewed(session, f"P1,{rival.name},32.05,120.62,120,7\n")
    assert [change.field for change in told.lots[0].changes] == ["spaces.general"]
    [kept] = [group for group in told.problems if group.kind is ProblemKind.ANOTHER_LOT]
    assert (kept.total, kept.example.record, kept.is_fault) == (2, "P1", False)


def test_problems_are_counted_by_kind_beyond_those_that_are_listed(session):
    bad = [f"B{n},坏,32.06,120.62,-1,3\n" for n in range(1500)]
    told = previewed(session, *bad, "P1,好,32.06,120.62,50,3\n")
    lots = {group.kind: group for group in told.problems if group.document is PullKind.STATIC}
    negative = lots[ProblemKind.NEGATIVE]
    assert (negative.total, negative.is_fault) == (1500, True)
    assert negative.first == tuple(str(row) for row in range(2, 12))
    assert negative.example.record == "B0"
    assert (lots[ProblemKind.UNKNOWN_LOT].total, lots[ProblemKind.UNKNOWN_LOT].is_fault) == (1, False)
    tally = told.tallies[PullKind.STATIC]
    assert (tally.records, tally.faulty) == (1501, 1500)


def test_a_row_that_is_wrong_is_one_faulty_record_though_lots_and_counts_read_it_and_no_place_is_no_fault(
    session,
):
    rows = ("P1,好,32.06,120.62,50,3\n", "P2,坏,32.07,120.62,六十,3\n", "P3,坏,32.08,120.62,60,六\n")
    rows += ("P4,无位置,,,20,3\n", "P5,坏,32.09,120.62,六,六\n", "P6,坏,x,120.62,9,3\n")
    told = previewed(session, *rows)
    tallies = {kind: (tally.records, tally.faulty) for kind, tally in told.tallies.items()}
    assert (tallies, told.faulty) == ({"static": (6, 3), "live": (6, 3)}, 4)
    kinds = {(group.kind, group.total, group.is_fault) for group in told.problems}
    assert (ProblemKind.NO_PLACE, 1, False) in kinds
    assert ProblemKind.MISSING_FIELD not in {kind for kind, *_ in kinds}
    # Each document tells the rows and the cause of its own faults.
    faults = {(g.document, g.first, g.example.detail) for g in told.problems if g.is_fault}
    wrong = "六十 is no number"
    assert faults == {("static", ("3", "6", "7"), wrong), ("live", ("3", "4", "6"), wrong)}
    apart = previewed(session, *rows, static_url=None)
    assert apart.faulty == 3


def test_what_screening_refuses_is_faulty_too_and_bounds_may_stand_in_for_the_citys(session):
    far = "P1,巴塞尔,47.56,7.59,50,3\n"
    told = previewed(session, far)
    assert (len(told.lots), told.tallies[PullKind.STATIC].faulty) == (0, 1)
    assert {"static_url: reads_nothing", "static_url: too_faulty"} == {
        f"{doubt.field}: {doubt.code}" for doubt in told.doubts
    }
    there = previewed(session, far, bounds=Box("Basel", 47.5, 7.5, 47.6, 7.7))
    assert (len(there.lots), there.doubts) == (1, ())


def test_a_source_that_adopts_lots_is_told_which_of_them_the_register_would_refuse(session):
    rows = ("P1,好,32.06,120.62,50,3\n", f"P2,{'长' * 250},32.07,120.62,50,3\n")
    told = previewed(session, *rows, adopts_lots=True)
    assert [lot.record.external_id for lot in told.lots] == ["P1"]
    assert [(group.kind, group.example.record) for group in told.problems] == [
        (ProblemKind.BAD_VALUE, "P2"), (ProblemKind.UNKNOWN_LOT, "P2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "text", "codes"),
    [
        ([*GOOD[:95], *["B,坏,0,0,1,1\n"] * 5], TEXT, []),
        ([*GOOD[:94], *["B,坏,0,0,1,1\n"] * 6], TEXT, ["too_faulty"]),
        ([*GOOD[:94], *["B,坏,0,0,1,1\n"] * 6, *["P,过,1,1,1,1\n"] * 900], FILTERED, ["too_faulty"]),
        ([], TEXT, ["reads_nothing", "reads_nothing"]),
        (GOOD, ODD, ["same_field"]),
    ],
    ids=[
        "5 % faulty",
        "6 % faulty",
        "6 % of those that the filters leave",
        "nothing read",
        "the same field twice",
    ],
)
def test_a_doubtful_source_is_switched_on_only_for_a_reason_that_is_kept(session, rows, text, codes):
    source_id = a_mapped_source(session, text)
    told = previewed(session, *rows, text=text)
    assert [doubt.code for doubt in told.doubts] == codes
    if codes:
        for reason in (None, "  "):
            with pytest.raises(SourceDoubtful) as caught:
                service.switch_on(session, OFFICER, source_id, told, NOW, reason)
            assert caught.value.problems == told.doubts
    assert service.claim_due(session, "test", NOW, Lane.FAST, 5) == []
    reason = "the operator promised to mend it" if codes else None
    service.switch_on(session, OFFICER, source_id, told, NOW, reason)
    assert len(service.claim_due(session, "test", NOW, Lane.FAST, 5)) == 2
    [view] = queries.source_views(session, "east")
    assert (view.switched_on_at, view.switched_on_by, view.switch_on_reason) == (NOW, str(OFFICER), reason)
    step = session.scalars(select(AuditEntry).where(AuditEntry.action == "source:switch_on")).one()
    assert (step.reason, step.details["doubts"]) == (reason, codes)


def test_nobody_switches_on_what_nobody_looked_at(session):
    source_id = a_mapped_source(session)
    other = previewed(session, *GOOD, name="another")
    for told in (None, other):
        with pytest.raises(SourceDoubtful) as caught:
            service.switch_on(session, OFFICER, source_id, told, NOW)
        assert [doubt.code for doubt in caught.value.problems] == ["not_previewed"]
    with pytest.raises(SourceNotSwitchedOn):
        service.enable(session, OFFICER, source_id, NOW)
    with pytest.raises(SourceNotSwitchedOn):
        service.claim_one(session, "test", NOW, source_id, PullKind.LIVE)


def test_an_address_that_gives_nothing_is_a_doubt_and_the_other_is_read(session):
    told = previewed(session, *GOOD, live_url="http://127.0.0.1:9/", allowed_networks=())
    assert [(doubt.field, doubt.code) for doubt in told.doubts] == [("live_url", "not_read")]
    assert (len(told.lots), told.failed[PullKind.LIVE].reason) == (99, "address_refused")


def test_another_mapping_has_to_be_looked_at_before_it_counts(session):
    source_id = a_mapped_source(session, is_on=True)
    service.save_mapping(session, OFFICER, "west", TEXT + "# west\n", MAPPING_RULES, NOW)
    service.use_mapping(session, OFFICER, source_id, "west", MAPPING_RULES.presets, NOW)
    assert service.claim_due(session, "test", NOW, Lane.FAST, 5) == []
    session.expire_all()
    assert {pull.state for pull in session.scalars(select(Pull))} == {"disabled"}
    assert queries.source_views(session, "east")[0].switched_on_at is None
    plain = a_source_draft(name="east", static_url=URL, live_url=URL)
    service.change_source(session, CLI, source_id, plain, SOURCE_ADAPTERS, NOW)
    service.switch_on(session, CLI, source_id, None, NOW, reason="its own format")
    assert len(service.claim_due(session, "test", NOW, Lane.FAST, 5)) == 2
    mapped = replace(plain, adapter="mapped", mapping="west")
    service.change_source(session, CLI, source_id, mapped, SOURCE_ADAPTERS, NOW)
    with pytest.raises(SourceNotSwitchedOn):
        service.enable(session, CLI, source_id, NOW)


def test_a_lot_close_to_one_of_ours_enters_the_register_only_once_a_person_says_that_it_is_another(session):
    """The preview says so before, and the pull keeps to it."""
    ours = a_lot(session, lat=32.05)
    source_id = a_mapped_source(session, is_on=True, adopts_lots=True)
    rows = (
        "P1,人民医院,32.0503,120.62,80,0\n",
        "P2,新车场,32.12,120.62,60,9\n",
        "P3,同一处,32.12,120.62,9,9\n",
    )
    told = previewed(session, *rows, adopts_lots=True)
    unknown = [group for group in told.problems if group.kind is ProblemKind.UNKNOWN_LOT]
    assert {(group.total, group.first) for group in unknown} == {(1, ("P1",))}
    recorded = pulled(session, source_id, PullKind.STATIC, (HEAD + "".join(rows)).encode())
    [problem] = recorded.problems
    assert (problem.record, problem.kind, problem.detail) == ("P1", "unknown_lot", f"33 m from {ours.code}")
    assert set(queries.links(session, source_id)) == {"P2", "P3"}
    service.link_lot(session, OFFICER, source_id, "P1", ours.id, NOW)
    assert pulled(session, source_id, PullKind.STATIC, (HEAD + "".join(rows)).encode()).problems == ()


@pytest.mark.parametrize(
    ("fields", "is_put_off"),
    [
        ({"live_url": "https://gate.example/other.csv"}, True),
        ({"time_zone": "UTC"}, True),
        ({"crs": "gcj02"}, True),
        ({"adopts_lots": True}, True),
        ({"adapter": "plain", "mapping": None}, True),
        ({"static_url": None}, False),
        ({"owner": "the town", "interval_s": 30, "rank": 1}, False),
    ],
)
def test_a_source_that_would_be_read_otherwise_waits_until_somebody_looked_again(session, fields, is_put_off):
    source_id = a_mapped_source(session, is_on=True)
    service.disable(session, OFFICER, source_id, NOW, [PullKind.LIVE])
    usual = {"name": "east", "adapter": "mapped", "mapping": "east", "static_url": URL, "live_url": URL}
    draft = a_source_draft(**(usual | fields))
    for changed in ((1, 0), (0, 1)):
        told = service.load_sources(session, OFFICER, [draft], SOURCE_ADAPTERS, NOW)
        assert (len(told.changed), len(told.unchanged)) == changed
        states = set(session.scalars(select(Pull.state)))
        assert (states == {"disabled"}) == (is_put_off or "static_url" in fields)
    if is_put_off:
        with pytest.raises(SourceNotSwitchedOn):
            service.enable(session, OFFICER, source_id, NOW)
    else:
        service.enable(session, OFFICER, source_id, NOW)


def test_an_address_that_is_added_is_not_asked_before_somebody_looked(session):
    source_id = a_mapped_source(session, is_on=True, static_url=None)
    draft = a_source_draft(name="east", adapter="mapped", mapping="east", static_url=URL, live_url=URL)
    service.change_source(session, OFFICER, source_id, draft, SOURCE_ADAPTERS, NOW)
    assert service.claim_due(session, "test", NOW, Lane.FAST, 5) == []
    service.switch_on(session, OFFICER, source_id, previewed(session, *GOOD), NOW)
    assert len(service.claim_due(session, "test", NOW, Lane.FAST, 5)) == 2
