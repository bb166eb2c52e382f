"""A changed calendar and lost spaces change what is lent, and nobody is left standing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from parking.city.service import set_day
from parking.kernel.actors import CLI
from parking.kernel.vocabulary import SpaceClass
from parking.lots.models import LentSpan
from parking.lots.queries.lending import lent_spans
from parking.lots.rules import LedgerReason
from parking.lots.service import record_spaces
from parking.sharing.models import Window
from parking.sharing.queries.windows import windows_of
from parking.sharing.rules.windows import ClosedFor, WindowState
from parking.sharing.service.opening import materialise_windows
from parking.sharing.service.revising import lots_to_revise, revise
from tests.factories.city import NOW, a_city
from tests.factories.lots import a_lot
from tests.factories.sharing import an_agreement

DAY = timedelta(days=1)
WEEKEND = "Mo-Fr 18:00-07:30; Sa-Su,PH 00:00-24:00"
# A Sunday, three weeks ahead, on which people work.
SUNDAY = date(2026, 12, 13)
NOON = datetime.fromisoformat("2026-12-13T12:00+08:00")
EVENING = datetime.fromisoformat("2026-12-13T20:00+08:00")


def lent_at(session: Session, lot_id: str, at: datetime) -> list[int]:
    return [each.spaces for each in lent_spans(session, at, at + timedelta(seconds=1), [lot_id])]


@pytest.fixture
def lot_id(session: Session) -> str:
    a_city(session)
    return a_lot(session, spaces={SpaceClass.GENERAL: 12}).id


def a_made_up_sunday(session: Session, is_working: bool = True) -> None:
    set_day(session, CLI, SUNDAY, is_workday=is_working, name_zh="补班", name_en="make-up", now=NOW)


def settle(session: Session, now: datetime = NOW):
    told = [each for lot_id in lots_to_revise(session, now) for each in revise(session, lot_id, now)]
    return told, materialise_windows(session, now)


def test_a_day_that_becomes_a_working_day_is_lent_at_night_only(session, lot_id) -> None:
    told = an_agreement(session, lot_id, hours=WEEKEND, quota=5)
    assert lent_at(session, lot_id, NOON) == [5]
    assert lots_to_revise(session, NOW) == []
    a_made_up_sunday(session)
    revised, made = settle(session)
    assert {each.closed_for for each in revised} == {ClosedFor.CALENDAR} and not made.crowded
    assert not lent_at(session, lot_id, NOON)
    assert lent_at(session, lot_id, EVENING) == [5]
    # The Friday before is open to the Sunday's first hour, once; and all of it stays as it is.
    spans = [
        (each.from_at, each.until_at)
        for each in windows_of(session, told.id, NOW, NOW + 60 * DAY)
        if each.state is WindowState.OPEN
    ]
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert settle(session)[1].made == 0 and lots_to_revise(session, NOW) == []


def test_a_day_that_is_free_again_after_all_is_lent_as_before(session, lot_id) -> None:
    told = an_agreement(session, lot_id, hours=WEEKEND, quota=5)
    before = {(each.from_at, each.until_at) for each in windows_of(session, told.id, NOW, NOW + 60 * DAY)}
    a_made_up_sunday(session)
    settle(session)
    a_made_up_sunday(session, is_working=False)
    settle(session)
    after = {
        (each.from_at, each.until_at)
        for each in windows_of(session, told.id, NOW, NOW + 60 * DAY)
        if each.state is WindowState.OPEN
    }
    assert after == before


def test_lost_spaces_are_lent_to_nobody_from_their_day_on_and_come_back(session, lot_id) -> None:
    an_agreement(session, lot_id, quota=5)
    other = an_agreement(session, lot_id, quota=4)
    record_spaces(session, CLI, lot_id, SpaceClass.GENERAL, -6, LedgerReason.REMOVED, SUNDAY, NOW)
    assert lots_to_revise(session, NOW, NOW - DAY) == [lot_id]
    assert lots_to_revise(session, NOW, NOW + DAY) == []
    (revised,), made = settle(session)
    assert (revised.agreement_id, revised.closed_for) == (other.id, ClosedFor.SPACES)
    assert made.crowded == {other.id: revised.windows} and not made.made
    assert sorted(lent_at(session, lot_id, EVENING - 2 * DAY)) == [4, 5]
    assert lent_at(session, lot_id, EVENING) == [5]
    record_spaces(session, CLI, lot_id, SpaceClass.GENERAL, 3, LedgerReason.NEW_BUILD, SUNDAY, NOW)
    settle(session)
    assert sorted(lent_at(session, lot_id, EVENING)) == [4, 5]


def test_whoever_is_inside_keeps_the_space_where_the_others_are_gone(session, lot_id) -> None:
    told = an_agreement(session, lot_id, quota=5)
    running = EVENING.replace(year=2026, month=11, day=20, hour=22)
    session.execute(update(Window).where(Window.from_at < running).values(taken=2))
    record_spaces(
        session, CLI, lot_id, SpaceClass.GENERAL, -10, LedgerReason.REMOVED, date(2026, 11, 20), running
    )
    settle(session, running)
    first = windows_of(session, told.id, running, running + DAY)[0]
    assert (first.state, first.taken) == (WindowState.CLOSING, 2)
    assert lent_at(session, lot_id, running) == [2]
    assert not lent_at(session, lot_id, running + DAY)


def test_the_database_lends_no_more_than_was_agreed_nor_than_there_is_on_that_day(session, lot_id) -> None:
    told = an_agreement(session, lot_id, quota=5)
    span = session.scalars(select(LentSpan).where(LentSpan.agreement_id == told.id).limit(1)).one()
    twice = LentSpan(
        window_id="twice",
        agreement_id=told.id,
        lot_id=lot_id,
        space_class=span.space_class,
        from_at=span.from_at,
        until_at=span.until_at,
        spaces=1,
    )
    with pytest.raises(IntegrityError, match="agreement"), session.begin_nested():
        session.add(twice)
        session.flush()
    record_spaces(session, CLI, lot_id, SpaceClass.GENERAL, -9, LedgerReason.REMOVED, SUNDAY, NOW)
    late = update(LentSpan).where(LentSpan.from_at > NOON)
    with pytest.raises(IntegrityError, match="than lot"), session.begin_nested():
        session.execute(late.values(spaces=LentSpan.spaces + 1))
    session.execute(late.values(spaces=LentSpan.spaces - 1))
