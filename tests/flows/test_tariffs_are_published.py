"""A tariff is drafted, tried, published by another, given to lots, and followed by a later version."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from parking.audit.models import AuditEntry
from parking.city import service as city
from parking.kernel.actors import CLI, Actor
from parking.kernel.db.changes import ChangeListener
from parking.kernel.db.engine import Sessions
from parking.kernel.db.unit_of_work import unit_of_work
from parking.kernel.vocabulary import LotKind
from parking.tariffs import queries, service
from parking.tariffs.errors import (
    AlreadyInForce,
    AuthorMayNotApprove,
    CodeTaken,
    NotADraft,
    NotPublishable,
    TariffRefused,
    VersionChanged,
)
from parking.tariffs.queries import VersionView
from parking.tariffs.rules.errors import TariffInvalid
from parking.tariffs.rules.examples import Example
from parking.tariffs.rules.quotes import Stay
from parking.tariffs.rules.versions import Price
from tests.databases import Database
from tests.factories.city import NOW, SINCE, a_city
from tests.factories.lots import a_lot
from tests.factories.tariffs import APPROVER, AUTHOR, a_draft, a_tariff, hourly

TODAY = date(2026, 11, 20)
TOMORROW, NEXT_MONTH = date(2026, 11, 21), date(2026, 12, 1)
TWO_HOURS = Stay(NOW, NOW + timedelta(hours=2))


def zoned(*zones: str) -> dict[str, Any]:
    document = hourly()
    choices = [{"plan": "hourly", "zones": [zone]} for zone in zones]
    return document | {"choices": [*choices, {"plan": "hourly"}]}


def version(session: Session, version_id: str) -> VersionView:
    session.expire_all()
    return queries.version(session, version_id)


def test_what_does_not_come_out_or_has_no_example_is_not_published(session: Session) -> None:
    a_city(session)
    tariff_id = service.create_tariff(session, AUTHOR, "A-1", "计时收费", LotKind.OFF_STREET, NOW)
    with pytest.raises(CodeTaken):
        service.create_tariff(session, AUTHOR, "A-1", "又一个", LotKind.OFF_STREET, NOW)
    with pytest.raises(TariffInvalid) as invalid:
        service.save_draft(session, AUTHOR, tariff_id, hourly(hour_fen=-1), SINCE, [], NOW)
    assert [each.field for each in invalid.value.problems] == [
        "plans.hourly.schedules[0].bands[0].steps[0].fen"
    ]
    draft_id = service.save_draft(session, AUTHOR, tariff_id, hourly(), SINCE, [], NOW)
    with pytest.raises(NotPublishable) as refused:
        service.publish(session, APPROVER, draft_id, NOW)
    assert [each.field for each in refused.value.problems] == ["examples"]
    examples = [Example(NOW, NOW + timedelta(hours=2), fen) for fen in (600, 700)]
    service.save_draft(session, AUTHOR, tariff_id, hourly(), SINCE, examples, NOW, version_id=draft_id)
    with pytest.raises(NotPublishable) as refused:
        service.publish(session, APPROVER, draft_id, NOW)
    (problem,) = refused.value.problems
    assert (problem.field, dict(problem.params)) == ("examples[1]", {"expected_fen": 700, "fee_fen": 600})
    assert version(session, draft_id).state == "draft"


def test_a_draft_is_approved_by_another_who_saw_its_last_edit_and_only_once(session: Session) -> None:
    a_city(session)
    draft_id = a_draft(session)
    with pytest.raises(AuthorMayNotApprove):
        service.publish(session, AUTHOR, draft_id, NOW)
    seen = version(session, draft_id)
    service.save_draft(
        session, AUTHOR, seen.tariff_id, hourly(500), SINCE, [], NOW, version_id=draft_id, seen=seen.edits
    )
    with pytest.raises(VersionChanged):
        service.publish(session, APPROVER, draft_id, NOW, seen=seen.edits)
    two_hours = [Example(NOW, NOW + timedelta(hours=2), 1000)]
    service.save_draft(
        session, AUTHOR, seen.tariff_id, hourly(500), SINCE, two_hours, NOW, version_id=draft_id
    )
    service.publish(session, APPROVER, draft_id, NOW, seen=version(session, draft_id).edits)
    with pytest.raises(NotADraft):
        service.publish(session, APPROVER, draft_id, NOW)
    with pytest.raises(NotADraft):
        service.save_draft(session, AUTHOR, seen.tariff_id, hourly(), SINCE, [], NOW, version_id=draft_id)
    published = version(session, draft_id)
    assert (published.made_by, published.approved_by) == (str(AUTHOR), str(APPROVER))
    alone = a_draft(session)
    city.set_fact(session, CLI, "tariffs.four_eyes", False, SINCE, NOW)
    service.publish(session, AUTHOR, alone, NOW)


def test_a_later_version_begins_after_today_and_is_taken_back_only_before_it_does(session: Session) -> None:
    a_city(session)
    lot = a_lot(session)
    tariff_id = a_tariff(session, [lot.id])
    first = queries.versions(session, tariff_id)[0]
    today = a_draft(session, hourly(500), tariff_id=tariff_id, from_on=TODAY)
    with pytest.raises(NotPublishable) as refused:
        service.publish(session, APPROVER, today, NOW)
    assert [(each.field, each.code) for each in refused.value.problems] == [("from_on", "past")]
    coming = a_draft(session, hourly(500), tariff_id=tariff_id, from_on=NEXT_MONTH)
    service.publish(session, APPROVER, coming, NOW)
    clash = a_draft(session, hourly(600), tariff_id=tariff_id, from_on=NEXT_MONTH)
    with pytest.raises(NotPublishable):
        service.publish(session, APPROVER, clash, NOW)
    (view,) = queries.tariffs(session, TODAY)
    assert (view.lots, view.in_force, view.coming) == (1, first, version(session, coming))
    with pytest.raises(AlreadyInForce):
        service.withdraw(session, APPROVER, first.id, "写错了", NOW)
    with pytest.raises(AlreadyInForce):
        service.withdraw(session, APPROVER, coming, "太晚了", NOW + timedelta(days=20))
    service.withdraw(session, APPROVER, coming, "改革推迟", NOW)
    book = queries.tariff_book(session, NOW)
    assert [each.version_id for each in book.timeline(lot.id)] == [first.id]
    steps = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == coming)).all()
    assert sorted(steps) == [
        "tariff_version:drafted",
        "tariff_version:published",
        "tariff_version:withdrawn",
    ]


def test_a_lot_takes_another_tariff_from_a_later_day_and_a_zone_that_the_tariff_names(
    session: Session,
) -> None:
    a_city(session)
    lot = a_lot(session)
    dear, cheap = (
        a_tariff(session, [], zoned("一类"), name="贵"),
        a_tariff(session, [], hourly(100), name="便宜"),
    )
    assert queries.quote_for(session, lot.id, TWO_HOURS).price is Price.UNKNOWN
    with pytest.raises(TariffRefused):
        service.assign(session, APPROVER, lot.id, dear, "二类", SINCE, NOW)
    for far in (date.min, date.max):
        # One such row would leave the calendar, and with it the whole city without prices.
        with pytest.raises(TariffRefused):
            service.assign(session, APPROVER, lot.id, dear, "一类", far, NOW)
        with pytest.raises(TariffRefused):
            a_draft(session, tariff_id=cheap, from_on=far)
    assert service.assign(session, APPROVER, lot.id, dear, "一类", SINCE, NOW)
    assert not service.assign(session, APPROVER, lot.id, dear, "一类", TOMORROW, NOW)
    with pytest.raises(TariffRefused):
        service.assign(session, APPROVER, lot.id, cheap, None, TODAY, NOW)
    assert service.assign(session, APPROVER, lot.id, cheap, None, TOMORROW, NOW)
    assert service.assign(session, APPROVER, lot.id, None, None, NEXT_MONTH, NOW)
    told = [
        queries.quote_for(
            session, lot.id, replace(TWO_HOURS, entered_at=at, until_at=at + timedelta(hours=2))
        )
        for at in (NOW, NOW + timedelta(days=1), NOW + timedelta(days=30))
    ]
    assert [each.quote and each.quote.fee_fen for each in told] == [600, 200, None]
    (having,) = queries.lots_of(session, dear, TODAY)
    assert (having.lot_id, having.zone, having.until_on) == (lot.id, "一类", TOMORROW)
    # What is only drafted prices nothing: a lot in its zone would be priced as all the others.
    a_draft(session, zoned("四类"), tariff_id=dear, from_on=NEXT_MONTH)
    with pytest.raises(TariffRefused) as refused:
        service.assign(session, APPROVER, lot.id, dear, "四类", NEXT_MONTH, NOW)
    assert [each.field for each in refused.value.problems] == ["zone"]
    # A version that forgets a zone where lots lie would price them as all the others.
    forgets = a_draft(session, zoned("三类"), tariff_id=dear, from_on=NEXT_MONTH)
    service.assign(session, APPROVER, a_lot(session).id, dear, "一类", SINCE, NOW)
    with pytest.raises(NotPublishable) as refused:
        service.publish(session, APPROVER, forgets, NOW)
    assert [each.code for each in refused.value.problems] == ["zone_missing"]


def test_who_quotes_hears_of_a_publication_and_the_book_is_read_again(
    sessions: Sessions, database: Database
) -> None:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        lot = a_lot(uow.session)
        tariff_id = a_tariff(uow.session, [lot.id])
    with sessions() as session:
        before = queries.tariff_book(session, NOW)
        assert queries.tariff_book(session, NOW, before) is before
    assert before.quote(lot.id, TWO_HOURS).quote.fee_fen == 600
    listener = ChangeListener(database.url)
    try:
        with unit_of_work(sessions) as uow:
            coming = a_draft(uow.session, hourly(500), tariff_id=tariff_id, from_on=NEXT_MONTH)
            service.publish(uow.session, APPROVER, coming, NOW)
        heard = next(listener.changes(timeout_s=10))
    finally:
        listener.close()
    assert heard == ("tariffs", frozenset({tariff_id}))
    with sessions() as session:
        after = queries.tariff_book(session, NOW, before)
    assert after.of(lot.id, NOW).key != before.of(lot.id, NOW).key
    assert after.of(lot.id, NOW).next_version.version_id == coming
    # What was read of the first version serves on.
    assert after.of(lot.id, NOW).rules is before.of(lot.id, NOW).rules
    in_december = Stay(NOW + timedelta(days=20), NOW + timedelta(days=20, hours=2))
    assert after.quote(lot.id, in_december).quote.fee_fen == 1000


def test_of_two_officers_who_publish_at_once_one_does(sessions: Sessions) -> None:
    with unit_of_work(sessions) as uow:
        a_city(uow.session)
        draft_id = a_draft(uow.session)

    def publish(officer: str) -> str:
        try:
            with unit_of_work(sessions) as uow:
                service.publish(uow.session, Actor("officer", officer), draft_id, NOW)
        except NotADraft as late:
            return late.code
        return f"officer:{officer}"

    with ThreadPoolExecutor(2) as officers:
        told = sorted(officers.map(publish, ("first", "second")))
    with sessions() as session:
        assert told[1] == "tariff_not_a_draft"
        assert queries.version(session, draft_id).approved_by == told[0]
        asked = select(func.count()).where(AuditEntry.action == "tariff_version:published")
        assert session.scalar(asked.select_from(AuditEntry)) == 1
