"""What is refused at the door, and how a fact without a name is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from parking.boundary.feeds import ProblemKind
from parking.kernel.vocabulary import SpaceClass
from parking.occupancy.rules import (
    MOST_SPACES,
    SLOT,
    CountInput,
    PassageInput,
    count_problem,
    passage_problem,
    slot_at_or_before,
    slot_before,
    slots_between,
    unknown_lot,
)
from tests.factories.occupancy import at

NOW = at(0)
COUNT = CountInput("lot", SpaceClass.GENERAL, NOW, free=3)
PASSAGE = PassageInput("lot", NOW, 1, "event")


@pytest.mark.parametrize(
    ("changes", "kind", "field"),
    [
        ({"free": None}, ProblemKind.NO_COUNT, None),
        ({"free": -1}, ProblemKind.NEGATIVE, "free"),
        ({"occupied": -1}, ProblemKind.NEGATIVE, "occupied"),
        ({"capacity": -1}, ProblemKind.NEGATIVE, "capacity"),
        ({"free": MOST_SPACES + 1}, ProblemKind.TOO_LARGE, "free"),
        ({"as_of": NOW + timedelta(seconds=121)}, ProblemKind.FUTURE_TIME, "as_of"),
        ({"event_id": "x" * 201}, ProblemKind.TOO_LARGE, "event_id"),
        ({"event_id": "a\x00b"}, ProblemKind.BAD_VALUE, "event_id"),
        ({"event_id": "a\ud800b"}, ProblemKind.BAD_VALUE, "event_id"),
    ],
)
def test_a_count_that_cannot_be_is_refused_with_its_field(changes, kind, field):
    problem = count_problem(replace(COUNT, **changes), NOW)
    assert (problem.record, problem.kind, problem.field) == ("lot:general", kind, field)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"free": 0},
        {"free": None, "occupied": 0},
        {"capacity": 0},
        {"as_of": NOW + timedelta(seconds=120)},
        {"as_of": at(-100_000)},
        {"free": MOST_SPACES},
    ],
)
def test_a_count_that_can_be_is_taken(changes):
    assert count_problem(replace(COUNT, **changes), NOW) is None


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"event_id": ""}, ProblemKind.MISSING_FIELD),
        ({"direction": 0}, ProblemKind.BAD_VALUE),
        ({"direction": 2}, ProblemKind.BAD_VALUE),
        ({"at": NOW + timedelta(seconds=121)}, ProblemKind.FUTURE_TIME),
        ({"event_id": "x" * 201}, ProblemKind.TOO_LARGE),
    ],
)
def test_a_passage_that_cannot_be_is_refused(changes, kind):
    assert passage_problem(PASSAGE, NOW) is None
    assert passage_problem(replace(PASSAGE, **changes), NOW).kind is kind


def test_a_lot_that_the_register_does_not_have_is_told():
    assert unknown_lot(PASSAGE).kind is ProblemKind.UNKNOWN_LOT


def test_a_count_without_an_event_id_is_named_by_what_it_tells():
    assert replace(COUNT, event_id="7").key == "7"
    assert COUNT.key == replace(COUNT).key
    others = [
        replace(COUNT, lot_id="other"),
        replace(COUNT, space_class=SpaceClass.BUS),
        replace(COUNT, as_of=at(1)),
        replace(COUNT, free=4),
        replace(COUNT, free=None, occupied=3),
        replace(COUNT, capacity=3),
    ]
    assert len({COUNT.key, *(other.key for other in others)}) == 7


def test_a_slot_ends_each_quarter_of_an_hour():
    assert slot_at_or_before(at(15)) == at(15) and slot_at_or_before(at(29.9)) == at(15)
    # A fact at the end of a slot belongs to it; what ended before stays as it was.
    assert slot_before(at(15)) == at(0) and slot_before(at(15.1)) == at(15)
    assert list(slots_between(at(0), at(45))) == [at(15), at(30), at(45)]
    assert list(slots_between(at(1), at(44))) == [at(15), at(30)]
    assert list(slots_between(at(45), at(45))) == []
    assert timedelta(minutes=15) == SLOT
