"""Claims about adding, changing, linking and opening sources, against the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from integrations.registry import SOURCE_ADAPTERS
from parking.audit.models import AuditEntry
from parking.city.models import CityFact
from parking.guidance import queries, service
from parking.guidance.errors import (
    AdministratorOnly,
    LinkTaken,
    LotMissing,
    PullBusy,
    PullMissing,
    SourceExists,
    SourceInvalid,
    SourceUnknown,
)
from parking.guidance.models import Source
from parking.guidance.rules.pulls import Failed, Lane, PullKind
from parking.kernel.actors import CLI, SYSTEM, Actor
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sources import a_source, a_source_draft

URL = "https://gate.example/live?key=secret"
OFFICER = Actor("officer", "li")


@pytest.fixture(autouse=True)
def city(session):
    return a_city(session)


def load(session, *drafts):
    return service.load_sources(session, CLI, drafts, SOURCE_ADAPTERS, NOW)


def actions(session) -> list[str]:
    told = select(AuditEntry.action).where(AuditEntry.subject_kind == "source").order_by(AuditEntry.number)
    return list(session.scalars(told))


def test_a_new_source_is_due_at_once_and_audited_without_its_key(session):
    a_source(session, name="east", live_url=URL)
    [view] = queries.source_views(session)
    [pull] = view.pulls
    assert (pull.state, pull.due_at, pull.url) == ("provisioned", NOW, "https://gate.example/live?…")
    details = session.scalars(select(AuditEntry.details).where(AuditEntry.action == "source:add")).one()
    assert "secret" not in str(details)


def test_the_citys_limits_are_those_of_its_own_day(session):
    """At 17:00 UTC it is tomorrow in the city already."""
    now, tomorrow = datetime(2026, 11, 20, 17, 0, tzinfo=UTC), date(2026, 11, 21)
    key = "limits.unknown_after_s"
    session.merge(CityFact(key=key, from_on=tomorrow, value=777, set_at=NOW, set_by="cli"))
    session.flush()
    source = session.get(Source, a_source(session, now=now, live_url=URL))
    assert source.unknown_after_s == 777


def test_a_name_is_used_once(session):
    a_source(session, name="east", live_url=URL)
    with pytest.raises(SourceExists):
        a_source(session, name="east", live_url=URL)


def test_every_wrong_field_is_named_at_once(session):
    with pytest.raises(SourceInvalid) as refused:
        a_source(session, name="", adapter="telex", interval_s=1, live_url="gate")
    assert [problem.field for problem in refused.value.problems] == [
        "name",
        "adapter",
        "live_url",
        "interval_s",
    ]


def test_loading_twice_changes_nothing_and_says_so(session):
    lot = a_lot(session)
    draft = a_source_draft(name="east", live_url=URL, static_url=URL, lots={"A": lot.code})
    assert load(session, draft).added == ("east",)
    before = actions(session)
    assert load(session, draft).unchanged == ("east",)
    assert actions(session) == before


def test_loading_changes_what_differs_and_a_new_address_begins_anew(session):
    draft = a_source_draft(name="east", live_url=URL)
    load(session, draft)
    [due] = service.claim_due(session, "me", NOW, Lane.FAST, 5)
    service.record_pull(session, due, Failed("bad_status"), NOW)
    assert load(session, replace(draft, owner="East Ltd")).changed == ("east",)
    assert queries.source_views(session)[0].pulls[0].state == "failed"
    assert load(session, replace(draft, live_url="https://new.example/")).changed == ("east",)
    assert queries.source_views(session)[0].pulls[0].state == "provisioned"


def test_loading_tells_the_lots_that_the_register_lacks(session):
    lot = a_lot(session)
    loaded = load(session, a_source_draft(name="east", live_url=URL, lots={"A": lot.code, "B": "NONE"}))
    assert loaded.missing_lots == ("NONE",)
    assert queries.links(session, queries.by_name(session, "east").id) == {"A": lot.id}


def test_adding_a_source_of_a_lot_that_is_not_there_is_refused(session):
    with pytest.raises(LotMissing):
        a_source(session, live_url=URL, lots={"A": "NONE"})


def test_a_feeds_lot_speaks_for_one_lot_only(session):
    one, other = a_lot(session), a_lot(session)
    source_id = a_source(session, live_url=URL, lots={"A": one.code})
    service.link_lot(session, CLI, source_id, "A", one.id, NOW)
    with pytest.raises(LinkTaken):
        service.link_lot(session, CLI, source_id, "A", other.id, NOW)


def test_only_an_administrator_opens_a_private_range_and_that_is_audited(session):
    source_id = a_source(session, live_url=URL, allowed_networks=())
    for actor in (OFFICER, SYSTEM):
        with pytest.raises(AdministratorOnly):
            service.allow_networks(session, actor, source_id, ["10.0.0.0/8"], NOW)
    with pytest.raises(AdministratorOnly):
        draft = a_source_draft(live_url=URL, allowed_networks=("10.0.0.0/8",))
        service.add_source(session, OFFICER, draft, SOURCE_ADAPTERS, NOW)
    service.allow_networks(session, CLI, source_id, ["10.0.0.0/8"], NOW)
    assert queries.get(session, source_id).allowed_networks == ["10.0.0.0/8"]
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert (entry.action, entry.actor) == ("source:allow_networks", "cli:console")
    assert entry.details == {"before": [], "after": ["10.0.0.0/8"]}


def test_a_public_range_or_a_clouds_own_cannot_be_opened(session):
    source_id = a_source(session, live_url=URL)
    for network in ("0.0.0.0/0", "169.254.0.0/16", "8.8.8.0/24"):
        with pytest.raises(SourceInvalid):
            service.allow_networks(session, CLI, source_id, [network], NOW)


def test_what_was_claimed_and_not_begun_is_due_again(session):
    a_source(session, live_url=URL)
    due = service.claim_due(session, "me", NOW, Lane.FAST, 5)
    assert service.claim_due(session, "you", NOW, Lane.FAST, 5) == []
    service.give_back(session, "me", due)
    assert [pull.source_id for pull in service.claim_due(session, "you", NOW, Lane.FAST, 5)] == [
        due[0].source_id
    ]


def test_the_longest_due_are_claimed_first_and_no_more_than_asked(session):
    for late in range(5):
        a_source(session, name=f"late by {late}", live_url=URL, now=NOW.replace(second=30 - late))
    claimed = service.claim_due(session, "me", NOW.replace(second=40), Lane.FAST, 2)
    assert [due.source for due in claimed] == ["late by 4", "late by 3"]


def test_a_pull_by_hand_waits_for_the_one_that_is_running(session):
    source_id = a_source(session, live_url=URL)
    service.claim_due(session, "me", NOW, Lane.FAST, 5)
    with pytest.raises(PullBusy):
        service.claim_one(session, "you", NOW, source_id, PullKind.LIVE)
    with pytest.raises(PullMissing):
        service.claim_one(session, "you", NOW, source_id, PullKind.STATIC)


def test_static_and_live_are_disabled_apart(session):
    source_id = a_source(session, name="east", live_url=URL, static_url=URL)
    service.disable(session, CLI, source_id, NOW, [PullKind.STATIC])
    states = {pull.kind: pull.state for pull in queries.source_views(session)[0].pulls}
    assert states == {"static": "disabled", "live": "provisioned"}
    assert [due.kind for due in service.claim_due(session, "me", NOW, Lane.FAST, 5)] == ["live"]


def test_an_unknown_source_is_said_to_be_unknown(session):
    with pytest.raises(SourceUnknown):
        queries.by_name(session, "nobody")
    with pytest.raises(SourceUnknown):
        service.disable(session, CLI, "nobody", NOW)
