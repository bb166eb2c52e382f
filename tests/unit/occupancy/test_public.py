"""What the public is told of a counter, and how good it is called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from parking.kernel.vocabulary import Mark, Quality, SpaceClass
from parking.occupancy.rules import (
    CounterView,
    drift_allowed,
    next_quality_at,
    no_count,
    public_count,
)
from tests.factories.occupancy import at

VIEW = CounterView(
    lot_id="lot",
    space_class=SpaceClass.GENERAL,
    basis="free",
    value=20,
    as_of=at(0),
    source="feed",
    marks=(),
    ageing_after_s=300,
    unknown_after_s=900,
    told_capacity=None,
    drift=0,
)


def told(minute=1.0, capacity=50, **changes):
    return public_count(replace(VIEW, **changes), capacity, at(minute))


def test_a_fresh_number_is_live_and_free_and_occupied_sum_to_the_capacity():
    count = told()
    assert (count.free, count.occupied, count.capacity) == (20, 30, 50)
    assert (count.quality, count.marks) == (Quality.LIVE, ())
    assert (count.as_of, count.source, count.space_class) == (at(0), "feed", SpaceClass.GENERAL)


def test_occupied_is_taken_from_the_capacity_of_the_register():
    assert told(basis="occupied", value=20).free == 30


@pytest.mark.parametrize(
    ("seconds", "quality"),
    [
        (-30, Quality.LIVE),
        (0, Quality.LIVE),
        (299, Quality.LIVE),
        (300, Quality.AGEING),
        (899, Quality.AGEING),
        (900, Quality.UNKNOWN),
    ],
)
def test_the_limits_are_half_open(seconds, quality):
    assert told(seconds / 60).quality is quality


def test_an_unknown_number_is_withheld_and_is_not_zero():
    count = told(minute=15)
    assert count.free is None and count.occupied is None
    assert count.as_of == at(0)


def test_a_value_of_years_ago_is_never_given_out():
    for changes in ({}, {"marks": (Mark.HAND_SET,)}, {"value": 999}, {"drift": 40}, {"basis": "occupied"}):
        count = told(minute=6 * 365 * 24 * 60, **changes)
        assert (count.free, count.quality) == (None, Quality.UNKNOWN)


@pytest.mark.parametrize(
    ("changes", "free", "marks"),
    [
        ({"value": -3}, 0, {Mark.CLAMPED}),
        ({"value": 51}, 50, {Mark.CLAMPED, Mark.ABOVE_CAPACITY}),
        ({"basis": "occupied", "value": 51}, 0, {Mark.CLAMPED}),
        ({"basis": "occupied", "value": -1}, 50, {Mark.CLAMPED}),
    ],
)
def test_where_the_clamp_bites_the_number_is_suspect(changes, free, marks):
    count = told(**changes)
    assert (count.free, count.quality, set(count.marks)) == (free, Quality.SUSPECT, marks)


def test_the_edges_of_the_capacity_are_not_clamped():
    assert told(value=0).marks == told(value=50).marks == ()


def test_a_drift_is_marked_above_five_spaces_or_a_twentieth_of_the_capacity():
    assert told(drift=5).marks == ()
    assert told(drift=6).marks == told(drift=-6).marks == (Mark.DRIFT,)
    assert told(drift=6).quality is Quality.SUSPECT
    assert told(drift=20, capacity=400).marks == ()
    assert told(drift=21, capacity=400).marks == (Mark.DRIFT,)
    assert drift_allowed(400) == 20


def test_a_hand_set_number_says_so_and_is_no_anomaly():
    count = told(marks=(Mark.HAND_SET,))
    assert (count.marks, count.quality) == ((Mark.HAND_SET,), Quality.LIVE)


def test_a_frozen_number_is_suspect():
    assert told(marks=(Mark.FROZEN,)).quality is Quality.SUSPECT


def test_a_capacity_told_otherwise_is_marked_and_the_register_is_believed():
    count = told(told_capacity=60)
    assert (count.capacity, count.marks, count.quality) == (50, (Mark.CAPACITY_DIFFERS,), Quality.LIVE)
    assert told(told_capacity=50).marks == ()


@pytest.mark.parametrize("capacity", [None, 0])
def test_where_the_register_has_no_capacity_the_told_one_bounds_the_number(capacity):
    count = told(capacity=capacity, told_capacity=15)
    assert (count.free, count.capacity) == (15, 15)
    assert set(count.marks) == {Mark.NO_CAPACITY, Mark.CLAMPED, Mark.ABOVE_CAPACITY}


@pytest.mark.parametrize("told_capacity", [None, 0])
def test_a_number_that_nothing_bounds_is_withheld(told_capacity):
    count = told(capacity=0, told_capacity=told_capacity)
    assert (count.free, count.occupied, count.capacity) == (None, None, None)
    assert (count.quality, count.marks) == (Quality.UNKNOWN, (Mark.NO_CAPACITY,))


def test_a_class_without_any_count_is_unknown():
    count = no_count(SpaceClass.CHARGING, 8)
    assert (count.free, count.capacity, count.quality) == (None, 8, Quality.UNKNOWN)
    assert no_count(SpaceClass.CHARGING, 0).marks == (Mark.NO_CAPACITY,)


def test_it_is_known_when_age_alone_changes_the_quality():
    assert next_quality_at(VIEW, at(0)) == at(5)
    assert next_quality_at(VIEW, at(5)) == at(15)
    assert next_quality_at(VIEW, at(15)) is None
