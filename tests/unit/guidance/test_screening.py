"""Claims about which records of an answer are believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from parking.boundary.feeds import CountRecord, LotRecord, ProblemKind
from parking.guidance.rules.screening import (
    FUTURE_TOLERANCE_S,
    MOST_SPACES,
    above_capacity,
    screen_counts,
    screen_lots,
)
from parking.kernel.geo import Box
from parking.kernel.vocabulary import SpaceClass

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
GENERAL = SpaceClass.GENERAL


class Bounds:
    box = Box("city", 31.9, 120.4, 32.2, 120.8)

    def contains(self, lat: float, lon: float) -> bool:
        return (lat, lon) in self.box


def count(external_id="a", free=5, as_of=NOW, **values) -> CountRecord:
    return CountRecord(external_id, values.pop("space_class", GENERAL), as_of, free=free, **values)


def kinds(screened) -> list[str]:
    return [problem.kind.value for problem in screened.problems]


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (count(free=-1), ProblemKind.NEGATIVE),
        (count(free=None, occupied=-3), ProblemKind.NEGATIVE),
        (count(capacity=-1), ProblemKind.NEGATIVE),
        (count(free=MOST_SPACES + 1), ProblemKind.TOO_LARGE),
        (count(as_of=NOW + timedelta(seconds=FUTURE_TOLERANCE_S + 1)), ProblemKind.FUTURE_TIME),
        (count(free=None), ProblemKind.NO_COUNT),
        (count(external_id="nobody's"), ProblemKind.UNKNOWN_LOT),
    ],
)
def test_a_count_that_cannot_be_is_refused_and_the_others_are_taken(record, kind):
    sound = count("b", 7)
    screened = screen_counts([record, sound], {"a", "b"}, NOW)
    assert screened.good == (sound,)
    assert kinds(screened) == [kind]
    assert screened.problems[0].record == record.external_id


def test_clocks_may_differ_by_two_minutes():
    slightly_ahead = count(as_of=NOW + timedelta(seconds=FUTURE_TOLERANCE_S))
    assert screen_counts([slightly_ahead], {"a"}, NOW).good == (slightly_ahead,)


@pytest.mark.parametrize(
    ("record", "capacity", "told"),
    [
        (count(free=21), 20, ("free", "21 of 20")),
        (count(free=None, occupied=21), 20, ("occupied", "21 of 20")),
        # The register's number goes before the feed's own.
        (count(free=21, capacity=30), 20, ("free", "21 of 20")),
        (count(free=21, capacity=20), 30, None),
        (count(free=21, capacity=20), None, ("free", "21 of 20")),
        (count(free=20), 20, None),
        (count(free=21), None, None),
    ],
)
def test_more_than_there_are_spaces_is_told(record, capacity, told):
    problem = above_capacity(record, capacity)
    assert (problem and (problem.field, problem.detail)) == told


def test_a_counter_told_twice_the_same_is_taken_once():
    screened = screen_counts([count(), count()], {"a"}, NOW)
    assert screened.good == (count(),)
    assert kinds(screened) == ["repeated"]


def test_a_counter_told_twice_differently_is_not_believed_at_all():
    screened = screen_counts([count(free=5), count(free=90), count("b")], {"a", "b"}, NOW)
    assert screened.good == (count("b"),)
    assert kinds(screened) == ["repeated"]


def test_two_classes_of_a_lot_are_two_counters():
    records = [count(), count(space_class=SpaceClass.CHARGING)]
    assert screen_counts(records, {"a"}, NOW).good == tuple(records)


def test_an_unknown_lot_is_reported_once_however_many_classes_it_tells():
    records = [count("x"), count("x", space_class=SpaceClass.TRUCK)]
    assert kinds(screen_counts(records, set(), NOW)) == ["unknown_lot"]


@pytest.mark.parametrize(
    ("lot", "kind", "word"),
    [
        (LotRecord("a", "A", 120.6, 32.06), ProblemKind.OUTSIDE_CITY, "swapped"),
        (LotRecord("a", "A", 0.0, 0.0), ProblemKind.BAD_VALUE, "zero"),
        (LotRecord("a", "A", 48.1, 8.8), ProblemKind.OUTSIDE_CITY, "48.1"),
        (LotRecord("a", "A", 32.06, 120.6, spaces={GENERAL: -4}), ProblemKind.NEGATIVE, "-4"),
        (LotRecord("a", "A", 32.06, 120.6, spaces={GENERAL: 10**6}), ProblemKind.TOO_LARGE, "1000000"),
    ],
)
def test_a_lot_that_cannot_be_ours_is_refused_and_the_others_are_taken(lot, kind, word):
    sound = LotRecord("b", "B", 32.06, 120.6, spaces={GENERAL: 40})
    screened = screen_lots([lot, sound], Bounds())
    assert screened.good == (sound,)
    assert kinds(screened) == [kind]
    assert word in screened.problems[0].detail


def test_a_lot_described_twice_is_taken_as_described_first():
    first, second = LotRecord("a", "A", 32.06, 120.6), LotRecord("a", "Z", 32.07, 120.6)
    screened = screen_lots([first, second], Bounds())
    assert screened.good == (first,)
    assert kinds(screened) == ["repeated"]
