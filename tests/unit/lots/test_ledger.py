"""Is every total a sum of the ledger, and the opening balance never a gain?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from parking.audit import queries as audit
from parking.kernel.actors import CLI
from parking.kernel.vocabulary import LotKind, LotType, SpaceClass
from parking.lots import queries, service
from parking.lots.errors import EmptyEntry, LotNotFound, ReasonRefused, SpacesBelowZero
from parking.lots.queries import Total, TotalBy
from parking.lots.rules import LedgerReason, SpaceChange, check_change
from tests.factories.city import DISTRICTS, NOW, a_city
from tests.factories.lots import a_lot

TODAY = date(2026, 11, 20)
GENERAL = SpaceClass.GENERAL


@pytest.fixture(autouse=True)
def city(session):
    return a_city(session)


def record(session, lot, change, reason, on=TODAY, space_class=GENERAL, **more):
    service.record_spaces(session, CLI, lot.id, space_class, change, reason, on, NOW, **more)


def capacity(session, lot, on=TODAY):
    return queries.capacity_at(session, on, [lot.id]).get((lot.id, GENERAL))


def test_capacity_on_a_day_is_the_sum_until_then(session):
    lot = a_lot(session)
    record(session, lot, 20, LedgerReason.MARKED_BAYS, on=date(2026, 12, 1))
    record(session, lot, -30, LedgerReason.REMOVED, on=date(2026, 12, 24))
    days = (date(2026, 11, 19), TODAY, date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 24))
    assert [capacity(session, lot, on) for on in days] == [None, 100, 100, 120, 90]


def test_a_new_class_gets_its_group(session):
    lot = a_lot(session)
    record(session, lot, 4, LedgerReason.NEW_BUILD, space_class=SpaceClass.CHARGING)
    groups = queries.lot_cards(session, TODAY, [lot.id])[0].spaces
    assert [(group.space_class, group.capacity) for group in groups] == [("general", 100), ("charging", 4)]


def test_an_entry_is_audited_with_its_reason(session):
    lot = a_lot(session)
    record(session, lot, 20, LedgerReason.IDLE_PLOT, metres=12, note="东侧空地")
    told = audit.entries_of(session, "lot", lot.id)[-1]
    assert (told.action, told.reason) == ("lot:spaces_recorded", "东侧空地")
    assert told.details == {"on": "2026-11-20", "reason": "idle_plot", "spaces": {"general": [20, 12]}}


def test_no_more_can_be_taken_than_there_is_then_or_later(session):
    lot = a_lot(session)
    record(session, lot, -80, LedgerReason.REMOVED, on=date(2026, 12, 1))
    with pytest.raises(SpacesBelowZero):
        record(session, lot, -101, LedgerReason.REMOVED)
    with pytest.raises(SpacesBelowZero):
        record(session, lot, -21, LedgerReason.REMOVED)
    with pytest.raises(SpacesBelowZero):
        record(session, lot, 0, LedgerReason.REMOVED, metres=-1)
    record(session, lot, -20, LedgerReason.REMOVED)
    assert capacity(session, lot, date(2026, 12, 1)) == 0


def test_spaces_of_no_lot_are_refused(session):
    with pytest.raises(LotNotFound):
        service.record_spaces(session, CLI, "nowhere", GENERAL, 1, LedgerReason.NEW_BUILD, TODAY, NOW)
    with pytest.raises(LotNotFound):
        service.correct_spaces_to(session, CLI, "nowhere", {GENERAL: 1}, NOW)


def test_a_correction_brings_the_sum_to_a_number_once(session):
    lot = a_lot(session)
    targets = {GENERAL: 90, SpaceClass.TRUCK: 3, SpaceClass.BUS: 0}
    assert service.correct_spaces_to(session, CLI, lot.id, targets, NOW) == {
        GENERAL: -10,
        SpaceClass.TRUCK: 3,
    }
    assert service.correct_spaces_to(session, CLI, lot.id, targets, NOW) == {}
    assert capacity(session, lot) == 90
    reasons = [entry.reason for entry in queries.ledger_of(session, lot.id)]
    assert reasons == ["opening_balance", "correction", "correction"]
    with pytest.raises(SpacesBelowZero):
        service.correct_spaces_to(session, CLI, lot.id, {GENERAL: -1}, NOW)


@pytest.mark.parametrize("reason", list(LedgerReason))
def test_an_entry_of_nothing_is_refused(reason):
    with pytest.raises(EmptyEntry):
        check_change(SpaceChange(GENERAL, 0, 0), reason)


@pytest.mark.parametrize(
    ("reason", "change", "is_right"),
    [
        (LedgerReason.NEW_BUILD, 5, True),
        (LedgerReason.NEW_BUILD, -5, False),
        (LedgerReason.REMOVED, -5, True),
        (LedgerReason.REMOVED, 5, False),
        (LedgerReason.OPENING_BALANCE, -5, False),
        (LedgerReason.RESTRIPING, -5, True),
        (LedgerReason.SHARING, -5, True),
        (LedgerReason.CORRECTION, 5, True),
    ],
)
def test_a_reason_points_one_way(reason, change, is_right):
    if is_right:
        check_change(SpaceChange(GENERAL, change), reason)
        check_change(SpaceChange(GENERAL, 0, change), reason)
    else:
        with pytest.raises(ReasonRefused):
            check_change(SpaceChange(GENERAL, change), reason)


@pytest.mark.parametrize("statement", ["UPDATE space_ledger SET change = 1", "DELETE FROM space_ledger"])
def test_the_database_refuses_to_change_the_ledger(session, statement):
    a_lot(session)
    with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
        session.execute(text(statement))


def the_years_work(session):
    """Two lots that the first import brought, and what then happened to them."""
    public = a_lot(session, district_code=DISTRICTS[0])
    street = a_lot(session, district_code=DISTRICTS[1], kind=LotKind.ON_STREET, type=LotType.TEMPORARY)
    record(session, public, 50, LedgerReason.IDLE_PLOT, on=date(2027, 3, 1))
    record(session, public, -5, LedgerReason.REMOVED, on=date(2027, 6, 30))
    record(session, street, 0, LedgerReason.MARKED_BAYS, on=date(2027, 7, 1), metres=300)
    record(session, street, 7, LedgerReason.CORRECTION, on=date(2027, 7, 1))


def test_the_opening_balance_is_never_a_gain(session):
    the_years_work(session)
    first, second = queries.totals(session, TotalBy.TYPE)
    assert first == Total("public", 145, 50, 5, 0, 100, 0, 0, 0)
    assert second == Total("temporary", 107, 0, 0, 7, 100, 300, 300, 0)


def test_totals_of_a_period_are_of_its_days_and_stand_at_its_end(session):
    the_years_work(session)
    half = queries.totals(session, TotalBy.DISTRICT, from_on=date(2027, 1, 1), until_on=date(2027, 6, 30))
    assert half == [
        Total(DISTRICTS[0], 150, 50, 0, 0, 0, 0, 0, 0),
        Total(DISTRICTS[1], 100, 0, 0, 0, 0, 0, 0, 0),
    ]


def test_totals_are_told_by_reason_kind_and_class(session):
    the_years_work(session)
    by_reason = {total.key: total.standing for total in queries.totals(session, TotalBy.REASON)}
    assert by_reason == {
        "opening_balance": 200,
        "idle_plot": 50,
        "removed": -5,
        "marked_bays": 0,
        "correction": 7,
    }
    assert [(t.key, t.standing) for t in queries.totals(session, TotalBy.KIND)] == [
        ("off_street", 145),
        ("on_street", 107),
    ]
    assert [(t.key, t.standing) for t in queries.totals(session, TotalBy.SPACE_CLASS)] == [("general", 252)]


STEPS = st.lists(
    st.tuples(st.integers(-40, 40).filter(bool), st.integers(0, 300), st.sampled_from(list(LedgerReason))),
    max_size=8,
)


def test_any_course_of_entries_never_stands_below_zero_and_always_sums(session):
    # Each example is some twenty statements; rules without a database have the full number.
    @settings(max_examples=settings().max_examples // 10)
    @given(steps=STEPS)
    def holds(steps):
        with session.begin_nested() as savepoint:
            lot = a_lot(session, spaces={GENERAL: 30})
            kept = [(TODAY, 30)]
            for change, after_days, reason in steps:
                on = TODAY + timedelta(days=after_days)
                try:
                    record(session, lot, change, reason, on=on)
                except (SpacesBelowZero, ReasonRefused):
                    continue
                kept.append((on, change))
            for on in {day for day, _ in kept}:
                standing = sum(change for day, change in kept if day <= on)
                assert capacity(session, lot, on) == standing >= 0
            savepoint.rollback()

    holds()
