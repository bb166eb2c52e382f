"""The service level: minutes with a fresh, sane count of the minutes that were owed, day by day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from parking.kernel.actors import CLI, SYSTEM
from parking.kernel.days import day_span
from parking.kernel.vocabulary import SpaceClass
from parking.lots.models import Lot
from parking.lots.service import change_lot
from parking.occupancy.models import CountFact, LevelDay
from parking.occupancy.queries import (
    level_months,
    levels_by_source_and_lot,
    service_levels,
    source_level_days,
    source_levels,
)
from parking.occupancy.rules import (
    SLOT,
    CountInput,
    PassageInput,
    ServiceLevel,
    Spoilt,
    fold,
    minutes_in,
    public_count,
    slot_minutes,
    stand,
    view_of,
)
from parking.occupancy.service import (
    declare_source,
    fold_history,
    record_counts,
    record_passages,
    set_count_by_hand,
    withdraw_source,
    write_level_day,
)
from parking.portals._http.formats import share
from tests.factories.occupancy import TERMS, at, days_of_facts

GENERAL = SpaceClass.GENERAL
ON, NEXT = date(2026, 11, 21), date(2026, 11, 22)
DAY_OVER = 24 * 60 + 2
MANUAL = Path(__file__).parents[3] / "docs" / "operations.md"


@pytest.fixture
def tell(session, lot):
    """Let a source tell ten free spaces at each of these minutes."""

    def told(minutes, source="feed"):
        counts = [CountInput(lot.id, GENERAL, at(minute), free=10) for minute in minutes]
        record_counts(session, SYSTEM, source, counts, at(max(minutes)))
        connect(session, lot, 0)

    return told


def connect(session, lot, minute, hours=None):
    values = {"connected_since_at": at(minute), "opening_hours": hours}
    session.execute(update(Lot).where(Lot.id == lot.id).values(values))


def write(session, *spoilt, now=DAY_OVER):
    while fold_history(session, at(now)):
        pass
    return write_level_day(session, ON, spoilt, at(now))


def level(session, lot):
    return service_levels(session, [lot.id], ON, NEXT).get(lot.id)


@given(days_of_facts(), st.integers(1, 96), st.none() | st.integers(0, 30))
def test_the_minutes_of_a_quarter_are_what_the_public_was_told_at_their_starts(facts, slot, withdrawn):
    end = at(15 * slot)
    withdrawn_at = None if withdrawn is None else end - timedelta(minutes=withdrawn)
    terms = {**TERMS, "believed": replace(TERMS["believed"], withdrawn_at=withdrawn_at)}
    found = slot_minutes(stand(facts), terms, "lot", GENERAL, 40, end)
    for minute in range(15):
        start = end - SLOT + timedelta(minutes=minute)
        folded = fold(facts, start, terms)
        told = public_count(view_of("lot", GENERAL, folded), 40, start).quality if folded else "unknown"
        if folded and folded.hand_set and folded.as_of == folded.base_at and told != "unknown":
            told = "by hand"
        bits = [name for name in ("live", "suspect", "unknown") if getattr(found, name) >> minute & 1]
        assert bits == [told for told in [told] if told not in ("ageing", "by hand")]


def test_the_example_of_the_manual_comes_out_as_it_says(session, lot, tell):
    tell([*range(480, 720, 5), *range(780, 1440, 5)])
    connect(session, lot, 480, hours="Mo-Su 07:00-21:00")
    write(session, Spoilt("feed", at(18 * 60), at(18 * 60 + 30), lot.id))
    found = level(session, lot)
    assert found == ServiceLevel(due=780, fresh=690, suspect=30, unknown=50)
    line = (
        f"due {found.due} = fresh {found.fresh} + not sane {found.suspect} + late {found.late}"
        f" + unknown {found.unknown}; level {share(found.share)}"
    )
    assert line in MANUAL.read_text()


def test_a_day_is_written_again_alike_and_stays_when_its_facts_are_gone(session, lot, tell):
    tell([0, 4, 12, 40])
    assert write(session)
    first = level(session, lot)
    assert first == ServiceLevel(due=1440, fresh=9 + 5 + 5, suspect=0, unknown=13 + 1440 - 55)
    written = session.scalars(select(LevelDay.written_at)).all()
    assert write_level_day(session, ON, [], at(DAY_OVER + 60))
    assert session.scalars(select(LevelDay.written_at)).all() == written
    session.execute(delete(CountFact))
    assert not write_level_day(session, ON, [], at(10 * 1440))
    assert level(session, lot) == first
    assert level_months(session, lot.id, date(2026, 1, 1), NEXT) == {date(2026, 11, 1): first}


def test_each_minute_is_judged_by_the_hours_that_stood_then_whatever_they_are_changed_to(session, lot, tell):
    tell([0, 720])
    connect(session, lot, 0, hours="Mo-Su 00:00-20:00")
    change_lot(session, SYSTEM, lot.id, {"opening_hours": "Mo-Su 22:00-23:00"}, at(18 * 60))
    write(session)
    first = level(session, lot)
    assert first.due == 18 * 60 + 60
    change_lot(session, SYSTEM, lot.id, {"opening_hours": "Mo-Su 03:00-03:01"}, at(DAY_OVER + 5))
    change_lot(session, SYSTEM, lot.id, {"opening_hours": "24/7"}, at(DAY_OVER + 9))
    assert write_level_day(session, ON, [], at(DAY_OVER + 60))
    assert level(session, lot) == first


def test_a_source_owes_nothing_while_it_is_withdrawn(session, lot, tell):
    tell([0, 10, 20])
    withdraw_source(session, "feed", lot.id, at(22))
    tell([40])
    write(session)
    assert level(session, lot) == ServiceLevel(
        due=1440, fresh=5 + 5 + 2 + 5, suspect=0, unknown=18 + 1440 - 55
    )
    assert source_levels(session, ON, NEXT)["feed"] == ServiceLevel(
        due=22 + 1400, fresh=5 + 5 + 2 + 5, suspect=0, unknown=1440 - 55
    )


def test_what_did_not_count_yet_has_no_level(session, lot, tell):
    tell([0, 4])
    connect(session, lot, 2 * 1440)
    write(session)
    assert level(session, lot) is None


def test_passages_keep_a_count_alive_and_a_person_does_not(session, lot):
    set_count_by_hand(session, CLI, lot.id, GENERAL, at(0), reason="清点", free=20)
    connect(session, lot, 0)
    passages = [PassageInput(lot.id, at(minute), 1, f"p{minute}") for minute in (60, 62)]
    record_passages(session, SYSTEM, "gate", passages, at(62))
    write(session)
    # By hand the count is fresh for 30 minutes; each passage gives it as much, which is the gate's doing.
    assert level(session, lot).fresh == 32
    assert source_levels(session, ON, NEXT) == {}


def test_a_source_answers_for_its_own_counts_whoever_is_believed(session, lot, tell):
    for rank, source in enumerate(("first", "second")):
        declare_source(session, source, {lot.id: rank}, 300, 900, at(0))
    tell(range(0, 60, 5), source="first")
    tell(range(30, 120, 5), source="second")
    odd = Spoilt("first", at(10), at(40))
    write(session, odd)
    # From :30 on the second is sane, but while the first is fresh the public reads the first's.
    assert level(session, lot) == ServiceLevel(due=1440, fresh=90, suspect=30, unknown=1440 - 130)
    by_lot = levels_by_source_and_lot(session, ON, NEXT)
    assert by_lot["first", lot.id] == ServiceLevel(1440, fresh=30, suspect=30, unknown=1440 - 70)
    assert by_lot["second", lot.id] == ServiceLevel(1410, fresh=90, suspect=0, unknown=1410 - 100)
    assert source_levels(session, ON, NEXT) == {
        "first": by_lot["first", lot.id],
        "second": by_lot["second", lot.id],
    }
    assert source_level_days(session, ["second"], ON, NEXT) == {ON: by_lot["second", lot.id]}
    assert source_level_days(session, ["first", "second"], ON, NEXT, [lot.id]) == {
        ON: by_lot["first", lot.id] + by_lot["second", lot.id]
    }
    assert source_level_days(session, ["first", "second"], ON, NEXT, ["another"]) == {}
    write(session, replace(odd, space_class="charging"))
    assert level(session, lot).fresh == 120


def test_a_source_answers_for_counts_that_are_not_sane_before_any_rule_sees_them(session, lot, tell):
    """Every third answer tells more free spaces than there are."""
    tell(range(0, 60, 5))
    beyond = [CountInput(lot.id, GENERAL, at(minute), free=1_000) for minute in (17, 32)]
    record_counts(session, SYSTEM, "feed", beyond, at(60))
    write(session)
    # From :17 and :32 until it tells a number that can be.
    assert level(session, lot).suspect == 3 + 3
    assert source_levels(session, ON, NEXT)["feed"].suspect == 3 + 3


@pytest.mark.parametrize(
    ("on", "minutes"), [(date(2026, 3, 29), 1380), (date(2026, 10, 25), 1500), (ON, 1440)]
)
def test_a_day_has_the_minutes_that_its_clock_gives_it(on, minutes):
    day = day_span(on, ZoneInfo("Europe/Berlin"))
    assert len(minutes_in(day, ())) == minutes
    assert minutes_in(day, [(day[0] - timedelta(days=3), None)]).all()
    early, noon = minutes_in(day, [(day[0], day[0] + timedelta(hours=12))]), day[0] + timedelta(hours=12)
    assert early.sum() == 720
    assert not (early & minutes_in(day, [(noon, day[1] + timedelta(days=1))])).any()
    # A minute is within where it begins: one that began before the span is not.
    assert minutes_in(day, [(day[0] + timedelta(seconds=1), day[0] + timedelta(seconds=121))]).sum() == 2
