"""Claims about what is odd about a counter, and about what looks odd and is not."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.city.rules.settings import SETTINGS
from parking.guidance.rules.health import counters as rules
from parking.guidance.rules.health.counters import UNSAID, Now, Still
from parking.guidance.rules.health.habits import HABIT_DAYS, SLOTS_OF_DAY
from parking.guidance.rules.health.limits import Limits, limits_of
from tests.factories.health import (
    a_garage,
    a_habit,
    a_past,
    a_quiet_street,
    full_all_night,
    nearly_full_all_night,
    shut_at_weekends,
)
from tests.factories.occupancy import MIDNIGHT

LIMITS = Limits()


def frozen(course, capacity, still_slots, habit=None, end=None):
    past = a_past(course, capacity, habit, *([end] if end else []))
    return rules.frozen(past, Still(still_slots, MIDNIGHT), 1, LIMITS)


def stuck(course, since, end):
    """A course that stands still from a quarter on."""
    return lambda slot: course(min(slot, since))


def test_a_number_that_never_stood_still_is_frozen_after_hours():
    habit = a_habit(a_garage(), 200)
    seen = frozen(a_garage(), 200, 24, habit)
    assert seen.evidence["hours"] == 6
    assert frozen(a_garage(), 200, 23, habit) is None


@pytest.mark.parametrize(
    ("course", "capacity", "hours"),
    [
        (full_all_night(), 200, 10),
        (nearly_full_all_night(), 200, 10),
        (a_quiet_street(), 24, 7),
        (shut_at_weekends(), 200, 48),
        (lambda slot: 40 if slot % 1000 else 39, 40, 250),
    ],
    ids=["full all night", "nearly full", "a quiet street", "shut at weekends", "full for ten days"],
)
def test_what_a_lot_does_by_itself_is_not_frozen(course, capacity, hours):
    habit = a_habit(course, capacity)
    assert max(habit.longest_still, habit.longest_full) == pytest.approx(hours * 4, abs=8)
    for end in range(22 * SLOTS_OF_DAY, 29 * SLOTS_OF_DAY, 5):
        past = a_past(course, capacity, habit, end)
        known, length = rules.still_slots(past.recent)
        assert known == length
        # The stills of a whole course are looked up beyond its last day: they are its own longest at most.
        still = Still(known if known < SLOTS_OF_DAY else hours * 4, MIDNIGHT)
        assert rules.frozen(past, still, 1, LIMITS) is None


def test_a_quiet_street_is_frozen_once_it_is_quieter_than_it_ever_was():
    habit = a_habit(a_quiet_street(), 24)
    assert frozen(a_quiet_street(), 24, 2 * habit.longest_still, habit) is None
    assert frozen(a_quiet_street(), 24, 2 * habit.longest_still + 1, habit) is not None


@pytest.mark.parametrize(("told", "days"), [(30, 3), (40, 14)], ids=["some free", "full"])
def test_who_stands_still_ever_longer_is_frozen_in_the_end(told, days):
    """Each still is just short of twice the one before, so that none is frozen and all become usual."""
    habit = a_habit(lambda slot: told if slot < 18 * SLOTS_OF_DAY else 20, 40)
    assert max(habit.longest_still, habit.longest_full) >= 17 * SLOTS_OF_DAY
    assert frozen(lambda slot: told, 40, days * SLOTS_OF_DAY - 1, habit) is None
    seen = frozen(lambda slot: told, 40, days * SLOTS_OF_DAY, habit)
    assert seen.evidence["limit_hours"] == days * 24


def test_what_goes_on_does_not_excuse_itself():
    """Whenever in the day the usual is reckoned."""
    last = HABIT_DAYS * SLOTS_OF_DAY
    usual, still = a_habit(a_garage(), 200), a_habit(lambda slot: a_garage()(min(slot, last - 40)), 200)
    assert still.longest_still == usual.longest_still
    fallen = a_habit(lambda slot: 190 if slot >= last - 6 else a_garage()(slot), 200)
    assert fallen.largest_step == usual.largest_step


def test_no_past_makes_a_lot_that_empties_at_once_usual():
    habit = replace(a_habit(a_garage(), 200), largest_step=150)
    past = a_past(a_garage(), 200, habit)
    assert rules.jump(replace(past, recent=[189] * 90 + [10]), LIMITS) is None
    seen = rules.jump(replace(past, recent=[190] * 90 + [10]), LIMITS)
    assert seen.evidence["limit"] == 180


def test_a_small_lot_that_stays_at_none_free_is_not_frozen():
    assert frozen(lambda slot: 8, 8, 5000, a_habit(lambda slot: 8, 8)) is None


def test_before_a_week_is_known_a_day_is_needed_and_a_full_lot_is_left_alone():
    assert frozen(a_garage(), 200, 95, a_habit(a_garage(), 200, days=6)) is None
    assert frozen(a_garage(), 200, 96) is not None
    assert frozen(lambda slot: 200, 200, 5000) is None


def test_unknown_quarters_do_not_end_a_still():
    assert rules.still_slots([5, 7, None, 7, 7, None]) == (3, 5)
    assert rules.still_slots([None]) == (0, 0)


def test_a_jump_is_seen_until_it_is_taken_back_or_two_hours_are_over():
    habit = a_habit(a_garage(), 200)
    past = a_past(a_garage(), 200, habit)
    calm = [100] * 90
    assert rules.jump(past, LIMITS) is None
    seen = rules.jump(replace(past, recent=[*calm, 100, 5, 5]), LIMITS)
    assert (seen.evidence["before"], seen.evidence["after"]) == (100, 5)
    assert seen.since_at == past.until_at - timedelta(minutes=15)
    assert rules.jump(replace(past, recent=[*calm, 100, 5, 98]), LIMITS) is None
    assert rules.jump(replace(past, recent=[*calm[:80], 5, *[5] * 8]), LIMITS) is None
    assert rules.jump(replace(past, recent=[*calm, 100, None, 5]), LIMITS) is None
    assert rules.jump(replace(past, recent=[*calm, 100, 5], habit=None), LIMITS) is None


def test_a_theatre_that_always_empties_at_once_does_not_jump():
    def theatre(slot):
        return 180 if 80 <= slot % SLOTS_OF_DAY < 90 else 20

    habit = a_habit(theatre, 200)
    for end in range(22 * SLOTS_OF_DAY + 75, 22 * SLOTS_OF_DAY + 96):
        assert rules.jump(a_past(theatre, 200, habit, end), LIMITS) is None


def turned(course, capacity):
    return lambda slot: capacity - course(slot)


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_free_read_as_occupied_is_seen_at_any_hour_and_mended_within_six(hour):
    capacity, course = 200, a_garage()
    habit, end = a_habit(course, capacity), 24 * SLOTS_OF_DAY + hour * 4
    seen = rules.reversed_(a_past(turned(course, capacity), capacity, habit, end), LIMITS, stands=False)
    assert seen.evidence["correlation_percent"] < -90
    past = a_past(turned(course, capacity), capacity, habit, end)
    mended = a_past(course, capacity, habit, end).recent
    assert rules.reversed_(past, LIMITS, stands=True) is not None
    verdicts = [
        rules.reversed_(replace(past, recent=past.recent[:-back] + mended[-back:]), LIMITS, stands=True)
        for back in (24, 36, 48)
    ]
    # At the hours at which half of the spaces are taken nobody can tell; half a day shows it.
    assert None in verdicts


@pytest.mark.parametrize("course", [a_garage(), full_all_night(), shut_at_weekends()])
def test_a_lots_own_week_is_never_read_the_other_way_around(course):
    habit = a_habit(course, 200)
    for end in range(22 * SLOTS_OF_DAY, 29 * SLOTS_OF_DAY, 3):
        assert rules.reversed_(a_past(course, 200, habit, end), LIMITS, stands=False) in (None, UNSAID)


def test_a_flat_or_an_unknown_day_says_nothing_of_its_direction():
    habit = a_habit(a_garage(), 200)
    past = a_past(a_garage(), 200, habit)
    assert rules.reversed_(replace(past, recent=[100] * 96), LIMITS, stands=True) is UNSAID
    assert (
        rules.reversed_(replace(past, recent=[None] * 30 + past.recent[30:]), LIMITS, stands=True) is UNSAID
    )


@pytest.mark.parametrize(
    ("free", "capacity", "odd"), [(102, 100, False), (103, 100, True), (5, 0, False), (1, 1, False)]
)
def test_more_free_than_there_are_is_odd_beyond_the_tolerance(free, capacity, odd):
    assert (rules.above_capacity(Now(free, True, MIDNIGHT), capacity, LIMITS) is not None) is odd
    assert rules.above_capacity(Now(free, False, MIDNIGHT), capacity, LIMITS) is None


@given(st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=5), st.integers(0, 300))
def test_counters_together_are_odd_only_when_they_tell_more_than_there_is(told, total):
    seen = rules.sum_above_total([Now(value, free, MIDNIGHT) for value, free in told], total, LIMITS)
    sums = [sum(value for value, free in told if free is side) for side in (True, False)]
    if seen is None:
        several = [sum(free is side for _, free in told) > 1 for side in (True, False)]
        assert not total or all(s <= total * 1.02 for s, more in zip(sums, several, strict=True) if more)
    else:
        assert seen.evidence["sum"] in sums
        assert seen.evidence["sum"] > total


def test_the_bureaus_limits_hold_instead_of_ours():
    limits = limits_of({"health.frozen_hours": 12, "limits.unknown_after_s": 3})
    assert (limits.frozen_hours, limits.calm_minutes) == (12, 30)
    habit = a_habit(a_garage(), 200)
    past = a_past(a_garage(), 200, habit)
    assert rules.frozen(past, Still(47, MIDNIGHT), 1, limits) is None


def test_the_console_may_set_every_limit_and_ours_lie_within_its_bounds():
    for field in fields(Limits):
        known = SETTINGS[f"health.{field.name}"]
        assert known.least <= field.default <= known.most, field.name
    assert {key for key in SETTINGS if key.startswith("health.")} == {
        f"health.{field.name}" for field in fields(Limits)
    }
