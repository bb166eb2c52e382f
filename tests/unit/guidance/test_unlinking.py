"""Claims about links taken back: nothing told stays believed, nothing is lost, a lot has one id."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from parking.audit.models import AuditEntry
from parking.boundary.feeds import LotRecord, Parsed, ProblemKind
from parking.guidance import queries, service
from parking.guidance.errors import ClaimLost, LinkMissing, LotSpokenFor, UnlinkReasonMissing
from parking.guidance.models import Difference
from parking.guidance.rules.pulls import Answered, Lane
from parking.kernel.actors import CLI, SYSTEM, Actor
from parking.kernel.vocabulary import SpaceClass
from parking.occupancy import service as occupancy
from parking.occupancy.models import CountFact, HistorySlot
from parking.occupancy.queries import counter_views
from parking.occupancy.rules import CountInput
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sources import a_source

URL = "https://gate.example/live"
OFFICER = Actor("officer", "li")
LATER = NOW + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def city(session):
    return a_city(session)


def tell(session, lot, free, at=NOW, source="east"):
    told = CountInput(lot.id, SpaceClass.GENERAL, at, free=free)
    occupancy.record_counts(session, SYSTEM, source, [told], at)


def free_now(session, lot):
    return next((view.value for view in counter_views(session, [lot.id])), None)


def test_what_an_unlinked_source_told_is_believed_no_more_and_stays_in_history(session):
    wrong, right = a_lot(session), a_lot(session)
    source_id = a_source(session, name="east", live_url=URL, lots={"P1": wrong.code})
    [due] = service.claim_due(session, "me", NOW, Lane.FAST, 5)
    tell(session, wrong, 9, source="second")
    tell(session, wrong, 3)
    difference = Difference(
        source_id=source_id, external_id="P1", field="name", lot_id=wrong.id, ours="a", theirs="b",
        first_seen_at=NOW, last_seen_at=NOW,
    )  # fmt: skip
    session.add(difference)
    assert free_now(session, wrong) == 3
    service.unlink_lot(session, OFFICER, source_id, "P1", " 关错了 ", LATER)
    assert free_now(session, wrong) == 9
    assert session.scalar(select(func.count()).select_from(CountFact)) == 2
    session.refresh(difference)
    assert difference.settled_at == LATER
    assert queries.source_views(session)[0].pulls[0].due_at == LATER
    with pytest.raises(ClaimLost):
        service.record_pull(session, due, Answered(Parsed(), 0.1), LATER)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "source:unlink_lot")).one()
    assert (entry.actor, entry.reason) == ("officer:li", "关错了")
    assert entry.details == {"external_id": "P1", "lot_id": wrong.id}
    service.link_lot(session, OFFICER, source_id, "P1", right.id, LATER)
    tell(session, right, 4, LATER)
    assert (free_now(session, right), free_now(session, wrong)) == (4, 9)
    occupancy.fold_history(session, NOW + timedelta(hours=1))
    told = select(HistorySlot.occupied).where(HistorySlot.lot_id == wrong.id).order_by(HistorySlot.slot_at)
    assert session.scalars(told).first() is not None


def test_a_lot_linked_again_believes_only_what_is_told_since(session):
    lot = a_lot(session)
    source_id = a_source(session, name="east", live_url=URL, lots={"P1": lot.code})
    tell(session, lot, 7)
    service.unlink_lot(session, OFFICER, source_id, "P1", "编号有误", LATER)
    assert free_now(session, lot) is None
    service.link_lot(session, OFFICER, source_id, "P2", lot.id, LATER)
    assert free_now(session, lot) is None
    tell(session, lot, 3, LATER + timedelta(seconds=20))
    assert free_now(session, lot) == 3


def test_unlinking_needs_a_reason_and_a_link(session):
    lot = a_lot(session)
    source_id = a_source(session, live_url=URL, lots={"P1": lot.code})
    with pytest.raises(UnlinkReasonMissing):
        service.unlink_lot(session, CLI, source_id, "P1", "  ", NOW)
    with pytest.raises(LinkMissing):
        service.unlink_lot(session, CLI, source_id, "P2", "x", NOW)
    assert queries.links(session, source_id) == {"P1": lot.id}


def test_a_source_speaks_for_a_lot_by_one_id(session):
    lot = a_lot(session)
    source_id = a_source(session, live_url=URL, lots={"P1": lot.code})
    with pytest.raises(LotSpokenFor) as refused:
        service.link_lot(session, CLI, source_id, "P2", lot.id, NOW)
    assert refused.value.params["other"] == "P1"
    free = a_lot(session)
    with pytest.raises(LotSpokenFor):
        service.link_lots(session, CLI, source_id, {"P3": free.id, "P4": free.id}, NOW)
    with pytest.raises(LotSpokenFor):
        a_source(session, live_url=URL, lots={"A": lot.code, "B": lot.code})


def test_a_source_that_enters_lots_does_not_restore_a_link_taken_back(session):
    source_id = a_source(session, name="east", static_url=URL, adopts_lots=True)
    told = Parsed(lots=(LotRecord("P1", "东门停车场", 32.06, 120.62, spaces={SpaceClass.GENERAL: 9}),))

    def pulled(now):
        [due] = service.claim_due(session, "me", now, Lane.FAST, 5)
        return service.record_pull(session, due, Answered(told, 0.1), now)

    assert not pulled(NOW).problems
    service.unlink_lot(session, OFFICER, source_id, "P1", "不是这一个", LATER)
    moved = replace(told.lots[0], lat=32.07)
    told = Parsed(lots=(moved,))
    [problem] = pulled(LATER).problems
    assert (problem.record, problem.kind) == ("P1", ProblemKind.UNKNOWN_LOT)
    assert not queries.links(session, source_id)
