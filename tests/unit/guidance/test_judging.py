"""Claims about judging all sources: one notice each, lower quality, and back to normal by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from parking.accounts.rules import OfficerRole
from parking.city.service import set_fact
from parking.guidance.models import Anomaly, CounterCourse, Pull, SourceNotice
from parking.guidance.queries.health import (
    anomalies_between,
    anomalies_of_lot,
    open_anomalies,
    source_health,
    sources_with_anomalies,
)
from parking.guidance.rules.health.kinds import AnomalyKind, Subject
from parking.guidance.rules.health.limits import Limits
from parking.guidance.service.courses import advance_courses, reckon_habits
from parking.guidance.service.judging import judge_sources
from parking.guidance.service.noticing import notice_sources
from parking.kernel.actors import CLI, SYSTEM
from parking.kernel.db.outbox import OutboxMessage
from parking.kernel.vocabulary import Mark, Quality, SpaceClass
from parking.lots.models import Lot
from parking.occupancy.queries import counter_views
from parking.occupancy.rules import SLOT, CountInput, public_count, slot_at_or_before
from parking.occupancy.service import fold_history, record_counts, set_count_by_hand
from tests.factories.accounts import an_officer
from tests.factories.city import NOW, a_city
from tests.factories.health import a_garage, tell_history
from tests.factories.lots import a_lot
from tests.factories.sources import a_source

END = slot_at_or_before(NOW)
HOUR = timedelta(hours=1)


@pytest.fixture
def lot(session):
    a_city(session)
    a_source(session, name="east", live_url="https://gate.example/live")
    return a_lot(session, code="L1", spaces={SpaceClass.GENERAL: 200, SpaceClass.CHARGING: 10})


@pytest.fixture
def tell(session, lot):
    def told(free, at, space_class=SpaceClass.GENERAL, source="east"):
        counts = [CountInput(lot.id, space_class, at, free=free)]
        record_counts(session, SYSTEM, source, counts, at)

    return told


@pytest.fixture
def past(session, lot, tell):
    """Nine days of a garage that moves all day."""
    tell(180, END)
    tell_history(session, lot.id, a_garage(), END, capacity=200, days=9)
    judge_sources(session, END + timedelta(minutes=1))


def told_of(session, lot, now, capacity=200):
    [view] = [view for view in counter_views(session, [lot.id]) if view.space_class == SpaceClass.GENERAL]
    return public_count(view, capacity, now)


def kinds(session):
    return [view.kind for view in open_anomalies(session)]


def stand_still(session, tell, free, hours):
    """One number, told every quarter; returns the instant after the last."""
    for quarter in range(1, hours * 4 + 1):
        tell(free, END + quarter * SLOT)
    now = END + hours * HOUR + timedelta(minutes=2)
    while fold_history(session, now):
        pass
    return now


def test_a_frozen_count_is_doubted_told_once_and_mended_by_its_next_move(session, lot, tell, past):
    an_officer(session, roles=(OfficerRole.ADMINISTRATOR,))
    now = stand_still(session, tell, 100, 7)
    assert judge_sources(session, now).opened == 1
    assert judge_sources(session, now + timedelta(minutes=3)).opened == 0
    [view] = open_anomalies(session)
    assert (view.kind, view.source, view.lot_code, view.space_class) == ("frozen", "east", "L1", "general")
    assert view.evidence["hours"] == 7
    assert view.began_at == END + SLOT
    assert told_of(session, lot, now).quality is Quality.SUSPECT
    assert told_of(session, lot, now).marks == (Mark.FROZEN,)
    assert session.scalar(select(func.count()).select_from(SourceNotice)) == 1
    tell(97, now + timedelta(minutes=4))
    after = judge_sources(session, now + timedelta(minutes=5))
    assert (after.opened, after.closed) == (0, 1)
    assert told_of(session, lot, now + timedelta(minutes=5)).quality is Quality.LIVE
    assert open_anomalies(session) == []
    assert [each.closed_at for each in anomalies_between(session, END, now)] == [now + timedelta(minutes=5)]
    assert session.scalar(select(SourceNotice.closed_at)) == now + timedelta(minutes=5)


def test_hours_in_which_a_lot_is_closed_do_not_count_as_standing_still(session, lot, tell, past):
    session.get(Lot, lot.id).opening_hours = "Mo-Su 06:00-08:00"
    session.flush()
    now = stand_still(session, tell, 100, 7)
    assert judge_sources(session, now).opened == 0


def test_all_that_is_odd_about_a_source_is_one_notice(session, lot, tell):
    an_officer(session, roles=(OfficerRole.ADMINISTRATOR,))
    tell(300, NOW)
    tell(90, NOW, SpaceClass.CHARGING)
    pull = session.scalars(select(Pull)).one()
    pull.silent_since_at = NOW - HOUR
    session.flush()
    judged = judge_sources(session, NOW)
    assert (judged.opened, judged.told) == (4, ("east",))
    assert sorted(kinds(session)) == ["above_capacity", "above_capacity", "silent", "sum_above_total"]
    assert sources_with_anomalies(session) == {"east": 4}
    [message] = session.scalars(select(OutboxMessage))
    assert message.payload["params"] == {"source": "east", "anomalies": 4, "lots": 1}
    assert {view.kind for view in anomalies_of_lot(session, lot.id)} >= {"above_capacity", "sum_above_total"}
    assert len(source_health(session, "east", NOW).anomalies) == 4
    assert told_of(session, lot, NOW).marks == (Mark.ABOVE_CAPACITY, Mark.SUM_ABOVE_TOTAL, Mark.CLAMPED)


def test_a_count_above_the_capacity_closes_after_some_calm_and_no_second_message_follows(session, lot, tell):
    an_officer(session, roles=(OfficerRole.ADMINISTRATOR,))

    def judge(free, minute):
        now = NOW + timedelta(minutes=minute)
        tell(free, now)
        judge_sources(session, now)
        return kinds(session)

    assert judge(300, 0) == [AnomalyKind.ABOVE_CAPACITY]
    assert judge(100, 3) == [AnomalyKind.ABOVE_CAPACITY]
    assert judge(100, 30) == []
    assert judge(300, 33) == [AnomalyKind.ABOVE_CAPACITY]
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 1
    assert session.scalar(select(func.count()).select_from(SourceNotice)) == 2


def test_a_source_that_is_odd_again_and_again_is_told_again_after_the_quiet_hours(session):
    """Twelve of them; what opened meanwhile and still stands is told when they are over."""
    a_city(session)
    odd = [Subject(AnomalyKind.SILENT, "east")]
    told = []
    for hours in range(0, 72, 8):
        for now, subjects in ((NOW + hours * HOUR, odd), (NOW + (hours + 1) * HOUR, [])):
            told += [hours for _ in notice_sources(session, subjects, Limits(), now)]
    assert told == [0, 16, 32, 48, 64]
    later = NOW + 80 * HOUR
    notice_sources(session, odd, Limits(), later)
    notice_sources(session, [], Limits(), later + 3 * HOUR)
    hours = (4, 11, 12, 30)
    assert [n for n in hours if notice_sources(session, odd, Limits(), later + n * HOUR)] == [12]


def test_a_count_set_by_hand_is_never_doubted(session, lot, tell):
    tell(300, NOW)
    judge_sources(session, NOW)
    later = NOW + timedelta(minutes=1)
    set_count_by_hand(session, CLI, lot.id, SpaceClass.GENERAL, later, free=50, reason="counted")
    judge_sources(session, later + timedelta(minutes=40))
    assert kinds(session) == []
    assert told_of(session, lot, later).marks == (Mark.HAND_SET,)


def test_the_bureaus_limit_holds_from_its_day_on(session, lot, tell):
    set_fact(session, CLI, "health.above_percent", 60, NOW.date(), NOW)
    tell(300, NOW)
    assert judge_sources(session, NOW).opened == 0


def test_what_was_odd_does_not_become_usual(session, lot, tell):
    def stuck(slot):
        return a_garage()(7 * 96 if 7 * 96 <= slot < 8 * 96 else slot)

    tell(180, END)
    tell_history(session, lot.id, stuck, END, capacity=200, days=9)
    past = END - 95 * SLOT
    span = {"began_at": END - 193 * SLOT, "opened_at": past, "seen_at": past, "closed_at": past}
    whose = {"source": "east", "lot_id": lot.id, "space_class": "general"}
    odd = Anomaly(kind="frozen", evidence={}, **whose, **span)
    session.add(odd)
    advance_courses(session, END)
    assert (reckon_habits(session, END), reckon_habits(session, END)) == (1, 0)
    course = session.get(CounterCourse, (lot.id, "general"))
    assert course.habit["longest_still"] < 8
    session.delete(odd)
    session.flush()
    assert reckon_habits(session, END + timedelta(days=1)) == 1
    session.refresh(course)
    assert course.habit["longest_still"] >= 96


def test_what_stands_is_measured_by_what_was_usual_before_however_long_ago(session, lot, past):
    """Its own quarters are never usual, so weeks later none of the days that are looked back at is."""
    course = session.get(CounterCourse, (lot.id, "general"))
    usual = dict(course.habit)
    span = {"began_at": END - 9 * 96 * SLOT, "opened_at": END, "seen_at": END}
    odd = Anomaly(
        kind="reversed",
        evidence={},
        source="east",
        lot_id=lot.id,
        space_class="general",
        closed_at=None,
        **span,
    )
    session.add(odd)
    session.flush()
    reckon_habits(session, END + timedelta(days=2))
    session.refresh(course)
    assert course.habit == usual
    odd.closed_at = END
    session.flush()
    reckon_habits(session, END + timedelta(days=4))
    session.refresh(course)
    assert course.habit != usual
