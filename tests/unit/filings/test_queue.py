"""The bureau sees what it owes, first what is due first, page by page and only its districts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from parking.city.service import set_fact
from parking.filings import queries, service
from parking.filings.errors import QueuePlaceUnreadable
from parking.filings.rules import FilingKind, FilingState, Item
from parking.kernel.actors import CLI, SYSTEM
from tests.factories.city import DISTRICTS, NOW
from tests.factories.filings import a_draft, a_filed_lot, accepted, submitted

TODAY = date(2026, 11, 20)
WEST = {"lat": 32.06, "lon": 120.60, "datum": "wgs84"}


@pytest.fixture
def waiting(session, office):
    """Five that were handed in on five days, the newest first; the last one lies in the west."""
    made = []
    for days in range(5):
        place = {"district_code": DISTRICTS[1], "position": WEST} if days == 4 else {}
        draft = a_draft(session, office, name=f"第{days}停车场", **place)
        made.append(submitted(session, office, draft, NOW - timedelta(days=days)))
    a_draft(session, office, name="还在起草")
    return made


def names(page) -> list[str]:
    return [row.lot_name for row in page.rows]


def test_pages_follow_each_other_by_due_date_without_gap_or_repetition(session, waiting):
    shown, after = [], None
    for _ in range(3):
        page = queries.queue(session, today=TODAY, limit=2, after=after)
        shown += page.rows
        after = page.next_after
    assert after is None
    assert {row.id for row in shown} == {each.id for each in waiting} and len(shown) == 5
    assert [row.due_on for row in shown] == sorted(row.due_on for row in shown)
    # Decided in between: the next page goes on behind the last row that was shown, wherever that is now.
    first = queries.queue(session, today=TODAY, limit=2)
    assert names(queries.queue(session, today=TODAY, after=first.next_after, limit=9)) == [
        row.lot_name for row in shown[2:]
    ]
    with pytest.raises(QueuePlaceUnreadable):
        queries.queue(session, today=TODAY, after="2026-13-45~x")


def test_the_queue_is_narrowed_by_district_state_words_and_officer(session, office, waiting):
    west = queries.queue(session, today=TODAY, districts={DISTRICTS[1]})
    assert names(west) == ["第4停车场"]
    taken = accepted(session, office, waiting[0])
    service.claim(session, office.officer, taken.id, NOW)
    assert names(queries.queue(session, today=TODAY, state=FilingState.ACCEPTED)) == ["第0停车场"]
    assert names(queries.queue(session, today=TODAY, claimed_by=office.reviewer.id)) == ["第0停车场"]
    assert names(queries.queue(session, today=TODAY, text="第2")) == ["第2停车场"]
    assert names(queries.queue(session, today=TODAY, text="%")) == []
    assert names(queries.queue(session, today=TODAY, kind=FilingKind.CLOSURE)) == []
    assert len(names(queries.queue(session, today=TODAY, order="newest"))) == 5


def test_counts_say_what_is_late(session, office, waiting):
    later = TODAY + timedelta(days=4)
    counts = queries.queue_counts(session, today=later, officer=office.reviewer.id)
    late = queries.queue(session, today=later, overdue_only=True)
    assert counts.overdue == len(late.rows) == sum(each.due_on < later for each in waiting) > 0
    assert (counts.waiting, counts.mine, counts.with_operators) == (5, 0, 0)
    service.claim(session, office.officer, waiting[0].id, NOW)
    items = [Item("name", "unreadable")]
    service.request_correction(session, office.second, waiting[1].id, waiting[1].version, items, NOW)
    counts = queries.queue_counts(session, today=TODAY, officer=office.reviewer.id)
    assert (counts.waiting, counts.mine, counts.with_operators) == (4, 1, 1)


def test_what_the_bureau_lets_pass_is_deemed_accepted(session, office, waiting):
    oldest = waiting[-1]
    last_day = NOW + (oldest.due_on - TODAY)
    assert service.lapse_filing(session, oldest.id, last_day) is None
    assert service.lapse_filing(session, oldest.id, last_day + timedelta(days=1)) == "deemed_accepted"
    taken = queries.filing(session, oldest.id)
    assert taken.state is FilingState.ACCEPTED
    assert (taken.steps[-1].actor, taken.notices[-1].content["deemed"]) == (str(SYSTEM), True)
    # A decision that is late stays owed: nobody is filed by the clock.
    assert service.lapse_filing(session, oldest.id, NOW + timedelta(days=90)) is None


def test_a_correction_that_never_comes_lapses_after_a_reminder(session, office, waiting):
    filing = waiting[0]
    items = [Item("name", "unreadable")]
    service.request_correction(session, office.officer, filing.id, filing.version, items, NOW)
    asked = queries.filing(session, filing.id)
    assert service.remind(session, filing.id, NOW)
    assert not service.remind(session, filing.id, NOW)
    day_after = NOW + (asked.due_on - TODAY) + timedelta(days=1)
    assert service.lapse_filing(session, filing.id, day_after) == "lapsed"
    assert queries.filing(session, filing.id).state is FilingState.ABANDONED


def test_without_deemed_acceptance_a_late_answer_stays_owed(session, office, waiting):
    set_fact(session, CLI, "filings.deemed_acceptance", False, TODAY, NOW)
    assert service.lapse_filing(session, waiting[0].id, NOW + timedelta(days=30)) is None


def test_an_organisation_sees_its_own_filings_last_touched_first(session, office, waiting):
    _, filing = a_filed_lot(session, office, now=NOW + timedelta(hours=1))
    listed = queries.filings_of(session, office.organisation_id, limit=3)
    assert listed[0].id == filing.id and len(listed) == 3
    more = queries.filings_of(session, office.organisation_id, after=listed[-1].id)
    assert not {row.id for row in more} & {row.id for row in listed} and len(more) == 4
    assert [row.id for row in queries.filings_of(session, office.organisation_id, FilingState.APPROVED)] == [
        filing.id
    ]
